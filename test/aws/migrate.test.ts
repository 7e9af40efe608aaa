import { randomBytes } from 'node:crypto'
import { Kysely } from 'kysely'
import { Client } from 'pg'
import { expect, inject, test } from 'vitest'
import { migrateToLatest, migrations } from '../../migrations/index.ts'
import { createCarefulClient, createRdsDataClient } from '../../src/aws/data-api-client.ts'
import { createDataApiDialect } from '../../src/aws/data-api-dialect.ts'
import { address, credentials, startDataApi } from '../data-api/support.ts'

/** A database without anything in it. */
async function createEmptyDatabase() {
  const connection = { ...inject('postgres'), database: `test_${randomBytes(8).toString('hex')}` }
  const admin = new Client({ ...connection, database: 'postgres' })
  await admin.connect()
  await admin.query(`create database ${connection.database} template template0`)
  return {
    connection,
    async [Symbol.asyncDispose]() {
      await admin.query(`drop database ${connection.database} with (force)`)
      await admin.end()
    },
  }
}

test("[6] the project's migrations go through the Data API into an empty database, once", async () => {
  await using database = await createEmptyDatabase()
  await using api = await startDataApi(database)
  const client = createRdsDataClient({ endpoint: api.url, region: 'eu-central-1', credentials })
  const db = new Kysely<unknown>({
    dialect: createDataApiDialect({
      ...address,
      database: database.connection.database,
      client: createCarefulClient(client),
    }),
  })
  const [first, second] = await Promise.all([migrateToLatest(db), migrateToLatest(db)])
  expect([...first, ...second].toSorted()).toEqual(migrations.map(({ name }) => name))
  expect(await migrateToLatest(db)).toEqual([])
  await db.destroy()
})
