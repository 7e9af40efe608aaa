import { type Kysely, sql } from 'kysely'
import * as m0001 from './0001-chat.ts'
import * as m0002 from './0002-limits-and-connections.ts'
import * as m0003 from './0003-log-and-membership.ts'
import * as m0004 from './0004-send.ts'
import * as m0005 from './0005-connect.ts'
import * as m0006 from './0006-counted-sockets.ts'
import * as m0007 from './0007-accounts.ts'
import * as m0008 from './0008-edits-and-reactions.ts'
import * as m0009 from './0009-search.ts'
import * as m0010 from './0010-notifications.ts'
import * as m0011 from './0011-large-rooms.ts'
import * as m0012 from './0012-send.ts'
import * as m0013 from './0013-search.ts'

export interface Migration {
  readonly name: string
  /** One statement each: the Data API takes no more in a call. */
  readonly statements: readonly string[]
}

/** Numbered, forward only. Listed by hand, because a bundle has no folder to read. */
export const migrations: readonly Migration[] = [
  { name: '0001-chat', ...m0001 },
  { name: '0002-limits-and-connections', ...m0002 },
  { name: '0003-log-and-membership', ...m0003 },
  { name: '0004-send', ...m0004 },
  { name: '0005-connect', ...m0005 },
  { name: '0006-counted-sockets', ...m0006 },
  { name: '0007-accounts', ...m0007 },
  { name: '0008-edits-and-reactions', ...m0008 },
  { name: '0009-search', ...m0009 },
  { name: '0010-notifications', ...m0010 },
  { name: '0011-large-rooms', ...m0011 },
  { name: '0012-send', ...m0012 },
  { name: '0013-search', ...m0013 },
]

/** Any number; it only has to be the same for all who migrate this database. */
const lockKey = 7_267_832_101

/**
 * Applies what the database has not had yet, each migration in a transaction of its own, and gives
 * their names. Two runners that meet wait for each other, and each migration is applied once.
 *
 * kysely's own Migrator cannot go through the RDS Data API: it selects the void result of the lock
 * and reads catalogue columns of a type that is refused there.
 */
export async function migrateToLatest(db: Kysely<unknown>): Promise<string[]> {
  const applied: string[] = []
  for (const migration of migrations) {
    const isNew = await db.transaction().execute(async (trx) => {
      await sql`select 1 as locked from pg_advisory_xact_lock(cast(${lockKey} as bigint))`.execute(
        trx,
      )
      await sql`create table if not exists schema_migrations (
        name text primary key,
        applied_at timestamptz not null default now()
      )`.execute(trx)
      const known =
        await sql`select name from schema_migrations where name = ${migration.name}`.execute(trx)
      if (known.rows.length > 0) return false
      for (const statement of migration.statements) await sql.raw(statement).execute(trx)
      await sql`insert into schema_migrations (name) values (${migration.name})`.execute(trx)
      return true
    })
    if (isNew) applied.push(migration.name)
  }
  return applied
}
