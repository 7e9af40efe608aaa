/** Applies `gated` to the database of its argument. It goes through the Data API when there is an address for it. */
import { Kysely, PostgresDialect } from 'kysely'
import { Pool, type PoolConfig } from 'pg'
import { migrateToLatest } from '../../migrations/index.ts'
import type { DataApiAddress } from '../../src/aws/database.ts'
import { createMigrationDatabase } from '../../src/aws/migration-database.ts'
import { gated, schemaOf } from './lists.ts'

interface Target {
  readonly connection: PoolConfig & { readonly database: string }
  readonly address?: Omit<DataApiAddress, 'database'>
}

const { connection, address }: Target = JSON.parse(process.argv[2] ?? '')
const db = address
  ? createMigrationDatabase({ ...address, database: connection.database })
  : new Kysely<unknown>({ dialect: new PostgresDialect({ pool: new Pool(connection) }) })
await migrateToLatest(db, { schema: schemaOf(gated) })
