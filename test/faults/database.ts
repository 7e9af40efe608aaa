import {
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  Kysely,
  PostgresDialect,
  type QueryResult,
  type TransactionSettings,
} from 'kysely'
import { createCarefulClient } from '../../src/aws/data-api-client.ts'
import { createDataApiDialect } from '../../src/aws/data-api-dialect.ts'
import type { Database, Db } from '../../src/core/database/database.ts'
import type { DataApiEmulatorOptions } from '../../src/emulators/data-api/data-api.ts'
import { createPgDatabase, createPgPool } from '../../src/local/postgres/database.ts'
import type { PostgresConnection } from '../../src/local/postgres/postgres.ts'
import { appRole } from '../support/template-database.ts'
import { createInProcessDataApi } from './data-api.ts'

export type DriverName = 'pg' | 'data-api'

/** A gate between the handlers and the database. Each function may throw or wait. */
export interface Gate {
  before(sql: string): Promise<void>
  after(sql: string, isInTransaction: boolean): Promise<void>
  beforeCommit(): Promise<void>
  afterCommit(): Promise<void>
}

/** A busy machine is not a fault. */
const connectionTimeoutMillis = 60_000

/** The database of many worlds, reached as on one machine or as on AWS. */
export interface SharedDatabase extends AsyncDisposable {
  readonly driver: DriverName
  /** The database as one process sees it, behind a gate of its own. */
  open(gate: Gate): Db
  /** The database as a test reads it, without faults. */
  readonly plain: Db
  /** Sets the faults of calls of the Data API. */
  setFaults(faults: DataApiEmulatorOptions['faults']): void
}

export function openSharedDatabase(
  connection: PostgresConnection,
  driver: DriverName,
): SharedDatabase {
  let faults: DataApiEmulatorOptions['faults']
  const setFaults = (next: DataApiEmulatorOptions['faults']) => void (faults = next)
  const plain = createPgDatabase({ ...connection, max: 2, connectionTimeoutMillis })
  if (driver === 'pg') {
    const pool = createPgPool({ ...connection, max: 8, connectionTimeoutMillis })
    return {
      driver,
      open: opened(new PostgresDialect({ pool })),
      plain,
      setFaults,
      async [Symbol.asyncDispose]() {
        await plain.destroy()
        await pool.end()
      },
    }
  }
  const api = createInProcessDataApi({ ...connection, ...appRole, max: 8 }, (call) =>
    faults?.(call),
  )
  // A handler's waits do not use the world's time.
  const clock = { now: () => performance.now(), sleep: () => Promise.resolve() }
  return {
    driver,
    open: opened(
      createDataApiDialect({
        resourceArn: 'arn:aws:rds:eu-central-1:000000000000:cluster:quick-connect',
        secretArn: 'arn:aws:secretsmanager:eu-central-1:000000000000:secret:quick-connect',
        database: connection.database,
        client: createCarefulClient(api.client, { clock }),
      }),
    ),
    plain,
    setFaults,
    async [Symbol.asyncDispose]() {
      await plain.destroy()
      await api[Symbol.asyncDispose]()
    },
  }
}

const opened = (dialect: Dialect) => (gate: Gate) =>
  new Kysely<Database>({ dialect: gated(dialect, gate) })

function gated(dialect: Dialect, gate: Gate): Dialect {
  return {
    createAdapter: () => dialect.createAdapter(),
    createQueryCompiler: () => dialect.createQueryCompiler(),
    createIntrospector: (db) => dialect.createIntrospector(db),
    createDriver: () => new GatedDriver(dialect.createDriver(), gate),
  }
}

class GatedConnection implements DatabaseConnection {
  readonly inner: DatabaseConnection
  readonly #gate: Gate
  isInTransaction = false

  constructor(inner: DatabaseConnection, gate: Gate) {
    this.inner = inner
    this.#gate = gate
  }

  async executeQuery<Row>(query: CompiledQuery): Promise<QueryResult<Row>> {
    await this.#gate.before(query.sql)
    const result = await this.inner.executeQuery<Row>(query)
    await this.#gate.after(query.sql, this.isInTransaction)
    return result
  }

  streamQuery<Row>(query: CompiledQuery, chunkSize: number) {
    return this.inner.streamQuery<Row>(query, chunkSize)
  }
}

class GatedDriver implements Driver {
  readonly #inner: Driver
  readonly #gate: Gate

  constructor(inner: Driver, gate: Gate) {
    this.#inner = inner
    this.#gate = gate
  }

  async init(): Promise<void> {
    await this.#inner.init()
  }

  async acquireConnection(): Promise<GatedConnection> {
    return new GatedConnection(await this.#inner.acquireConnection(), this.#gate)
  }

  async beginTransaction(
    connection: GatedConnection,
    settings: TransactionSettings,
  ): Promise<void> {
    await this.#gate.before('begin')
    await this.#inner.beginTransaction(connection.inner, settings)
    connection.isInTransaction = true
  }

  async commitTransaction(connection: GatedConnection): Promise<void> {
    await this.#gate.beforeCommit()
    await this.#inner.commitTransaction(connection.inner)
    connection.isInTransaction = false
    await this.#gate.afterCommit()
  }

  async rollbackTransaction(connection: GatedConnection): Promise<void> {
    // A commit is not undone: only its answer was lost.
    if (!connection.isInTransaction) return
    connection.isInTransaction = false
    await this.#inner.rollbackTransaction(connection.inner)
  }

  async releaseConnection(connection: GatedConnection): Promise<void> {
    await this.#inner.releaseConnection(connection.inner)
  }

  /** The connections are shared. */
  async destroy(): Promise<void> {}
}
