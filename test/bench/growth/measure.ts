/** Measures what an operation costs: in time, and in what does not depend on the machine. */
import type { Client, Client as PgClient, ClientConfig } from 'pg'
import { createRuntime } from '../../../functions/runtime.ts'
import { readLimits } from '../../../functions/env.ts'
import { readPeer } from '../../../functions/viewer.ts'
import { createInlineFanOut } from '../../../src/core/fan-out/inline-fan-out.ts'
import { noMetrics } from '../../../src/core/monitoring/no-metrics.ts'
import type { Log, Sender } from '../../../src/core/ports.ts'
import { createPgDatabase } from '../../../src/local/postgres/database.ts'
import {
  type ExecutedPlan,
  explainTo,
  type PlanNode,
  readsOf,
} from '../../support/explaining-client.ts'
import { keys } from '../load/systems.ts'

/** What an operation of the product is called with. */
export type World = ReturnType<typeof createWorld>

/** An operation of the product, as a handler calls it. */
export interface Operation {
  readonly name: string
  /** Throws if the answer is not the right one. */
  readonly run: (world: World) => Promise<void>
  /** SQL that takes back what `run` did. It is not measured. */
  readonly undo?: string
}

export interface Figure {
  /** The median time of a call, in milliseconds. */
  readonly ms: number
  /** The median of the pages of 8 kB that a call touches, in memory or on disk. */
  readonly pages: number
  /** The median of the statements of a call: round trips to the database. */
  readonly statements: number
  /** The rows that a call reads of tables, used or not. Unknown if a server makes the call. */
  readonly rows?: number
  /** The processor time of the server's process for a call, in milliseconds, where there is such a process. */
  readonly serverMs?: number
}

/** What the executions of one statement in a call did together. */
export interface Plan {
  readonly query: string
  readonly times: number
  readonly rows: number
  readonly pages: number
  /** The plan of the execution that touched the most pages. */
  readonly root: PlanNode
}

/** Sockets take every frame. The measured work is that of the process and of the database. */
const sender: Sender = { post: async () => [], close: async () => [] }

/** What a handler logs is a failure, and the caller sees that. */
const log: Log = {
  info() {},
  warn() {},
  error: (text, fields) => void process.stderr.write(`${text} ${String(fields?.['error'])}\n`),
}

const many = '1000000'
const limits = readLimits({
  FRAMES_PER_MINUTE: many,
  MESSAGES_PER_MINUTE: many,
  CONNECTS_PER_MINUTE: many,
  JOINS_PER_MINUTE: many,
  // On a busy machine a search may take longer than the limit.
  MILLISECONDS_PER_SEARCH: '20000',
})

/** On a busy machine a call may take long. It is measured all the same. */
const patient = {
  connectionTimeoutMillis: 60_000,
  statement_timeout: 120_000,
  query_timeout: 120_000,
}

export function createWorld(config: ClientConfig, Client?: typeof PgClient) {
  const db = createPgDatabase({ ...config, ...patient, max: 1, ...(Client && { Client }) })
  const runtime = createRuntime({
    db,
    sender,
    fanOut: createInlineFanOut({ db, sender }),
    limits,
    metrics: noMetrics,
  })
  let count = 0
  return {
    ...runtime,
    keys: async () => keys,
    log,
    readViewer: readPeer,
    allowedOrigins: [],
    /** A number that no call before has got. */
    next: () => ++count,
    [Symbol.asyncDispose]: async () => await db.destroy(),
  }
}

/** PostgreSQL may plan a prepared statement for its parameters five times, and plans it for any from then on. */
const warmUps = 7

/** Measures an operation. `control` is a connection of a superuser to the same database. */
export async function measure(
  { run, undo }: Operation,
  config: ClientConfig,
  control: Client,
  calls: number,
): Promise<{ figure: Figure; plans: Plan[] }> {
  const found: { ms: number; pages: number; statements: number }[] = []
  {
    await using world = createWorld(config)
    for (let call = 0; call < warmUps + calls; call++) {
      await control.query('select pg_stat_statements_reset()')
      const begin = performance.now()
      await run(world)
      const ms = performance.now() - begin
      const counted = await readCounted(control)
      if (call >= warmUps) found.push({ ms, ...counted })
      if (undo !== undefined) await control.query(undo)
    }
  }
  const plans = await explain({ run, undo }, config, control)
  const figure = {
    ms: medianOf(found.map(({ ms }) => ms)),
    pages: medianOf(found.map(({ pages }) => pages)),
    statements: medianOf(found.map(({ statements }) => statements)),
    rows: plans.reduce((sum, { rows }) => sum + rows, 0),
  }
  return { figure, plans }
}

/** Reads the pages and statements of the server's role since the last reset. */
export async function readCounted(control: Client): Promise<{ pages: number; statements: number }> {
  const { rows } = await control.query<{ pages: number; statements: number }>(
    `select cast(coalesce(sum(s.shared_blks_hit + s.shared_blks_read), 0) as float8) as pages,
            cast(coalesce(sum(s.calls), 0) as float8) as statements
       from pg_stat_statements s
       join pg_database d on d.oid = s.dbid
       join pg_roles r on r.oid = s.userid
      where d.datname = current_database() and r.rolname <> current_user`,
  )
  return rows[0]!
}

/** Runs an operation once with the plans of all its statements, also of those in functions. */
async function explain(
  { run, undo }: Pick<Operation, 'run' | 'undo'>,
  config: ClientConfig,
  control: Client,
): Promise<Plan[]> {
  const plans: ExecutedPlan[] = []
  await using world = createWorld(config, explainTo(plans, 'auto'))
  // The first call reads the catalog.
  for (let call = 0; call < 2; call++) {
    plans.length = 0
    await run(world)
    if (undo !== undefined) await control.query(undo)
  }
  return summarize(plans)
}

function summarize(plans: readonly ExecutedPlan[]): Plan[] {
  const byQuery = Map.groupBy(plans, ({ query }) => query.trim().replace(/\s+/g, ' '))
  return Array.from(byQuery, ([query, executions]) => ({
    query,
    times: executions.length,
    rows: sumOf(executions.flatMap(readsOf).map(({ rows }) => rows)),
    pages: sumOf(executions.map(pagesOf)),
    root: executions.toSorted((a, b) => pagesOf(b) - pagesOf(a))[0]!.root,
  }))
}

const pagesOf = ({ root }: ExecutedPlan) => root['Shared Hit Blocks'] + root['Shared Read Blocks']

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, each) => sum + each, 0)
}

export function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length / 2
  return (sorted[Math.floor(middle)]! + sorted[Math.ceil(middle) - 1]!) / 2
}
