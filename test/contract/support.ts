import jwt, { type SignOptions } from 'jsonwebtoken'
import { Client } from 'pg'
import { expect, vi } from 'vitest'
import * as z from 'zod'
import { frameOutMaxBytes } from '../../src/protocol/limits.ts'
import { problem } from '../../src/protocol/errors.ts'
import type { Message } from '../../src/protocol/messages.ts'
import type { Room } from '../../src/protocol/rooms.ts'
import type { Answer } from '../support/api-client.ts'
import { type TestServer, testKeys } from '../support/chat-server.ts'
import type { Statement } from '../support/data-api-checker.ts'
import { RefusedError, type SocketOptions, type TestSocket } from '../support/test-socket.ts'
import type { TestUser } from '../support/test-user.ts'

/** [W2] All that a simple client is ever sent. */
const simpleEvent = z.union([
  z.object({ type: z.literal('message') }).loose(),
  z.object({ type: z.literal('error') }).loose(),
])

/** A v1 socket; when it is disposed of, every frame that it got is checked for its form [W4]. */
export async function openSocket(
  user: TestUser,
  path = '/ws/',
  options: SocketOptions = {},
): Promise<TestSocket> {
  return checkFrames(await user.connect(path, options), 'v1')
}

/** A socket as the seed's clients open it, checked for being sent only `message` and `error` [W2]. */
export async function openSimple(user: TestUser, roomName: string): Promise<TestSocket> {
  return checkFrames(await user.connectSimple(roomName), 'simple')
}

export function checkFrames(socket: TestSocket, kind: 'v1' | 'simple'): TestSocket {
  const faults: string[] = []
  socket.ws.on('message', (data: Buffer, isBinary: boolean) => {
    if (isBinary) faults.push('a binary frame')
    if (data.length > frameOutMaxBytes) faults.push(`a frame of ${data.length} bytes`)
    if (kind === 'simple' && data.toString().startsWith('[')) faults.push('an array')
  })
  const dispose = socket[Symbol.asyncDispose].bind(socket)
  socket[Symbol.asyncDispose] = async () => {
    await dispose()
    expect(faults).toEqual([])
    if (kind === 'simple') for (const frame of socket.received) simpleEvent.parse(frame)
  }
  return socket
}

/** The status with which an upgrade is refused. */
export async function refusal(opening: Promise<TestSocket>): Promise<number> {
  try {
    const socket = await opening
    await socket.close()
    return 101
  } catch (error) {
    if (error instanceof RefusedError) return error.status
    throw error
  }
}

/** What a socket was sent of the durable events of a room, by number and type. */
export function logOf(socket: TestSocket, roomId: number): string[] {
  return socket.received
    .filter((frame) => frame.room_id === roomId && typeof frame.seq === 'number')
    .filter((frame) => frame.type !== 'ack')
    .map((frame) => `${frame.seq} ${frame.type}`)
}

/** [C3] What an error says, as `404 not_found`, once its document is found to be right. */
export function problemOf(answer: Answer): string {
  if (answer.status < 400) throw new Error(`it succeeded with ${answer.status}: ${answer.text}`)
  expect(answer.headers.get('content-type')).toBe('application/problem+json')
  const { status, code } = problem.strict().parse(answer.body)
  expect(answer.status).toBe(status)
  return `${status} ${code}`
}

/** The answer of a request that has to succeed. */
export async function ok(answering: Promise<Answer>): Promise<Answer['body']> {
  const answer = await answering
  if (answer.status >= 300) throw new Error(`${answer.status}: ${answer.text}`)
  return answer.body
}

/** The statements that the server executes while `work` runs. */
export async function statementsDuring(
  server: TestServer,
  work: () => Promise<unknown>,
): Promise<Statement[]> {
  const before = server.statements.length
  await work()
  return server.statements.slice(before)
}

/** Follows `next` or `previous` from a page to the last one; gives the pages. */
export async function walk(
  user: TestUser,
  path: string,
  direction: 'next' | 'previous' = 'next',
  between: () => Promise<unknown> = async () => undefined,
): Promise<Answer['body'][]> {
  const pages: Answer['body'][] = []
  for (let at: string | null = path; at !== null; at = pages.at(-1)[direction]) {
    pages.push(await ok(user.get(at)))
    if (pages.length > 1_000) throw new Error('the pages do not end')
    await between()
  }
  return pages
}

/** One field of every result of some pages. */
export function fieldOf(pages: Answer['body'][], field: string): unknown[] {
  return pages.flatMap((page) => page.results.map((result: Answer['body']) => result[field]))
}

export async function historyOf(user: TestUser, roomId: number): Promise<Message[]> {
  const pages = await walk(user, `/api/messages/${roomId}/?after=0&limit=100`)
  return pages.flatMap((page) => page.results)
}

export async function join(room: Pick<Room, 'id'>, ...users: TestUser[]): Promise<void> {
  for (const user of users) await ok(user.post(`/api/rooms/${room.id}/join/`))
}

export async function invite(
  by: TestUser,
  room: Pick<Room, 'id'>,
  role: string,
  ...users: TestUser[]
): Promise<void> {
  for (const { username } of users) {
    await ok(by.put(`/api/rooms/${room.id}/members/${username}/`, { role }))
  }
}

const claims = z.object({ sid: z.int() })

export function sessionOf(user: TestUser): number {
  return claims.parse(jwt.decode(user.access)).sid
}

/** An access token of a session, signed by hand. */
export function signToken(
  user: TestUser,
  options: SignOptions = {},
  key: { readonly kid: string; readonly secret: string } = testKeys[0],
): string {
  return jwt.sign({ sid: sessionOf(user) }, key.secret, {
    algorithm: 'HS256',
    keyid: key.kid,
    subject: String(user.id),
    expiresIn: 900,
    ...options,
  })
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
