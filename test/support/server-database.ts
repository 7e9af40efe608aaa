import type { KyselyConfig } from 'kysely'
import type { Client } from 'pg'
import { inject } from 'vitest'
import { createRdsDataClient } from '../../src/aws/data-api-client.ts'
import { createDataApiDatabase } from '../../src/aws/database.ts'
import type { Db } from '../../src/core/database/database.ts'
import type { DataApiEmulatorOptions } from '../../src/emulators/data-api/data-api.ts'
import { createPgDatabase } from '../../src/local/postgres/database.ts'
import type { PostgresConnection } from '../../src/local/postgres/postgres.ts'
import { address, credentials, startDataApi } from './data-api.ts'
import { checkCase } from './case-checker.ts'
import { checkForDataApi, type Statement } from './data-api-checker.ts'
import { startInProcessDataApi } from './in-process-data-api.ts'
import { appRole } from './template-database.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** How servers reach their database when a test does not choose. */
    driver: 'pg' | 'data-api'
  }
}

export interface ServerDatabaseOptions {
  readonly driver?: 'pg' | 'data-api'
  /** The faults that calls of the Data API meet. */
  readonly faults?: DataApiEmulatorOptions['faults']
  /** How long a call of the Data API waits for a database that resumes. */
  readonly resumeWaitMs?: number
  /** The number of connections to PostgreSQL. */
  readonly poolSize?: number
  /** Is used instead of pg's own class. */
  readonly Client?: typeof Client
}

export interface ServerDatabase extends AsyncDisposable {
  readonly db: Db
  /** The statements that were executed so far. Over `pg` they include begin and commit of transactions. */
  readonly statements: readonly Statement[]
}

/**
 * Opens a database as a server does: over `pg` as its owner, as on one machine, or over the AWS SDK and the local RDS
 * Data API, as on AWS, with a role that cannot change the schema. The Data API refuses what it cannot carry. Over `pg`
 * this is checked at disposal.
 */
export async function openServerDatabase(
  connection: PostgresConnection,
  { driver = inject('driver'), faults, resumeWaitMs, poolSize = 10, Client }: ServerDatabaseOptions,
): Promise<ServerDatabase> {
  const statements: Statement[] = []
  const log: KyselyConfig['log'] = ({ query }) => {
    statements.push({
      sql: query.sql.replace(/(?<!:):(\d+)\b/g, (_, number: string) => `$${Number(number) + 1}`),
      parameters: query.parameters.map(plain),
    })
  }
  if (driver === 'data-api') {
    const api = await openDataApi({ ...connection, ...appRole, max: poolSize }, faults)
    const db = createDataApiDatabase(
      { ...address, database: connection.database },
      {
        client: api.client,
        log,
        ...(resumeWaitMs !== undefined && { resumeWaitMs }),
      },
    )
    return {
      db,
      statements,
      async [Symbol.asyncDispose]() {
        await db.destroy()
        await api[Symbol.asyncDispose]()
      },
    }
  }
  const db = createPgDatabase({ ...connection, max: poolSize, ...(Client && { Client }) }, log)
  return {
    db,
    statements,
    async [Symbol.asyncDispose]() {
      await db.destroy()
      checkCase(statements)
      await checkForDataApi(connection, statements)
    },
  }
}

/** Opens a Data API with a client. Calls go through HTTP when faults strike them, since these cut connections. */
async function openDataApi(
  connection: DataApiEmulatorOptions['connection'],
  faults: DataApiEmulatorOptions['faults'],
) {
  if (!faults) return startInProcessDataApi(connection)
  const api = await startDataApi({ connection, faults })
  const client = createRdsDataClient({ endpoint: api.url, region: 'eu-central-1', credentials })
  return {
    client,
    async [Symbol.asyncDispose]() {
      client.destroy()
      await api[Symbol.asyncDispose]()
    },
  }
}

/** Returns the value of a parameter from its Data API form. */
function plain(parameter: unknown): unknown {
  const isField = typeof parameter === 'object' && parameter !== null && 'value' in parameter
  if (!isField) return parameter
  const [[kind, value] = []] = Object.entries(parameter.value ?? {})
  return kind === 'isNull' ? null : value
}
