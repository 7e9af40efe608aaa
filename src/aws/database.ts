import type { RDSData } from '@aws-sdk/client-rds-data'
import { Kysely, type LogConfig } from 'kysely'
import type { Database, Db } from '../core/database.ts'
import { createCarefulClient, createRdsDataClient } from './data-api-client.ts'
import { createDataApiDialect } from './data-api-dialect.ts'

export interface DataApiAddress {
  readonly resourceArn: string
  readonly secretArn: string
  readonly database: string
}

/**
 * The database through the RDS Data API: no connection to keep, no VPC to be in. `log` is told of each
 * statement, as kysely's own option.
 */
export function createDataApiDatabase(
  address: DataApiAddress,
  { client = createRdsDataClient(), log }: { client?: RDSData; log?: LogConfig } = {},
): Db {
  return new Kysely<Database>({
    dialect: createDataApiDialect({ ...address, client: createCarefulClient(client) }),
    ...(log !== undefined && { log }),
  })
}
