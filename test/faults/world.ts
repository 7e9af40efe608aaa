/** A database, the handlers, a network and several devices, all in one time that goes on when nothing happens. */
import { type Chance, createChance } from './chance.ts'
import { Book } from './book.ts'
import { VirtualClock } from './clock.ts'
import type { SharedDatabase } from './database.ts'
import { type Account, Device, newStorages } from './device.ts'
import { Faults } from './faults.ts'
import { Gateway } from './gateway.ts'
import { type HttpAnswer, Server } from './server.ts'

export interface WorldOptions {
  readonly database: SharedDatabase
  /** No other world over the database has it. */
  readonly name: string
  readonly seed: number
  readonly users: number
  /** The user of each device. */
  readonly devices: readonly DevicePlan[]
  readonly environments: number
}

export interface DevicePlan {
  readonly user: number
  /** The device whose storages it shares, as a second tab does. */
  readonly tabOf?: number | undefined
  readonly skewMs: number
}

export interface User extends Account {
  /** For what the test itself asks. */
  readonly access: string
}

export interface WorldRoom {
  readonly id: number
}

const password = 'correct horse battery'

export class World {
  readonly clock = new VirtualClock()
  readonly chance: Chance
  readonly faults: Faults
  readonly server: Server
  readonly gateway: Gateway
  readonly book: Book
  readonly users: User[] = []
  readonly devices: Device[] = []
  /** Rooms that were made so far. */
  readonly rooms: number[] = []
  readonly #options: WorldOptions

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

  /** Users with their devices, in a public room of all, a private one of all but the last, and a direct chat. */
  async begin(): Promise<void> {
    const { users, devices, name } = this.#options
    const registered = await Promise.all(
      Array.from({ length: users }, (_each, at) => this.#register(`${name}_${at}`)),
    )
    this.users.push(...registered)
    this.server.userIds.push(...registered.map(({ id }) => id))
    const [first, ...others] = registered
    const make = async (body: object) => {
      const { id } = await this.ask<{ id: number }>(first!, 'POST', '/api/rooms/', body)
      this.rooms.push(id)
      return id
    }
    const open = await make({ title: 'Open' })
    const closed = await make({ title: 'Closed', kind: 'private' })
    await Promise.all([
      ...others.map((user) => this.ask(user, 'POST', `/api/rooms/${open}/join/`)),
      ...others
        .slice(0, -1)
        .map(({ username }) =>
          this.ask(first!, 'PUT', `/api/rooms/${closed}/members/${username}/`, {}),
        ),
    ])
    const all: ReturnType<typeof newStorages>[] = []
    for (const [index, { user, tabOf, skewMs }] of devices.entries()) {
      const storages = tabOf === undefined ? newStorages() : all[tabOf]!
      all.push(storages)
      const { clock, chance, faults, gateway, book } = this
      const account = registered[user]!
      const parts = { index, account, password, storages, skewMs }
      this.devices.push(new Device({ ...parts, clock, chance, faults, gateway, book }))
    }
    const started = Promise.all(this.devices.map((device) => device.start()))
    await this.clock.advance(500)
    await started
  }

  async #register(username: string): Promise<User> {
    const body = { username, password, email: `${username}@example.org` }
    const answer = await this.call(undefined, 'POST', '/api/register/', body)
    if (answer.status !== 201) throw new Error(`not registered: ${answer.body}`)
    const { user, access } = JSON.parse(answer.body) as { user: Account; access: string }
    return { id: user.id, username: user.username, access }
  }

  /** A request of the test itself, to which nothing happens. */
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
        ...(user && { Authorization: `Bearer ${user.access}` }),
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    })
    return answer ?? { status: 500, headers: {}, body: 'the handler was killed' }
  }

  /** The same, of which an answer is expected. */
  async ask<T>(user: User, method: string, path: string, body?: unknown): Promise<T> {
    const answer = await this.call(user, method, path, body)
    if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${answer.body}`)
    return (answer.body === '' ? undefined : JSON.parse(answer.body)) as T
  }

  async end(): Promise<void> {
    const closed = Promise.all(this.devices.map((device) => device.close()))
    await this.clock.advance(1_000)
    await closed
  }
}
