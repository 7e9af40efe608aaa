import { Client } from 'pg'
import { expect, test } from 'vitest'
import { createTestDatabase } from './database.ts'

test('gives each caller a migrated database of its own', async () => {
  await using first = await createTestDatabase()
  await using second = await createTestDatabase()
  expect(first.connection.database).not.toBe(second.connection.database)
  const client = new Client(first.connection)
  await client.connect()
  const { rows } = await client.query('select name from schema_migrations')
  expect(rows).not.toHaveLength(0)
  await client.end()
})
