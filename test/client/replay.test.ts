/**
 * What a client has fetched, with the later events applied, equals a fresh fetch [M6, W7]. This holds whatever three
 * users do in a room and whenever one of them fetched. It holds for events from the log and from the socket, for
 * messages later than the position, and for events that come twice or backwards. The client is the core of src/client.
 *
 * REPLAY_SEED repeats a run, REPLAY_STORIES sets the number of stories.
 */
import { randomInt } from 'node:crypto'
import { env } from 'node:process'
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Member, Message } from '../../src/client/index.ts'
import type { Room as RoomOnWire } from '../../src/client/wire.ts'
import { type DurableEvent, durableEvent } from '../../src/protocol/socket.ts'
import { historyOf, ok, walk } from '../support/answers.ts'
import type { Answer } from '../support/api-client.ts'
import { aPage, Script } from './script.ts'
import { startTestServer } from '../support/chat-server.ts'
import { propertyRuns } from '../support/property-runs.ts'
import type { Frame } from '../support/test-socket.ts'
import type { TestUser } from '../support/test-user.ts'

const seed = Number(env['REPLAY_SEED'] ?? randomInt(2 ** 31))
const count = Number(env['REPLAY_STORIES'] ?? propertyRuns(25))

const who = fc.nat({ max: 2 })
/** Counted from the newest message, so that most actions concern the same few messages. */
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
  /** What happens between the fetch of the room and the fetch of its messages. */
  between: fc.array(operation, { maxLength: 10, size: 'max' }),
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
  // Many of these actions are refused, but none may fail.
  expect((await play()).status).toBeLessThan(500)
}

/** Returns what a user sees of a room, or undefined when they may not see it. */
async function fetchRoom(user: TestUser, id: number): Promise<RoomOnWire | undefined> {
  const found = await user.get(`/api/rooms/${id}/`)
  if (found.status === 404) return undefined
  const { online_count: _, online_more: __, online_ids: ___, ...room } = found.body
  return room as RoomOnWire
}

interface Parts {
  readonly members: readonly Member[]
  readonly messages: readonly Message[]
}

async function fetchParts(user: TestUser, id: number): Promise<Parts> {
  const pages = await walk(user, `/api/rooms/${id}/members/?limit=2`)
  return { members: pages.flatMap((page) => page.results), messages: await historyOf(user, id) }
}

/** Does the same, and returns undefined when they may no longer see the room. */
async function fetchPartsOrNone(user: TestUser, id: number): Promise<Parts | undefined> {
  return (await fetchRoom(user, id)) && (await fetchParts(user, id))
}

/** Makes the client's core with a room, and with messages and members that may be later than the room. */
function hold(user: TestUser, room: RoomOnWire, { messages, members }: Parts): Script {
  return new Script()
    .does('user', { id: user.id, username: user.username }, null)
    .does('start')
    .answers('list', aPage([room]))
    .does('open', room.id)
    .answers('messages', aPage(messages))
    .does('members', room.id)
    .answers('members', aPage(members))
}

/** A join shows the event's time, which differs slightly from the stored one. */
const withoutTimes = (members: readonly Member[]) =>
  members.map(({ joined_at: _at, ...member }) => member)

/** Returns what the user sees, once the changes of their own membership were fetched. */
function shown(script: Script, { id, ...last }: RoomOnWire) {
  if (script.room(id).stale) script.rings(`room:${id}`).answers('room', { id, ...last })
  const { room, window } = script.room(id)
  return { room, messages: window?.messages, members: withoutTimes(window?.members ?? []) }
}

async function fetchEvents(user: TestUser, id: number, after: number): Promise<DurableEvent[]> {
  const pages = await walk(user, `/api/rooms/${id}/events/?limit=7&after=${after}`)
  const events = pages.flatMap((page) => page.results).map((event) => durableEvent.parse(event))
  expect(events.map(({ seq }) => seq)).toEqual(events.map((_, i) => after + 1 + i))
  return events
}

/**
 * Returns what a socket received of a room's log after a position, without a gap and in order. Undefined when something
 * is missing.
 */
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
  `[M6, W7] fetched state with later events applied equals a fresh fetch (REPLAY_SEED=${seed})`,
  { timeout: 120_000 },
  async () => {
    await using server = await startTestServer()
    const users = [await server.register(), await server.register(), await server.register()]
    await ok(users[1]!.patch('/api/users/me/', { display_name: 'The Second' }))
    await using sockets = new AsyncDisposableStack()
    const inboxes = await Promise.all(users.map(async (user) => sockets.use(await user.connect())))
    let fromTheLog = 0
    let fromTheSocket = 0

    const holds = async ({ kind, before, between, after }: ValueOf<typeof story>) => {
      const { id } = await users[0]!.createRoom({ title: 'Story', kind })
      for (const { username } of users.slice(1)) {
        await ok(users[0]!.put(`/api/rooms/${id}/members/${username}/`))
      }
      const room: Room = { id, users, sent: [], texts: 0 }
      for (const operation of before) await act(room, operation)
      const rooms = await Promise.all(users.map((user) => fetchRoom(user, id)))
      // The position is read first, then the state.
      for (const operation of between) await act(room, operation)
      const parts = await Promise.all(
        users.map(async (user, at) => rooms[at] && (await fetchPartsOrNone(user, id))),
      )
      for (const operation of after) await act(room, operation)
      for (const inbox of inboxes) await inbox.settle()

      for (const [at, user] of users.entries()) {
        const fetched = rooms[at]
        const part = parts[at]
        const last = await fetchRoom(user, id)
        if (!fetched || !part || !last) continue
        const { messages, members } = await fetchParts(user, id)
        const fetchedAgain = { room: last, messages, members: withoutTimes(members) }
        const position = fetched.last_seq
        const events = await fetchEvents(user, id, position)
        const once = hold(user, fetched, part).hears(events)
        expect(shown(once, last)).toEqual(fetchedAgain)
        expect(shown(once.hears(events), last)).toEqual(fetchedAgain)
        const twice = hold(user, fetched, part)
        for (const event of events) twice.hears([event, event])
        expect(shown(twice, last)).toEqual(fetchedAgain)
        const backwards = hold(user, fetched, part)
        for (const event of events.toReversed()) backwards.hears(event)
        expect(shown(backwards, last)).toEqual(fetchedAgain)
        fromTheLog++
        const live = pushed(inboxes[at]!.received, id, position, last.last_seq)
        if (!live) continue
        expect(shown(hold(user, fetched, part).hears(live), last)).toEqual(fetchedAgain)
        fromTheSocket++
      }
      for (const inbox of inboxes) inbox.received.length = 0
    }
    await fc.assert(fc.asyncProperty(story, holds), { seed, numRuns: count })
    expect(fromTheLog).toBeGreaterThan(count)
    expect(fromTheSocket).toBeGreaterThan(count / 2)
  },
)
