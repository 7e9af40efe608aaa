import { RDSData } from '@aws-sdk/client-rds-data'
import { Kysely } from 'kysely'
import { DataApiDialect } from 'kysely-data-api'
import type { Database, Db } from '../core/database.ts'

export interface DataApiAddress {
  readonly resourceArn: string
  readonly secretArn: string
  readonly database: string
}

/** The database through the RDS Data API: no connection to keep, no VPC to be in. */
export function createDataApiDatabase(address: DataApiAddress, client = new RDSData({})): Db {
  return new Kysely<Database>({
    dialect: new DataApiDialect({ mode: 'postgres', driver: { client, ...address } }),
  })
}
