/** PROPERTY_SEED repeats a run. A failure prints the reduced sequence. */
import { randomInt } from 'node:crypto'
import { env } from 'node:process'
import * as fc from 'fast-check'
import { afterAll, expect, test } from 'vitest'
import type { Message } from '../../src/protocol/messages.ts'
import { unreadMax } from '../../src/protocol/limits.ts'
import { historyOf, ok } from '../support/answers.ts'
import { join } from '../support/memberships.ts'
import { startTestServer } from '../support/chat-server.ts'
import { propertyRuns } from '../support/property-runs.ts'
import type { TestUser } from '../support/test-user.ts'

const seed = Number(env['PROPERTY_SEED'] ?? randomInt(2 ** 31))
const server = await startTestServer()
afterAll(() => server[Symbol.asyncDispose]())

const people = 3
const by = fc.nat(people - 1)
/** Picks a message of a room, as a fraction of all messages. */
const part = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true })

const operation = fc.oneof(
  { weight: 4, arbitrary: fc.record({ type: fc.constant('send' as const), by, count: fc.nat(4) }) },
  { weight: 3, arbitrary: fc.record({ type: fc.constant('read' as const), by, part }) },
  { weight: 3, arbitrary: fc.record({ type: fc.constant('delete' as const), by, part }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('edit' as const), by, part }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('react' as const), by, part }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('leave' as const), by }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('join' as const), by }) },
)
type Operation = typeof operation extends fc.Arbitrary<infer T> ? T : never

/** The allowed refusals: actions of users who are not in the room, and on other users' messages. */
const refusals = [403, 404, 409]

async function perform(users: readonly TestUser[], roomId: number, step: Operation) {
  const user = users[step.by]!
  const room = `/api/rooms/${roomId}`
  // A step does not need the whole answer of the API for this.
  const { last_seq } = await server.db
    .selectFrom('rooms')
    .where('id', '=', roomId)
    .select('last_seq')
    .executeTakeFirstOrThrow()
  const at = (fraction: number) => 1 + Math.floor(fraction * last_seq)
  switch (step.type) {
    case 'send': {
      // The messages of one user are alike, so their order does not matter.
      const texts = Array.from({ length: step.count + 1 }, (_, n) => `${n}`)
      await Promise.all(texts.map(async (text) => await expectAnswer(user.send(roomId, text))))
      return
    }
    case 'read':
      return await expectAnswer(user.post(`${room}/read/`, { seq: at(step.part) }))
    case 'delete':
      return await expectAnswer(user.delete(`/api/messages/${roomId}/${at(step.part)}/`))
    case 'edit': {
      const path = `/api/messages/${roomId}/${at(step.part)}/`
      return await expectAnswer(user.patch(path, { message: `edited at ${last_seq}` }))
    }
    case 'react': {
      const path = `/api/messages/${roomId}/${at(step.part)}/reactions/%F0%9F%8D%B5/`
      return await expectAnswer(user.put(path))
    }
    case 'leave':
    case 'join':
      return await expectAnswer(user.post(`${room}/${step.type}/`))
  }
}

async function expectAnswer(answering: ReturnType<TestUser['get']>): Promise<void> {
  const { status, text } = await answering
  if (status >= 300 && !refusals.includes(status)) throw new Error(`${status}: ${text}`)
}

/** [M8] Counts other users' messages after the marker that are not deleted. */
function count(messages: readonly Message[], userId: number, marker: number): number {
  const unread = messages.filter(
    ({ seq, user_id, deleted_at }) => seq > marker && user_id !== userId && deleted_at === null,
  )
  return Math.min(unread.length, unreadMax)
}

/** Compares every count that the API gives a user for a room. */
async function check(user: TestUser, roomId: number, messages: readonly Message[]): Promise<void> {
  const { role, last_read_seq, unread } = await ok(user.get(`/api/rooms/${roomId}/`))
  const isMember = role !== null
  expect(unread).toBe(isMember ? count(messages, user.id, last_read_seq) : null)
  if (!isMember) return
  const own = await ok(user.get('/api/rooms/?member=true'))
  expect(own.results).toContainEqual(expect.objectContaining({ id: roomId, unread }))
  const read = await ok(user.post(`/api/rooms/${roomId}/read/`, { seq: last_read_seq }))
  expect(read).toEqual({ room_id: roomId, last_read_seq, unread })
}

test(`[M8] the unread count matches its definition after any sequence (PROPERTY_SEED=${seed})`, async () => {
  const users = await Promise.all(Array.from({ length: people }, () => server.register()))
  const property = fc.asyncProperty(
    fc.array(operation, { minLength: 5, maxLength: 25, size: 'max' }),
    async (steps) => {
      const room = await users[0]!.createRoom()
      await join(room, ...users.slice(1))
      for (const step of steps) await perform(users, room.id, step)
      const messages = await historyOf(users[0]!, room.id)
      await Promise.all(users.map(async (user) => await check(user, room.id, messages)))
    },
  )
  await fc.assert(property, { seed, numRuns: propertyRuns(60), endOnFailure: false })
}, 120_000)
