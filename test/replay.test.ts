/**
 * What a client fetched, with the events after it applied, is what it would fetch anew [M6, W7]:
 * whatever three people do in a room, whenever one of them fetched, from the log and from the socket,
 * from a position before what was fetched, and twice.
 *
 * REPLAY_SEED repeats a run, REPLAY_STORIES says how many stories.
 */
import { randomInt } from 'node:crypto'
import { env } from 'node:process'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { applyEvent, type RoomView } from '../src/client/apply-event.ts'
import { type DurableEvent, durableEvent } from '../src/protocol/socket.ts'
import { historyOf, ok, walk } from './contract/support.ts'
import type { Answer } from './support/api-client.ts'
import { startTestServer } from './support/chat-server.ts'
import type { Frame } from './support/test-socket.ts'
import type { TestUser } from './support/test-user.ts'

const seed = Number(env['REPLAY_SEED'] ?? randomInt(2 ** 31))
const count = Number(env['REPLAY_STORIES'] ?? 25)

const who = fc.nat({ max: 2 })
/** Counted from the newest message, so that most are about the same few. */
const which = fc.nat({ max: 1 })
const emoji = fc.constantFrom('👍', '🎉')
const operation = fc.oneof(
  { weight: 5, arbitrary: fc.record({ type: fc.constant('send' as const), by: who }) },
  { weight: 3, arbitrary: fc.record({ type: fc.constant('edit' as const), by: who, which }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('delete' as const), by: who, which }) },
  {
    weight: 8,
    arbitrary: fc.record({
      type: fc.constantFrom('react' as const, 'unreact' as const),
      by: who,
      which,
      emoji,
    }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('rename' as const), by: who }) },
  {
    weight: 2,
    arbitrary: fc.record({ type: fc.constantFrom('join' as const, 'leave' as const), by: who }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant('put' as const),
      by: who,
      whom: who,
      role: fc.constantFrom('member', 'moderator', 'owner'),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constantFrom('remove' as const, 'ban' as const, 'lift' as const, 'lift' as const),
      by: who,
      whom: who,
    }),
  },
)
type ValueOf<T> = T extends fc.Arbitrary<infer Value> ? Value : never
type Operation = ValueOf<typeof operation>

const story = fc.record({
  kind: fc.constantFrom('public', 'private'),
  before: fc.array(operation, { minLength: 5, maxLength: 15, size: 'max' }),
  after: fc.array(operation, { minLength: 10, maxLength: 25, size: 'max' }),
  /** The client asks for so many events that it has already. */
  behind: fc.nat({ max: 15 }),
})

interface Room {
  readonly id: number
  readonly users: readonly TestUser[]
  readonly sent: number[]
  texts: number
}

async function act(room: Room, operation: Operation): Promise<void> {
  const user = room.users[operation.by]!
  const path = `/api/rooms/${room.id}/`
  const message = (back: number) => `/api/messages/${room.id}/${room.sent.at(-1 - back) ?? 0}/`
  const member = (whom: number) => `${path}members/${room.users[whom]!.username}/`
  const ban = (whom: number) => `${path}bans/${room.users[whom]!.username}/`
  const text = () => `text ${++room.texts}`
  const play = async (): Promise<Answer> => {
    switch (operation.type) {
      case 'send': {
        const answer = await user.send(room.id, text())
        if (answer.status === 201) room.sent.push(answer.body.seq)
        return answer
      }
      case 'edit':
        return await user.patch(message(operation.which), { message: text() })
      case 'delete':
        return await user.delete(message(operation.which))
      case 'react':
        return await user.put(`${message(operation.which)}reactions/${operation.emoji}/`)
      case 'unreact':
        return await user.delete(`${message(operation.which)}reactions/${operation.emoji}/`)
      case 'rename':
        return await user.patch(path, { title: text(), description: text() })
      case 'join':
      case 'leave':
        return await user.post(`${path}${operation.type}/`)
      case 'put':
        return await user.put(member(operation.whom), { role: operation.role })
      case 'remove':
        return await user.delete(member(operation.whom))
      case 'ban':
        return await user.put(ban(operation.whom))
      case 'lift':
        return await user.delete(ban(operation.whom))
    }
  }
  // Much of it is not allowed to whoever does it; nothing of it fails.
  expect((await play()).status).toBeLessThan(500)
}

/** Everything that a user sees of a room; undefined when they may not see it. */
async function fetchView(user: TestUser, id: number): Promise<RoomView | undefined> {
  const found = await user.get(`/api/rooms/${id}/`)
  if (found.status === 404) return undefined
  const { online_count: _, online_more: __, ...room } = found.body
  const pages = await walk(user, `/api/rooms/${id}/members/?limit=2`)
  const members = pages
    .flatMap((page) => page.results)
    .map(({ joined_at: _at, ...member }) => member)
  return { userId: user.id, room, members, messages: await historyOf(user, id), heldFrom: 1 }
}

async function fetchEvents(user: TestUser, id: number, after: number): Promise<DurableEvent[]> {
  const pages = await walk(user, `/api/rooms/${id}/events/?limit=7&after=${after}`)
  const events = pages.flatMap((page) => page.results).map((event) => durableEvent.parse(event))
  expect(events.map(({ seq }) => seq)).toEqual(events.map((_, i) => after + 1 + i))
  return events
}

/** What a socket got of a room's log after a position, without a gap and in order; undefined when something is missing. */
function pushed(
  received: readonly Frame[],
  id: number,
  after: number,
  last: number,
): DurableEvent[] | undefined {
  const events = received
    .filter((frame) => frame.room_id === id && frame.seq > after)
    .map((frame) => durableEvent.parse(frame))
    .toSorted((a, b) => a.seq - b.seq)
  return events.length === last - after ? events : undefined
}

test(
  `[M6, W7] events applied to what was fetched are what is fetched anew (REPLAY_SEED=${seed})`,
  { timeout: 120_000 },
  async () => {
    await using server = await startTestServer()
    const users = [await server.register(), await server.register(), await server.register()]
    await ok(users[1]!.patch('/api/users/me/', { display_name: 'The Second' }))
    await using sockets = new AsyncDisposableStack()
    const inboxes = await Promise.all(users.map(async (user) => sockets.use(await user.connect())))
    let fromTheLog = 0
    let fromTheSocket = 0

    const holds = async ({ kind, before, after, behind }: ValueOf<typeof story>) => {
      const { id } = await users[0]!.createRoom({ title: 'Story', kind })
      for (const { username } of users.slice(1)) {
        await ok(users[0]!.put(`/api/rooms/${id}/members/${username}/`))
      }
      const room: Room = { id, users, sent: [], texts: 0 }
      for (const operation of before) await act(room, operation)
      const old = await Promise.all(users.map((user) => fetchView(user, id)))
      for (const operation of after) await act(room, operation)
      for (const inbox of inboxes) await inbox.settle()

      for (const [at, user] of users.entries()) {
        const fetched = old[at]
        const anew = await fetchView(user, id)
        if (!fetched || !anew) continue
        const position = fetched.room.last_seq
        const events = await fetchEvents(user, id, Math.max(0, position - behind))
        const applied = events.reduce(applyEvent, fetched)
        expect(applied).toEqual(anew)
        expect(events.reduce(applyEvent, applied)).toEqual(anew)
        expect(events.flatMap((event) => [event, event]).reduce(applyEvent, fetched)).toEqual(anew)
        fromTheLog++
        const live = pushed(inboxes[at]!.received, id, position, anew.room.last_seq)
        if (!live) continue
        expect(live.reduce(applyEvent, fetched)).toEqual(anew)
        expect(live.reduce(applyEvent, live.reduce(applyEvent, fetched))).toEqual(anew)
        fromTheSocket++
      }
      for (const inbox of inboxes) inbox.received.length = 0
    }
    await fc.assert(fc.asyncProperty(story, holds), { seed, numRuns: count })
    expect(fromTheLog).toBeGreaterThan(count)
    expect(fromTheSocket).toBeGreaterThan(count / 2)
  },
)
