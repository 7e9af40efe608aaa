import { Client } from 'pg'
import { expect, vi } from 'vitest'
import type { TestServer } from './chat-server.ts'
import type { Statement } from './data-api-checker.ts'

/** The statements that the server executes while `work` runs. */
export async function statementsDuring(
  server: TestServer,
  work: () => Promise<unknown>,
): Promise<Statement[]> {
  const before = server.statements.length
  await work()
  return server.statements.slice(before)
}

/** A connection of its own to a server's database, for what must not count as the server's statements. */
export async function openDatabase({ database }: Pick<TestServer, 'database'>) {
  const client = new Client(database.connection)
  await client.connect()
  return {
    execute: async (statement: string, parameters: unknown[] = []) =>
      (await client.query<Record<string, unknown>>(statement, parameters)).rows,
    [Symbol.asyncDispose]: () => client.end(),
  }
}

/** Locks the accounts, lets a request come upon the lock, and ends its database session there. */
export async function whileDatabaseFails<T>(
  server: TestServer,
  work: () => Promise<T>,
): Promise<T> {
  await using blocker = await openDatabase(server)
  await using killer = await openDatabase(server)
  await blocker.execute('begin')
  await blocker.execute('lock table users in access exclusive mode')
  const result = work()
  await vi.waitFor(async () => {
    const killed = await killer.execute(
      `select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock'`,
    )
    expect(killed).not.toHaveLength(0)
  })
  await blocker.execute('rollback')
  return await result
}
