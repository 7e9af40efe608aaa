/**
 * A database, the handlers, a network and several devices. They share one clock, which goes on when nothing else
 * happens.
 */
import { sql } from 'kysely'
import { signAccessToken } from '../../src/core/identity/access-token.ts'
import { newRefreshToken } from '../../src/core/identity/refresh-token.ts'
import { type Chance, createChance } from '../support/chance.ts'
import { Book } from './book.ts'
import { VirtualClock } from './clock.ts'
import type { SharedDatabase } from './database.ts'
import { type Account, Device, newStorages } from './device.ts'
import { Faults } from './faults.ts'
import { Gateway } from './gateway.ts'
import { type HttpAnswer, keys, passwords, Server } from './server.ts'

export interface WorldOptions {
  readonly database: SharedDatabase
  /** A name that no other world over the database has. */
  readonly name: string
  readonly seed: number
  readonly users: number
  /** The user of each device. */
  readonly devices: readonly DevicePlan[]
  readonly environments: number
  /** The probability that a device begins with a room open. */
  readonly opened: number
}

export interface DevicePlan {
  readonly user: number
  /** The device whose storages it shares, as a second tab does. */
  readonly tabOf?: number | undefined
  readonly skewMs: number
}

export interface User extends Account {
  /** The first session. The first device uses it, and the test's own requests. */
  readonly sessionId: number
  readonly access: string
  readonly refresh: string
}

export interface WorldRoom {
  readonly id: number
}

const password = 'correct horse battery'
/** Signs a new token each time. On a busy machine a round takes longer than a token is good for. */
const accessOf = (userId: number, sessionId: number) => signAccessToken(keys, { userId, sessionId })

/** All worlds share one hash, because hashing takes a while. */
let passwordHash: Promise<string> | undefined

export class World {
  readonly clock = new VirtualClock()
  readonly chance: Chance
  readonly faults: Faults
  readonly server: Server
  readonly gateway: Gateway
  readonly book: Book
  readonly users: User[] = []
  readonly devices: Device[] = []
  /** The rooms that were made so far. */
  readonly rooms: number[] = []
  /** What the verdict has fetched, by path. */
  readonly fetched = new Map<string, { readonly [name: string]: unknown }[]>()
  readonly #options: WorldOptions
  #floods = 0

  constructor(options: WorldOptions) {
    const { clock } = this
    const { database, seed, environments, name } = options
    this.#options = options
    this.chance = createChance(seed)
    this.faults = new Faults(createChance(seed + 1))
    this.book = new Book(clock)
    const parts = { clock, chance: this.chance, faults: this.faults }
    this.server = new Server({ ...parts, database, environments })
    this.gateway = new Gateway({ ...parts, server: this.server, book: this.book, name })
  }

  /**
   * Makes users with their devices, a public room of all, a private room of all but the last one, and a direct chat.
   */
  async begin(): Promise<void> {
    const { users, devices, name, opened } = this.#options
    const registered = await this.#register(
      Array.from({ length: users }, (_each, at) => `${name}_${at}`),
    )
    this.users.push(...registered)
    this.server.userIds.push(...registered.map(({ id }) => id))
    const [first, ...others] = registered
    const make = async (body: object, members: readonly User[]) => {
      const { id } = await this.ask<{ id: number }>(first!, 'POST', '/api/rooms/', body)
      await this.#addMembers(id, members)
      this.rooms.push(id)
    }
    await make({ title: 'Open' }, others)
    await make({ title: 'Closed', kind: 'private' }, others.slice(0, -1))
    for (const room_id of this.rooms) {
      const body = { room_id, message: 'before' }
      await this.ask(first!, 'POST', '/api/messages/', body)
    }
    const all: ReturnType<typeof newStorages>[] = []
    for (const [index, { user, tabOf, skewMs }] of devices.entries()) {
      const storages = tabOf === undefined ? newStorages() : all[tabOf]!
      all.push(storages)
      const { clock, chance, faults, gateway, book } = this
      const account = registered[user]!
      const isFirst = devices.findIndex((each) => each.user === user) === index
      const session = isFirst ? account : undefined
      const isTab = tabOf !== undefined
      const parts = { index, account, session, password, storages, isTab, skewMs }
      this.devices.push(new Device({ ...parts, clock, chance, faults, gateway, book }))
    }
    const started = Promise.all(this.devices.map((device) => device.start()))
    await this.clock.advance(500)
    await started
    for (const device of this.devices) {
      for (const room of this.rooms) if (this.chance() < opened) device.show(room)
    }
  }

  /** Makes accounts, each with a session, as the handlers would, but in two statements. */
  async #register(usernames: readonly string[]): Promise<User[]> {
    passwordHash ??= passwords.hash(password)
    const hash = await passwordHash
    const values = usernames.map((username) => ({
      username,
      email: `${username}@example.org`,
      password_hash: hash,
    }))
    const { db } = this.server
    const accounts = await db
      .insertInto('users')
      .values(values)
      .returning(['id', 'username'])
      .execute()
    const begun = accounts.map((account) => ({ ...account, ...newRefreshToken() }))
    const { rows } = await sql<{ id: number; session: number }>`
      select u.id, begin_session_v2(u.id, ${hash}, 30, '192.0.2.1', '192.0.2.1', null, u."familyHash", u.hash) as session
        from jsonb_to_recordset(cast(${JSON.stringify(begun)} as jsonb))
          as u(id bigint, "familyHash" text, hash text)`.execute(db)
    const sessions = new Map(rows.map(({ id, session }) => [id, session]))
    return begun.map(({ id, username, token }) => {
      const sessionId = sessions.get(id)!
      return { id, username, sessionId, access: accessOf(id, sessionId), refresh: token }
    })
  }

  async #addMembers(roomId: number, users: readonly User[]): Promise<void> {
    const ids = JSON.stringify(users.map(({ id }) => id))
    await sql`
      select a.status
        from lock_room_v1(${roomId}) l,
             jsonb_array_elements_text(cast(${ids} as jsonb)) u(id),
             add_member_v2(${roomId}, cast(u.id as bigint), 'member', cast(u.id as bigint), 1000, 1000) a
       where l`.execute(this.server.db)
  }

  /** Makes a request of the test itself, without faults. */
  async call(
    user: User | undefined,
    method: string,
    path: string,
    body?: unknown,
  ): Promise<HttpAnswer> {
    const answer = await this.server.http({
      method,
      path,
      headers: {
        'Content-Type': 'application/json',
        ...(user && { Authorization: `Bearer ${accessOf(user.id, user.sessionId)}` }),
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    })
    return answer ?? { status: 500, headers: {}, body: 'the handler was killed' }
  }

  /** Does the same, and expects an answer. */
  async ask<T>(user: User, method: string, path: string, body?: unknown): Promise<T> {
    const answer = await this.call(user, method, path, body)
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${answer.body}`)
    return (answer.body === '' ? undefined : JSON.parse(answer.body)) as T
  }

  /** Sends this many messages at once, from a member of the room. */
  async flood(roomId: number, count: number, isPushed: boolean): Promise<void> {
    if (!isPushed) return await this.#store(roomId, count)
    const send = async (user: User, n: number) => {
      const number = this.#floods++
      const body = { room_id: roomId, message: `flood ${n}`, client_id: `flood-${number}` }
      return await this.call(user, 'POST', '/api/messages/', body)
    }
    const first = await Promise.all(this.users.map((user) => send(user, 0)))
    const user = this.users[first.findIndex(({ status }) => status < 300)]
    if (!user) return
    this.server.floods += count + 1
    await Promise.all(Array.from({ length: count }, (_each, n) => send(user, n + 1)))
  }

  /** Stores messages in one statement as the handlers would, and tells nobody. */
  async #store(roomId: number, count: number): Promise<void> {
    const first = this.#floods
    this.#floods += count
    const { rows } = await sql`
      with member as (
        select m.user_id from memberships m where m.room_id = ${roomId} order by 1 limit 1),
      room as (
        update rooms r
           set last_seq = r.last_seq + ${count},
               last_event_at = greatest(r.last_event_at, clock_timestamp())
          from member
         where r.id = ${roomId} and r.deleted_at is null
        returning r.last_seq - ${count} as seq, r.last_event_at as at),
      message as (
        insert into messages (room_id, seq, user_id, text, client_id, created_at)
          select ${roomId}, room.seq + n, member.user_id, 'flood ' || n,
                 'flood-' || cast(${first} + n as bigint), room.at
            from room, member, generate_series(1, ${count}) n
        returning id, seq, user_id, created_at)
      insert into room_events (room_id, seq, kind, created_at, actor_id, message_id)
        select ${roomId}, seq, 'message', created_at, user_id, id from message
      returning seq`.execute(this.server.db)
    this.server.floods += rows.length
  }

  async end(): Promise<void> {
    const closed = Promise.all(this.devices.map((device) => device.close()))
    await this.clock.advance(1_000)
    await closed
  }
}
