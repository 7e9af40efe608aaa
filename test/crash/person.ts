/** People who chat with the client library, and what the server has acknowledged to them. */
import assert from 'node:assert/strict'
import { vi } from 'vitest'
import {
  type ChatClient,
  ChatError,
  type ClientOptions,
  createClient,
  memoryStorage,
  type RoomHandle,
  type RoomView,
  type Store,
  until,
} from '../../src/client/index.ts'
import { testPassword } from '../support/test-user.ts'

/** A request for a change, and whether its answer came. */
interface Attempt {
  readonly value: string | boolean | null
  isAcknowledged: boolean
}

interface Send {
  readonly by: string
  readonly roomId: number
  readonly text: string
}

const keyOf = (...parts: readonly (string | number)[]) => parts.join(' ')

/** What people have requested, in order, and what was acknowledged to them. */
export class Ledger {
  readonly sends = new Map<string, Send>()
  /** The `seq` of each acknowledged send, by its `client_id`. */
  readonly acknowledged = new Map<string, number>()
  /** The texts that a message was given. Null when it was deleted. */
  readonly texts = new Map<string, Attempt[]>()
  readonly reactions = new Map<string, Attempt[]>()
  /** The furthest marker that the server has reported, by person and room. */
  readonly markers = new Map<string, number>()
  /** What no screen and no answer may show. */
  readonly faults: string[] = []
  #waiting: (() => void)[] = []

  acknowledge(clientId: string, seq: number): void {
    const before = this.acknowledged.get(clientId)
    if (before !== undefined && before !== seq) {
      this.faults.push(`${clientId} was acknowledged as ${before}, then as ${seq}`)
    }
    this.acknowledged.set(clientId, seq)
    for (const wake of this.#waiting.splice(0)) wake()
  }

  /** Waits until this many more sends are acknowledged. */
  async more(count: number): Promise<void> {
    const end = this.acknowledged.size + count
    while (this.acknowledged.size < end) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve))
    }
  }

  /** Requests a change. Its outcome is known only if the answer comes. */
  async attempt(
    list: Map<string, Attempt[]>,
    key: string,
    value: Attempt['value'],
    work: () => Promise<unknown>,
  ): Promise<void> {
    const attempt: Attempt = { value, isAcknowledged: false }
    list.set(key, [...(list.get(key) ?? []), attempt])
    await work()
    attempt.isAcknowledged = true
  }

  /** Whether this value was requested, with or without an answer. */
  wasAsked(list: Map<string, Attempt[]>, key: string, value: Attempt['value']): boolean {
    return (list.get(key) ?? []).some((attempt) => attempt.value === value)
  }

  /** Returns what a message or reaction may be now: the last acknowledged value, or one that was requested later. */
  possible(list: Map<string, Attempt[]>, key: string, first: Attempt['value']): Attempt['value'][] {
    const attempts = [{ value: first, isAcknowledged: true }, ...(list.get(key) ?? [])]
    const last = attempts.findLastIndex(({ isAcknowledged }) => isAcknowledged)
    return attempts.slice(last).map(({ value }) => value)
  }

  watch(name: string, { messages, outgoing }: RoomView): void {
    const seqs = messages.map(({ seq }) => seq)
    if (seqs.some((seq, at) => at > 0 && seq <= seqs[at - 1]!)) {
      this.faults.push(`${name} saw messages out of order: ${seqs.join(' ')}`)
    }
    const ids = [...messages.map((each) => each.client_id), ...outgoing.map((o) => o.clientId)]
    if (new Set(ids).size < ids.length) this.faults.push(`${name} saw a message twice`)
  }
}

const emojis = ['👍', '🍵'] as const
/** During these errors people wait for the connection, and go on. */
const passing = new Set(['network', 'unavailable'])

export class Person {
  readonly name: string
  readonly #url: string
  readonly #ledger: Ledger
  readonly #random: () => number
  readonly #storage = memoryStorage()
  client: ChatClient
  #rooms: RoomHandle[] = []
  #said = 0

  private constructor(url: string, name: string, ledger: Ledger, random: () => number) {
    this.#url = url
    this.name = name
    this.#ledger = ledger
    this.#random = random
    this.client = this.#create()
  }

  static async register(url: string, name: string, ledger: Ledger, random: () => number) {
    const person = new Person(url, name, ledger, random)
    const email = `${name}@example.org`
    await person.client.register({ username: name, password: testPassword, email })
    return person
  }

  /** Opens rooms and the socket. */
  async enter(ids: readonly number[]): Promise<void> {
    for (const id of ids) this.#open(id)
    this.client.connect()
    await this.#until(this.client.connection, ({ name }) => name === 'connected')
  }

  #open(id: number): void {
    const room = this.client.room(id)
    room.view.subscribe((view) => this.#ledger.watch(this.name, view))
    this.#rooms.push(room)
  }

  get rooms(): readonly RoomHandle[] {
    return this.#rooms
  }

  /** Does this many things. Some of them fail while something is down. */
  async live(steps: number): Promise<void> {
    const reload = Math.floor(this.#random() * steps * 4)
    for (let step = 0; step < steps; step++) {
      await this.#until(this.client.outbox, (outbox) => outbox.length < 3)
      try {
        if (step === reload) await this.reload()
        else await this.#act()
      } catch (error) {
        const code = error instanceof ChatError ? error.code : String(error)
        if (!passing.has(code)) this.#ledger.faults.push(`${this.name}: ${String(error)}`)
        await this.#until(this.client.connection, ({ name }) => name === 'connected')
      }
    }
    await this.calm()
  }

  async calm(): Promise<void> {
    await this.#until(this.client.outbox, (outbox) => outbox.length === 0)
    await this.#until(this.client.connection, ({ name }) => name === 'connected')
  }

  /** A server takes long to start on a busy machine. */
  async #until<T>(store: Store<T>, fits: (value: T) => boolean): Promise<T> {
    return await until(store, fits, { signal: AbortSignal.timeout(60_000) }).catch(
      (cause: unknown) => {
        const [connection, outbox] = [this.client.connection.get(), this.client.outbox.get()]
        throw new Error(`${this.name} waits: ${JSON.stringify({ connection, outbox })}`, { cause })
      },
    )
  }

  async leave(): Promise<void> {
    await this.client.close()
  }

  /** Leaves the page and opens it again. */
  async reload(): Promise<void> {
    const ids = this.#rooms.map(({ id }) => id)
    this.#rooms = []
    await this.client.close()
    this.client = this.#create()
    if (!(await this.client.restore())) throw new Error('the session is gone')
    for (const id of ids) this.#open(id)
    this.client.connect()
  }

  async #act(): Promise<void> {
    const room = this.#pick(this.#rooms)
    const { messages } = room.view.get()
    const chance = this.#random()
    if (chance < 0.6 || messages.length === 0) return this.#send(room)
    if (chance < 0.7) return room.markRead()
    const present = messages.filter(({ deleted_at }) => deleted_at === null)
    if (present.length === 0) return this.#send(room)
    if (chance < 0.85) {
      const { seq } = this.#pick(present)
      const emoji = this.#pick(emojis)
      const key = keyOf(room.id, seq, this.name, emoji)
      const reacted = this.#random() < 0.7
      return await this.#ledger.attempt(this.#ledger.reactions, key, reacted, () =>
        room.react(seq, emoji, reacted).catch(unlessConflict),
      )
    }
    const own = present.filter(({ username }) => username === this.name)
    if (own.length === 0) return this.#send(room)
    const { seq } = this.#pick(own)
    const text = chance < 0.95 ? `${this.name} ${++this.#said}, edited` : null
    const key = keyOf(room.id, seq)
    // The answer to an earlier deletion may have been lost, and the screen may not show it yet.
    const isGone = this.#ledger.wasAsked(this.#ledger.texts, key, null)
    await this.#ledger
      .attempt(this.#ledger.texts, key, text, () =>
        text === null ? room.remove(seq) : room.edit(seq, text),
      )
      .catch((error: unknown) => {
        if (isGone) unlessConflict(error)
        else throw error
      })
  }

  #send(room: RoomHandle): void {
    const text = `${this.name} ${++this.#said}`
    const clientId = room.send(text)
    this.#ledger.sends.set(clientId, { by: this.name, roomId: room.id, text })
  }

  #pick<T>(list: readonly T[]): T {
    return list[Math.floor(this.#random() * list.length)]!
  }

  /**
   * Checks that the person's screen shows what the server has, with everything that was acknowledged. Throws what is
   * wrong.
   */
  async conclude(logs: ReadonlyMap<number, readonly LogEvent[]>): Promise<void> {
    for (const room of this.#rooms) {
      const all = await this.#history(room.id)
      const { messages, hasOlder } = await this.#until(
        room.view,
        (view) =>
          JSON.stringify(view.messages) === JSON.stringify(all.slice(-view.messages.length)),
      )
      assert.equal(messages.length, hasOlder ? Math.max(50, messages.length) : all.length)
      this.#checkChanges(room.id, all)
      const said = (logs.get(room.id) ?? []).filter(({ type }) => type === 'message')
      assert.deepEqual(seqsOf(all), seqsOf(said))
    }
    // A marker is reported a moment after it moved.
    await vi.waitFor(
      async () => {
        const query = { member: true }
        const { results } = await this.client.request('GET /api/rooms/', { query })
        // A room that was fetched by itself has more fields.
        const shown = this.client.rooms.get()!.map((room, at) => ({
          ...results[at],
          ...Object.fromEntries(Object.entries(room).filter(([name]) => name in results[at]!)),
        }))
        assert.deepEqual(shown, results)
      },
      { timeout: 30_000 },
    )
    for (const { id, last_read_seq } of this.client.rooms.get()!) {
      const told = this.#ledger.markers.get(keyOf(this.name, id)) ?? 0
      assert.ok(last_read_seq! >= told, `the marker of ${this.name} has moved back`)
    }
  }

  #checkChanges(roomId: number, messages: RoomView['messages']): void {
    for (const { seq, message, client_id, reactions } of messages) {
      const { text } = this.#ledger.sends.get(client_id ?? '')!
      const texts = this.#ledger.possible(this.#ledger.texts, keyOf(roomId, seq), text)
      assert.ok(texts.includes(message), `${message} is not one of ${texts.join(', ')}`)
      for (const emoji of message === null ? [] : emojis) {
        const key = keyOf(roomId, seq, this.name, emoji)
        const mine = reactions.find((each) => each.emoji === emoji)?.mine ?? false
        const possible = this.#ledger.possible(this.#ledger.reactions, key, false)
        assert.ok(possible.includes(mine), `${key} is ${mine}`)
      }
    }
  }

  async #history(roomId: number): Promise<RoomView['messages']> {
    const all: RoomView['messages'][number][] = []
    for (;;) {
      const before = all[0]?.seq
      const { results, previous } = await this.client.request('GET /api/messages/{room_id}/', {
        params: { room_id: roomId },
        query: { limit: 100, ...(before !== undefined && { before }) },
      })
      all.unshift(...results)
      if (previous === null) return all
    }
  }

  /** Returns a room's log, as the server has it. */
  async log(roomId: number): Promise<LogEvent[]> {
    const all: LogEvent[] = []
    for (;;) {
      const { results } = await this.client.request('GET /api/rooms/{room_id}/events/', {
        params: { room_id: roomId },
        query: { limit: 100, after: all.at(-1)?.seq ?? 0 },
      })
      if (results.length === 0) return all
      all.push(...results)
    }
  }

  #create(): ChatClient {
    return createClient({
      url: this.#url,
      ...this.#storage,
      ...this.#taps(),
      clock: {
        now: () => performance.now(),
        wall: () => Date.now(),
        setTimer(run, ms) {
          const timer = setTimeout(run, ms)
          return () => clearTimeout(timer)
        },
        // The back-off is random. It is short here.
        random: () => this.#random() / 20,
      },
      onError: (error) => {
        if (!passing.has(error.code)) this.#ledger.faults.push(`${this.name}: ${String(error)}`)
      },
    })
  }

  /** Watches what is acknowledged, on the socket and over HTTP. */
  #taps(): Pick<ClientOptions, 'WebSocket' | 'fetch'> {
    const { name } = this
    const ledger = this.#ledger
    const hear = (data: string) => {
      for (const frame of [JSON.parse(data)].flat()) {
        if (frame.type === 'ack') ledger.acknowledge(frame.id, frame.seq)
        if (frame.type !== 'read') continue
        const key = keyOf(name, frame.room_id)
        ledger.markers.set(key, Math.max(ledger.markers.get(key) ?? 0, frame.last_read_seq))
      }
    }
    return {
      WebSocket: class extends WebSocket {
        override dispatchEvent(event: Event): boolean {
          if (event instanceof MessageEvent) hear(String(event.data))
          return super.dispatchEvent(event)
        }
      },
      fetch: async (url, init) => {
        const response = await fetch(url, init)
        const text = await response.text()
        if (init.method === 'POST' && url.endsWith('/api/messages/') && response.ok) {
          const { client_id, seq } = JSON.parse(text)
          ledger.acknowledge(client_id, seq)
        }
        const { ok, status, headers } = response
        return { ok, status, headers, text: async () => text }
      },
    }
  }
}

const seqsOf = (list: readonly { readonly seq: number }[]) => list.map(({ seq }) => seq)

export interface LogEvent {
  readonly type: string
  readonly seq: number
  readonly client_id?: string | null
}

/** The message was deleted before. */
function unlessConflict(error: unknown): void {
  if (!(error instanceof ChatError && error.code === 'conflict')) throw error
}
