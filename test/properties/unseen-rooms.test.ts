/**
 * [C7] An outsider of a room cannot tell it from a room that does not exist, neither by the answers nor by the work.
 * The work is the executed statements, also those within database functions, and how many rows of which table they
 * read. PROPERTY_SEED repeats a run. A failure prints the smallest world that shows it.
 */
import { randomInt } from 'node:crypto'
import { env } from 'node:process'
import * as fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { callRoute, closedRoutes, type Route, roomRoutes, type Scene } from '../support/routes.ts'
import { openSocket, refusal } from '../support/open-socket.ts'
import { openDatabase } from '../support/watch-database.ts'
import { type ExecutedPlan, explainTo, readsOf } from '../support/explaining-client.ts'
import { ok } from '../support/answers.ts'
import type { Answer } from '../support/api-client.ts'
import { startTestServer } from '../support/chat-server.ts'
import { propertyRuns } from '../support/property-runs.ts'
import type { TestSocket } from '../support/test-socket.ts'
import {
  makeOwnRooms,
  makeUnseenRoom,
  meddle,
  type People,
  registerPeople,
  secret,
  type UnseenWorld,
  unseenWorld,
} from './unseen-world.ts'

const seed = Number(env['PROPERTY_SEED'] ?? randomInt(2 ** 31))
const plans: ExecutedPlan[] = []
const server = await startTestServer({
  Client: explainTo(plans, 'force_generic_plan'),
  poolSize: 1,
})
afterAll(() => server[Symbol.asyncDispose]())

// PostgreSQL would read small tables as a whole. Also, no other id may equal a room's id.
beforeAll(async () => {
  await using database = await openDatabase(server)
  for (const statement of [
    `alter table rooms alter column id restart with 1000000`,
    `insert into users (username, password_hash) select 'many_' || n, '' from generate_series(1, 2000) n`,
    `insert into sessions (user_id, expires_at, refresh_family)
      select id, now() + interval '1 day', 'family ' || id from users`,
    `insert into rooms (kind, name, title) select 'private', 'many_' || n, '' from generate_series(1, 2000) n`,
    `insert into memberships (room_id, user_id, role)
      select r.id, u.id + n, 'member'
        from rooms r join users u on u.username = r.name cross join generate_series(-4, 0) n where u.id > 4`,
    `insert into messages (room_id, seq, user_id, text, created_at)
      select room_id, 1, min(user_id), 'hello', now() from memberships group by room_id`,
    `insert into reactions (message_id, user_id, emoji, first_seq)
      select m.id, o.user_id, '👍', 1 from messages m join memberships o on o.room_id = m.room_id`,
    `insert into notifications (user_id, kind, room_id, message_seq, actor_id)
      select user_id, 'mention', room_id, 1, user_id from memberships`,
    `insert into blocks (user_id, blocked_id)
      select user_id, user_id - 1 from memberships where user_id % 2 = 0 on conflict do nothing`,
    'analyze',
  ]) {
    await database.execute(statement)
  }
})

interface Look {
  readonly answer: unknown
  readonly work: readonly unknown[]
}
type Looks = Readonly<Record<string, Look>>

/** The id of a room that never existed. */
const none = Number.MAX_SAFE_INTEGER - 1

/** Returns the result of some work, and its work in the database, without the room's id or name. */
async function look(work: () => Promise<unknown>, room: number | string): Promise<Look> {
  const [statements, executed] = [server.statements.length, plans.length]
  const answer = JSON.stringify(await work())
  return {
    answer: answer.replaceAll(String(room), '<room>'),
    work: [
      ...server.statements.slice(statements).map(({ sql }) => sql),
      ...plans.slice(executed).map(({ query, root }) => ({ query, rows: rowsOf({ query, root }) })),
    ],
  }
}

/** The search for a room may find the room, and whether the caller is its member. An outsider causes no other work. */
function rowsOf(plan: ExecutedPlan): Record<string, number | string> {
  const rows: Record<string, number> = {}
  for (const { table, rows: count } of readsOf(plan)) rows[table] = (rows[table] ?? 0) + count
  return Object.fromEntries(
    Object.entries(rows).map(([table, count]) => [
      table,
      /^(rooms|memberships)$/.test(table) && count <= 1 ? 'at most one' : count,
    ]),
  )
}

function told({ status, text, headers }: Answer) {
  const constant = [...headers]
    .filter(([name]) => !/^(date|.*-?requestid|x-request-id)$/.test(name))
    .map(([name, value]) => [name, name.startsWith('ratelimit-') ? '<left>' : value])
  return { status, text, headers: constant }
}

/** Returns an answer without its time and its frame's id. */
async function askOf(socket: TestSocket, frame: Record<string, unknown>) {
  const { id: _, server_time: __, ...answer } = await socket.ask(frame)
  return answer
}

const nameOf = ({ method, path, query = '' }: Route) => `${method} ${path}/${query}`

/** Routes and frames that name the room. */
async function looksAt(
  room: { readonly id: number; readonly name: string },
  people: People,
  socket: TestSocket | undefined,
): Promise<Looks> {
  const looks: Record<string, Look> = {}
  const { outsider, owner, others } = people
  const [member, stranger] = others
  const scene: Scene = { server, room: room.id, message: 2, caller: owner, member, stranger }
  for (const route of roomRoutes) {
    const work = async () => told(await callRoute(route, scene, outsider.access))
    looks[nameOf(route)] = await look(work, room.id)
  }
  const upgrade = () => refusal(openSocket(outsider, `/ws/chat/${room.name}/`))
  looks['an upgrade'] = await look(upgrade, room.name)
  for (const frame of [
    { action: 'sendmessage', message: 'hi' },
    { action: 'sendmessage', message: 'hi', reply_to: 2 },
    { action: 'typing' },
    { action: 'read', seq: 1 },
  ]) {
    if (!socket) continue
    const ask = () => askOf(socket, { ...frame, room_id: room.id })
    looks[JSON.stringify(frame)] = await look(ask, room.id)
  }
  return looks
}

const lists: readonly Route[] = [
  ...closedRoutes.filter((route) => route.method === 'GET' && !roomRoutes.includes(route)),
  ...['?member=true', `?search=${secret}`].map((query) => ({ path: '/api/rooms', query })),
  ...[`?q=${secret}`, '?q=quag', `?q=${secret}%20-hi`].map((query) => ({
    path: '/api/search',
    query,
  })),
  { path: '/api/notifications', query: '?unread=true' },
].map((route) => ({ method: 'GET', status: 200, ...route }))

/** Routes and frames that name no room. Their answers must not show an unseen room. */
async function looksAround({ outsider, owner, others }: People, socket: TestSocket) {
  const looks: Record<string, Look> = {}
  const [member, stranger] = others
  const scene: Scene = { server, room: none, message: 2, caller: owner, member, stranger }
  for (const route of lists) {
    const work = async () => told(await callRoute(route, scene, outsider.access))
    looks[nameOf(route)] = await look(work, none)
  }
  for (const action of ['hello', 'heads']) {
    looks[action] = await look(() => askOf(socket, { action }), none)
  }
  return looks
}

/** Returns the answers, and the work if asked. */
function compared(looks: Looks, withWork: boolean): unknown {
  return withWork ? looks : Object.entries(looks).map(([name, { answer }]) => [name, answer])
}

async function isAsNone(world: UnseenWorld): Promise<void> {
  const people = await registerPeople(server)
  await makeOwnRooms(world, people)
  await using socket = await openSocket(people.outsider)
  // A search indexes what waits in the rooms of its caller. It must not index what waits in other rooms.
  await ok(people.outsider.get('/api/search/?q=anything'))
  const before = await looksAround(people, socket)
  const made = []
  for (const room of world.rooms) made.push(await makeUnseenRoom(room, people))
  const after = await looksAround(people, socket)
  // Everybody could know a public room, and former members could know the other rooms.
  const isUnknown = world.rooms.every(({ past, kind }) => past === 'nobody' && kind !== 'public')
  expect(compared(after, isUnknown)).toEqual(compared(before, isUnknown))

  await meddle(server, world, people)
  const its = world.token === 'good' ? socket : undefined
  const asNone = await looksAt({ id: none, name: 'no_such_room' }, people, its)
  for (const [n, { past }] of world.rooms.entries()) {
    const looks = await looksAt(made[n]!, people, its)
    // A user who was in a room at its deletion is still its member.
    const isOutside = past !== 'member'
    expect(compared(looks, isOutside)).toEqual(compared(asNone, isOutside))
  }
}

test(`[C7] an outsider cannot tell a room from no room (PROPERTY_SEED=${seed})`, async () => {
  await fc.assert(fc.asyncProperty(unseenWorld, isAsNone), { seed, numRuns: propertyRuns(12) })
}, 120_000)
