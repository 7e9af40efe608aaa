import type { RDSDataClient } from '@aws-sdk/client-rds-data'
import { Kysely, type LogConfig } from 'kysely'
import type { Database, Db } from '../core/database/database.ts'
import { createCarefulClient, createRdsDataClient } from './data-api-client.ts'
import { createDataApiDialect } from './data-api-dialect.ts'

export interface DataApiAddress {
  readonly resourceArn: string
  readonly secretArn: string
  readonly database: string
}

export interface DataApiOptions {
  readonly client?: RDSDataClient
  /** Told of each statement, as kysely's own option. */
  readonly log?: LogConfig
  /** How long a call waits for a database that resumes; 25 s unless set. */
  readonly resumeWaitMs?: number
  /** Told of each call that finds the database paused. */
  readonly onResuming?: () => void
}

/** The database through the RDS Data API: no connection to keep, no VPC to be in. */
export function createDataApiDatabase(
  address: DataApiAddress,
  { client = createRdsDataClient(), log, onResuming, resumeWaitMs }: DataApiOptions = {},
): Db {
  const careful = createCarefulClient(client, { onResuming, resumeWaitMs })
  return new Kysely<Database>({
    dialect: createDataApiDialect({ ...address, client: careful }),
    ...(log !== undefined && { log }),
  })
}
