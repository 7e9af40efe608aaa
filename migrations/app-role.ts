import { type Kysely, sql } from 'kysely'
import { underLock } from './under-lock.ts'

export interface AppRole {
  readonly name: string
  /** A SCRAM-SHA-256 verifier. PostgreSQL stores nothing else, and so no log can hold the password. */
  readonly passwordVerifier: string
}

/**
 * Makes the role of the handlers, or gives it this password. The role may read and write the rows of all tables, and
 * cannot change the schema. It may only add entries to the audit log. The caller, which also migrates, owns the
 * database. Call this at every deploy, after the migrations. The role gets its rights to the objects of later
 * migrations when these objects are made.
 */
export async function ensureAppRole(
  db: Kysely<unknown>,
  { name, passwordVerifier }: AppRole,
  onWait?: () => void,
): Promise<void> {
  await underLock(
    db,
    async (trx) => {
      // A `do` block takes no parameters.
      await sql`select length(set_config('quick_connect.role', ${name}, true)) as role,
        length(set_config('quick_connect.verifier', ${passwordVerifier}, true)) as verifier`.execute(
        trx,
      )
      await sql.raw(makeRole).execute(trx)
    },
    onWait,
  )
}

/** Identity columns need no right on their sequences. A sequence of its own would need one. */
const makeRole = `do $$
declare
  v_role text = current_setting('quick_connect.role');
  v_statement text;
begin
  if not exists (select from pg_roles r where r.rolname = v_role) then
    execute format('create role %I', v_role);
  end if;
  execute format('alter role %I login password %L', v_role, current_setting('quick_connect.verifier'));

  foreach v_statement in array array[
    'grant usage on schema public to %I',
    'grant select, insert, update, delete on all tables in schema public to %I',
    'grant usage on all sequences in schema public to %I',
    'grant execute on all routines in schema public to %I',
    'revoke all on table schema_migrations, schema_functions from %I',
    'revoke update, delete on table audit_log from %I',
    'alter default privileges in schema public grant select, insert, update, delete on tables to %I',
    'alter default privileges in schema public grant usage on sequences to %I',
    'alter default privileges in schema public grant execute on routines to %I'
  ] loop
    execute format(v_statement, v_role);
  end loop;

  -- Everybody may make temporary tables, and on clusters that were upgraded from PostgreSQL 14 other tables, too. The
  -- next two statements revoke this.
  execute format('revoke temporary on database %I from public', current_database());
  revoke create on schema public from public;
end $$`
