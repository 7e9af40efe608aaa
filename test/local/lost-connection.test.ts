import assert from 'node:assert/strict'
import { sql } from 'kysely'
import { expect, test, vi } from 'vitest'
import { toChatError } from '../../functions/to-chat-error.ts'
import { createPgDatabase } from '../../src/local/postgres/database.ts'
import { createTestDatabase } from '../support/database.ts'

/** The error text of pg for a statement on a connection that was lost before. */
const unqueryable = /not queryable/

test('a transaction whose connection is lost between two statements is answered with unavailable', async () => {
  await using database = await createTestDatabase()
  await using db = createPgDatabase({ ...database.connection, max: 1 })
  await using other = createPgDatabase({ ...database.connection, max: 1 })
  const error: unknown = await db
    .transaction()
    .execute(async (transaction) => {
      const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(
        transaction,
      )
      await sql`select pg_terminate_backend(${rows[0]!.pid})`.execute(other)
      await vi.waitFor(async () => {
        const thrown = await sql`select 1`.execute(transaction).catch((reason: unknown) => reason)
        assert.match(String(thrown), unqueryable)
      })
      await sql`select 1`.execute(transaction)
    })
    .catch((thrown: unknown) => thrown)
  expect(error).toHaveProperty('message', expect.stringMatching(unqueryable))
  expect(toChatError(error)).toHaveProperty('code', 'unavailable')
})
