import { Kysely } from 'kysely'
import { createCarefulClient, createRdsDataClient } from './data-api-client.ts'
import { createDataApiDialect } from './data-api-dialect.ts'
import type { DataApiAddress } from './database.ts'
import { withLongStatements } from './long-statements.ts'

/** The time for one call: a statement that is answered after 45 s, or a database that resumes after days. */
const patienceMs = 120_000

/** The database through the RDS Data API for changes of its schema, which may take long. */
export function createMigrationDatabase(
  address: DataApiAddress,
  client = createRdsDataClient(),
): Kysely<unknown> {
  const careful = createCarefulClient(client, { patienceMs })
  return new Kysely({
    dialect: createDataApiDialect({ ...address, client: withLongStatements(careful) }),
  })
}
