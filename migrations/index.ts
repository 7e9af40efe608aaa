import { type Kysely, sql, type Transaction } from 'kysely'
import * as tables from './0001-tables.ts'
import * as limits from './0002-limits.ts'
import * as search from './0003-search.ts'
import * as accounts from './0004-accounts.ts'
import * as bans from './0005-bans.ts'
import * as names from './0006-names.ts'
import * as roomTitles from './0007-room-titles.ts'
import * as unread from './0008-unread.ts'
import * as adminRooms from './0009-admin-rooms.ts'
import * as adminFigures from './0010-admin-figures.ts'
import * as reports from './0011-reports.ts'
import * as review from './0012-review.ts'
import * as suspensions from './0013-suspensions.ts'
import * as audit from './0014-audit.ts'
import * as readReceipts from './0015-read-receipts.ts'
import * as secondFactor from './0016-second-factor.ts'
import * as dataOfAUser from './0017-data-of-a-user.ts'
import * as replacedFunctions from './0019-replaced-functions.ts'
import * as knownAudiences from './0020-known-audiences.ts'
import * as shownLimits from './0021-shown-limits.ts'
import * as words from './0022-words.ts'
import * as subscriptionsByConnection from './0023-subscriptions-by-connection.ts'
import { functions } from './functions/index.ts'
import { adoptEarlier } from './adopt-earlier.ts'
import { underLock } from './under-lock.ts'
import { refuseOtherEncodings } from './unfit-database.ts'

export interface Migration {
  readonly name: string
  /** Each entry is one statement, because the Data API takes only one per call. */
  readonly statements: readonly string[]
}

export interface Schema {
  /** Tables, indexes and types, in the order of application. */
  readonly migrations: readonly Migration[]
  /** The `create or replace` of functions and triggers, in an order in which PostgreSQL can make them. */
  readonly functions: readonly string[]
}

/**
 * Numbered and forward only: a released migration is never edited. A number may be missing: no migration had it. They
 * are listed by hand, because a bundle has no folder to read.
 */
export const migrations: readonly Migration[] = [
  { name: '0001-tables', ...tables },
  { name: '0002-limits', ...limits },
  { name: '0003-search', ...search },
  { name: '0004-accounts', ...accounts },
  { name: '0005-bans', ...bans },
  { name: '0006-names', ...names },
  { name: '0007-room-titles', ...roomTitles },
  { name: '0008-unread', ...unread },
  { name: '0009-admin-rooms', ...adminRooms },
  { name: '0010-admin-figures', ...adminFigures },
  { name: '0011-reports', ...reports },
  { name: '0012-review', ...review },
  { name: '0013-suspensions', ...suspensions },
  { name: '0014-audit', ...audit },
  { name: '0015-read-receipts', ...readReceipts },
  { name: '0016-second-factor', ...secondFactor },
  { name: '0017-data-of-a-user', ...dataOfAUser },
  { name: '0019-replaced-functions', ...replacedFunctions },
  { name: '0020-known-audiences', ...knownAudiences },
  { name: '0021-shown-limits', ...shownLimits },
  { name: '0022-words', ...words },
  { name: '0023-subscriptions-by-connection', ...subscriptionsByConnection },
]

export interface MigrateOptions {
  readonly schema?: Schema
  /** Is called each time that another runner has the lock. */
  readonly onWait?: () => void
  /** Is called before something is applied, with the name of a migration or `functions`. */
  readonly onApply?: (name: string) => void
}

/** Says which migration failed. Its `cause` is the database's error. */
export class MigrationError extends Error {
  override readonly name = 'MigrationError'

  constructor(migration: string, cause: unknown) {
    const why = cause instanceof Error ? cause.message : String(cause)
    super(`the migration ${migration} failed: ${why}`, { cause })
  }
}

/** The name under which changed functions are reported. */
const functionsName = 'functions'

/**
 * Applies what the database does not have yet, and returns the names: migrations, each in a transaction of its own, and
 * `functions` when the text of a function has changed. The functions share the transaction of the last migration, so
 * that no handler meets new tables with old functions. Concurrent runners take turns, so each migration is applied
 * once. The runner leaves alone what a later release has applied, functions included. After a failure it may be called
 * again: it continues where it stopped.
 *
 * kysely's own Migrator does not work over the RDS Data API: it selects the void result of the lock, and reads
 * catalogue columns of a type that the Data API refuses.
 */
export async function migrateToLatest(
  db: Kysely<unknown>,
  { schema = { migrations, functions }, onWait, onApply }: MigrateOptions = {},
): Promise<string[]> {
  const applied: string[] = []
  for (;;) {
    let doing: string | undefined
    const begin = (name: string) => {
      doing = name
      onApply?.(name)
    }
    let step: Step
    try {
      step = await underLock(db, async (trx) => await takeStep(trx, schema, begin), onWait)
    } catch (error) {
      throw doing === undefined ? error : new MigrationError(doing, error)
    }
    applied.push(...step.applied)
    if (step.isDone) return applied
  }
}

interface Step {
  readonly applied: readonly string[]
  readonly isDone: boolean
}

/** Applies the next migration. With the last one it also applies the functions. */
async function takeStep(
  trx: Transaction<unknown>,
  { migrations, functions }: Schema,
  begin: (name: string) => void,
): Promise<Step> {
  await refuseOtherEncodings(trx)
  await sql`create table if not exists schema_migrations (
    name text primary key,
    applied_at timestamptz not null default now()
  )`.execute(trx)
  await adoptEarlier(trx)
  const { rows } = await sql<{ name: string }>`select name from schema_migrations`.execute(trx)
  const known = new Set(rows.map(({ name }) => name))
  const pending = migrations.filter(({ name }) => !known.has(name))
  const applied: string[] = []
  const [next] = pending
  if (next) {
    begin(next.name)
    for (const statement of next.statements) await sql.raw(statement).execute(trx)
    await sql`insert into schema_migrations (name) values (${next.name})`.execute(trx)
    applied.push(next.name)
    if (pending.length > 1) return { applied, isDone: false }
  }
  const isOfLaterRelease = rows.some(({ name }) => !migrations.some((each) => each.name === name))
  if (!isOfLaterRelease && (await replaceFunctions(trx, functions, begin))) {
    applied.push(functionsName)
  }
  return { applied, isDone: true }
}

/** Makes the functions whose text has changed. Returns whether there were any. */
async function replaceFunctions(
  trx: Transaction<unknown>,
  functions: readonly string[],
  begin: (name: string) => void,
): Promise<boolean> {
  await sql`create table if not exists schema_functions (
    name text primary key,
    statement text not null
  )`.execute(trx)
  const { rows } = await sql<{ name: string; statement: string }>`
    select name, statement from schema_functions`.execute(trx)
  const known = new Map(rows.map(({ name, statement }) => [name, statement]))
  const changed = functions.filter((statement) => known.get(nameOf(statement)) !== statement)
  if (changed.length === 0) return false
  begin(functionsName)
  for (const statement of changed) {
    await sql.raw(statement).execute(trx)
    await sql`
      insert into schema_functions (name, statement) values (${nameOf(statement)}, ${statement})
        on conflict (name) do update set statement = excluded.statement`.execute(trx)
  }
  return true
}

function nameOf(statement: string): string {
  const name = /^create or replace (?:function|trigger) (\w+)/.exec(statement)?.[1]
  if (name === undefined) throw new Error(`this makes no function or trigger: ${statement}`)
  return name
}
