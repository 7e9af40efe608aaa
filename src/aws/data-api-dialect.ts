import {
  CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type Kysely,
  type QueryResult,
  type TransactionSettings,
} from 'kysely'
import { DataApiDialect } from 'kysely-data-api'
import type { DataApiClient } from './data-api-client.ts'
import { DataApiQueryCompiler } from './data-api-parameters.ts'

type DriverConfig = ConstructorParameters<typeof DataApiDialect>[0]['driver']
type Config = Omit<DriverConfig, 'client'> & { readonly client: DataApiClient }

/** kysely-data-api, with what it gets wrong put right: docs/data-api.md has the list. */
export function createDataApiDialect(config: Config): Dialect {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- all that it calls of the client is there
  const dialect = new DataApiDialect({ mode: 'postgres', driver: config as DriverConfig })
  return {
    createAdapter: () => dialect.createAdapter(),
    createDriver: () => new DataApiDriver(dialect.createDriver()),
    createQueryCompiler: () => new DataApiQueryCompiler(),
    createIntrospector: (db: Kysely<unknown>) => dialect.createIntrospector(db),
  }
}

class DataApiDriver implements Driver {
  readonly #driver: Driver

  constructor(driver: Driver) {
    this.#driver = driver
  }

  async acquireConnection(): Promise<DataApiConnection> {
    return new DataApiConnection(await this.#driver.acquireConnection())
  }

  /** Isolation and access mode take a statement of their own; the library drops them. */
  async beginTransaction(
    connection: DataApiConnection,
    settings: TransactionSettings,
  ): Promise<void> {
    await this.#driver.beginTransaction(connection.inner, settings)
    const modes = [
      settings.isolationLevel && `isolation level ${settings.isolationLevel}`,
      settings.accessMode,
    ].filter((mode) => mode !== undefined)
    if (modes.length === 0) return
    try {
      await connection.executeQuery(CompiledQuery.raw(`set transaction ${modes.join(', ')}`))
    } catch (error) {
      // Kysely does not know yet that it began.
      await this.rollbackTransaction(connection)
      throw error
    }
  }

  async commitTransaction(connection: DataApiConnection): Promise<void> {
    await connection.settled()
    await this.#driver.commitTransaction(connection.inner)
    await this.#renew(connection)
  }

  /**
   * Never fails. After an SQL error the transaction is gone already; after another it ends by itself,
   * three minutes later. Either way what is to be told is the first error, which this would hide.
   */
  async rollbackTransaction(connection: DataApiConnection): Promise<void> {
    await connection.settled()
    await this.#driver.rollbackTransaction(connection.inner).catch(() => undefined)
    await this.#renew(connection)
  }

  /** The library's connection keeps the id of its ended transaction, for every later statement. */
  async #renew(connection: DataApiConnection): Promise<void> {
    connection.inner = await this.#driver.acquireConnection()
  }

  async init(): Promise<void> {
    await this.#driver.init()
  }

  async releaseConnection(connection: DataApiConnection): Promise<void> {
    await this.#driver.releaseConnection(connection.inner)
  }

  async destroy(): Promise<void> {
    await this.#driver.destroy()
  }
}

/** One statement after another, as over a connection of `pg`: a transaction takes no two at once. */
class DataApiConnection implements DatabaseConnection {
  inner: DatabaseConnection
  #last: Promise<unknown> = Promise.resolve()

  constructor(inner: DatabaseConnection) {
    this.inner = inner
  }

  async executeQuery<Row>(query: CompiledQuery): Promise<QueryResult<Row>> {
    const result = this.#last.then(() => this.inner.executeQuery<Row>(query))
    this.#last = result.catch(() => undefined)
    // Without a field that kysely has given up, and warns of.
    const { rows, numAffectedRows } = await result
    return { rows, ...(numAffectedRows !== undefined && { numAffectedRows }) }
  }

  async settled(): Promise<void> {
    await this.#last
  }

  streamQuery<Row>(query: CompiledQuery, chunkSize?: number) {
    return this.inner.streamQuery<Row>(query, chunkSize)
  }
}
