import { type Kysely, sql, type Transaction } from 'kysely'
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
import * as m0014 from './0014-fan-out.ts'
import * as m0015 from './0015-admin.ts'
import { underLock } from './under-lock.ts'

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
  { name: '0014-fan-out', ...m0014 },
  { name: '0015-admin', ...m0015 },
]

export interface MigrateOptions {
  /** In the order to apply them. */
  readonly list?: readonly Migration[]
  /** Told each time that another runner has the lock. */
  readonly onWait?: () => void
  /** Told before a migration is applied. */
  readonly onApply?: (name: string) => void
}

/** Which migration failed; its `cause` is the database's error. */
export class MigrationError extends Error {
  override readonly name = 'MigrationError'

  constructor(migration: string, cause: unknown) {
    const why = cause instanceof Error ? cause.message : String(cause)
    super(`the migration ${migration} failed: ${why}`, { cause })
  }
}

/**
 * Applies what the database has not had yet, each migration in a transaction of its own, and gives
 * their names. Runners that meet take turns, and each migration is applied once. What a later release
 * has applied is left alone. Whatever fails may be run again: it goes on where it was.
 *
 * kysely's own Migrator cannot go through the RDS Data API: it selects the void result of the lock
 * and reads catalogue columns of a type that is refused there.
 */
export async function migrateToLatest(
  db: Kysely<unknown>,
  { list = migrations, onWait, onApply }: MigrateOptions = {},
): Promise<string[]> {
  const applied: string[] = []
  for (;;) {
    let next: Migration | undefined
    try {
      await underLock(
        db,
        async (trx) => {
          next = await findNext(trx, list)
          if (!next) return
          onApply?.(next.name)
          for (const statement of next.statements) await sql.raw(statement).execute(trx)
          await sql`insert into schema_migrations (name) values (${next.name})`.execute(trx)
        },
        onWait,
      )
    } catch (error) {
      throw next ? new MigrationError(next.name, error) : error
    }
    if (!next) return applied
    applied.push(next.name)
  }
}

async function findNext(
  trx: Transaction<unknown>,
  list: readonly Migration[],
): Promise<Migration | undefined> {
  await sql`create table if not exists schema_migrations (
    name text primary key,
    applied_at timestamptz not null default now()
  )`.execute(trx)
  const { rows } = await sql<{ name: string }>`select name from schema_migrations`.execute(trx)
  const known = new Set(rows.map(({ name }) => name))
  return list.find(({ name }) => !known.has(name))
}
