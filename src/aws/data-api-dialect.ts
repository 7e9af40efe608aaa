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

/** kysely-data-api with corrections. docs/data-api.md lists them. */
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

  /** Isolation level and access mode need a statement of their own, because the library drops them. */
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
      // Kysely does not know yet that the transaction began.
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
   * Never fails. After an SQL error the transaction has already ended. After another error it ends by itself, three
   * minutes later. Either way the caller needs the first error, which an error from here would hide.
   */
  async rollbackTransaction(connection: DataApiConnection): Promise<void> {
    await connection.settled()
    await this.#driver.rollbackTransaction(connection.inner).catch(() => undefined)
    await this.#renew(connection)
  }

  /** The library's connection keeps the id of its ended transaction for every later statement. So it is replaced. */
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

/** Runs one statement after another, as a connection of `pg` does, because a transaction accepts no two at once. */
class DataApiConnection implements DatabaseConnection {
  inner: DatabaseConnection
  #last: Promise<unknown> = Promise.resolve()

  constructor(inner: DatabaseConnection) {
    this.inner = inner
  }

  async executeQuery<Row>(query: CompiledQuery): Promise<QueryResult<Row>> {
    const result = this.#last.then(() => this.inner.executeQuery<Row>(query))
    this.#last = result.catch(() => undefined)
    // Leaves out a field that kysely has deprecated and warns about.
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
