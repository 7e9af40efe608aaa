import { Client } from 'pg'
import { expect, vi } from 'vitest'
import { startTestServer, type TestServer } from '../support/chat-server.ts'
import type { LogLine } from '../support/collect-log.ts'
import type { TestSocket } from '../support/test-socket.ts'
import { testPassword, type TestUser } from '../support/test-user.ts'
import type { Room } from '../../src/protocol/rooms.ts'

/** The server that gets all cases, the user who sends them, and a bystander whom they must not disturb. */
export interface World extends AsyncDisposable {
  readonly server: TestServer
  /** Has a good token, and sends bad input. */
  readonly member: TestUser
  /** A room of the member. */
  readonly room: Room
  /** The number of a message of the member in that room. */
  readonly message: number
  /** A room of another user. */
  readonly privateRoom: Room
  readonly bystander: Bystander
  /** A notification of the bystander. The member has another one, which nobody reads. */
  readonly noticeOfSpeaker: number
  /** The content of the database, without what each request and the bystander write. */
  snapshot(): Promise<unknown>
  /** Passwords, tokens and message texts. No line of the log may contain them. */
  readonly secrets: Set<string>
}

interface Bystander {
  readonly speaker: TestUser
  readonly room: Room
  readonly socket: TestSocket
}

/** A value of a table that is known only when the world exists. */
export type Lazy<T> = T | ((world: World) => T)

export function resolve<T>(value: Lazy<T>, world: World): T {
  return typeof value === 'function' ? (value as (world: World) => T)(world) : value
}

export async function startWorld(): Promise<World> {
  const server = await startTestServer({ httpLimits: { bodyTimeoutMs: 1_000 } })
  const client = new Client(server.database.connection)
  await client.connect()
  const member = await server.register('mallory')
  const speaker = await server.register('speaker')
  const quiet = await speaker.createRoom({ title: 'Bystanders' })
  const room = await member.createRoom({ title: 'Bad input', name: 'bad_input' })
  const sent = await member.send(room.id, 'a text that stays')
  const notices = await client.query<{ id: number }>(
    `insert into notifications (user_id, kind, text)
     values ($1, 'notice', 'to the member'), ($2, 'notice', 'to the speaker') returning id::float8`,
    [member.id, speaker.id],
  )
  return {
    server,
    member,
    room,
    message: sent.body.seq,
    privateRoom: await speaker.createRoom({ title: 'Not for you', kind: 'private' }),
    noticeOfSpeaker: notices.rows[1]!.id,
    bystander: { speaker, room: quiet, socket: await speaker.connect() },
    snapshot: async () => (await client.query(snapshotOf, [quiet.id])).rows[0],
    secrets: new Set([testPassword, member.access, member.refresh, speaker.access]),
    async [Symbol.asyncDispose]() {
      await client.end()
      await server[Symbol.asyncDispose]()
    },
  }
}

const known = new WeakMap<World, unknown>()

/**
 * Does `harm`, and checks that it changed nothing in the process, the log and the database, and nothing for others.
 */
export async function expectNoHarm(
  world: World,
  harm: () => Promise<void>,
  { stores = false } = {},
): Promise<void> {
  const logged = world.server.log.length
  // The snapshot after the case before. Nothing of ours changes the database in between, so late changes of that case
  // are also found.
  const before = known.get(world) ?? (await world.snapshot())
  known.delete(world)
  await harm()
  if (!stores) {
    const after = await world.snapshot()
    expect(after).toEqual(before)
    known.set(world, after)
  }
  const health = await world.server.call('GET', '/api/health/')
  expect(health.status).toBe(200)
  await expectUndisturbed(world.bystander)
  expect(errorsIn(world.server.log.slice(logged))).toEqual([])
}

async function expectUndisturbed({ speaker, room, socket }: Bystander): Promise<void> {
  const sent = await speaker.send(room.id, 'still here')
  expect(sent.status).toBe(201)
  await socket.next(({ type, seq }) => type === 'message' && seq === sent.body.seq)
}

export function errorsIn(log: readonly LogLine[]): unknown[] {
  return log.filter(({ level }) => level === 'error').map((line) => textOf(line))
}

export function expectNoSecretIn(log: readonly LogLine[], secrets: Iterable<string>): void {
  const text = log.map(textOf).join('\n')
  const told = [...secrets].filter((secret) => text.includes(JSON.stringify(secret).slice(1, -1)))
  expect(told).toEqual([])
}

export async function waitForLog(
  world: World,
  fits: (fields: Record<string, unknown>) => boolean,
): Promise<void> {
  await vi.waitFor(() => expect(world.server.log.some(({ fields }) => fits(fields))).toBe(true), {
    timeout: 10_000,
  })
}

/** Records the secrets of a request. Short ones are left out, because any log could contain them. */
export function keepSecrets(world: World, value: unknown, key = ''): void {
  if (Buffer.isBuffer(value)) return
  if (typeof value === 'object' && value !== null) {
    for (const [name, inner] of Object.entries(value)) keepSecrets(world, inner, name)
  } else if (
    typeof value === 'string' &&
    /^((current_|new_)?password|message|refresh)$/.test(key)
  ) {
    if (value.length >= 8) world.secrets.add(value)
  } else if (typeof value === 'string' && /^authorization$/i.test(key)) {
    for (const word of value.split(' ')) if (word.length >= 12) world.secrets.add(word)
  }
}

function textOf(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    part instanceof Error
      ? { ...Object.fromEntries(Object.entries(part)), stack: part.stack, cause: part.cause }
      : part,
  )
}

const snapshotOf = `select
  (select json_agg(x) from (
    select id, username, email, bio, password_hash, is_admin, suspended_at, deleted_at
      from users order by id) x) as users,
  (select json_agg(x) from (
    select id, user_id, revoked_at from sessions order by id) x) as sessions,
  (select json_agg(x) from (
    select session_id, hash, predecessor from refresh_tokens order by 1, 2) x) as refresh_tokens,
  (select json_agg(x) from (
    select id, kind, name, title, description, last_seq, member_count, deleted_at
      from rooms where id <> $1 order by id) x) as rooms,
  (select json_agg(x) from (select user_id, blocked_id from blocks order by 1, 2) x) as blocks,
  (select json_agg(x) from (
    select room_id, user_id, role, last_read_seq, notify from memberships order by 1, 2) x) as memberships,
  (select json_agg(x) from (
    select * from messages where room_id <> $1 order by id) x) as messages,
  (select json_agg(x) from (select * from notifications order by id) x) as notifications,
  (select json_agg(x) from (select * from reactions order by 1, 2, 3) x) as reactions,
  (select json_agg(x) from (
    select room_id, seq, kind from room_events where room_id <> $1 order by 1, 2) x) as events`
