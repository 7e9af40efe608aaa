/**
 * Stands between clients and handlers: API Gateway's table of sockets, and a network that loses, doubles, delays and
 * reorders frames, as the schedule says.
 */
import type { ClientOptions, WebSocketLike } from '../../src/client/index.ts'
import { recipientsAtOnce } from '../../src/protocol/limits.ts'
import type { Book } from './book.ts'
import { type Chance, pick } from '../support/chance.ts'
import type { VirtualClock } from './clock.ts'
import type { Faults } from './faults.ts'
import type { Server } from './server.ts'
import { WireWatch } from './wire-watch.ts'

type Fetch = NonNullable<ClientOptions['fetch']>

/** One page of a device, as the network knows it. */
export interface Page {
  readonly device: number
  readonly userId: number
  readonly isAlive: boolean
  /** Runs what arrives for the page: now, when it wakes, or never. */
  hear(run: () => void): void
}

/** A socket, from its upgrade to its end. */
interface Wire {
  readonly id: string
  readonly page: Page
  readonly socket: ClientSocket
  /** Whether the gateway has it in its table. */
  isOpen: boolean
  /** Whether nothing goes through, and nobody is told. */
  isDead: boolean
  /** When the client asked for it. */
  readonly openedAt: number
  readonly reallyOpenedAt: number
  /** When it opened. */
  openAt: number
  endedAt: number
  /** The server was told that it is gone, and may have forgotten it [W11]. The next `heads` finds this out. */
  isForgotten: boolean
  /** When the last frame arrives in each direction. The next frame arrives after it. */
  upAt: number
  downAt: number
  usedAt: number
}

export interface GatewayOptions {
  readonly clock: VirtualClock
  readonly chance: Chance
  readonly faults: Faults
  readonly server: Server
  readonly book: Book
  /** The prefix of connection ids, so that worlds can share a database. */
  readonly name: string
}

/** API Gateway's own limits. */
const lifeMs = 7_200_000
const idleMs = 600_000
/** A younger connection is never forgotten: the server waits 35 s by its own clock [W11]. */
const youngMs = 10_000
/** How long the database may be paused while a handler reads recipients. */
const longestPauseMs = 10_000

export class Gateway {
  readonly #options: GatewayOptions
  readonly #wires = new Map<string, Wire>()
  #sockets = 0
  /** The number of sent frames. */
  pushes = 0
  /** The number of client calls that are going on. */
  requests = 0
  readonly watch: WireWatch

  constructor(options: GatewayOptions) {
    this.#options = options
    this.watch = new WireWatch(options.book, options.clock)
    options.server.posts = this
  }

  /** Multiples of ten, so that many things arrive at the same time. */
  #latency(): number {
    return pick(this.#options.chance, [10, 10, 20, 30])
  }

  get #clock(): VirtualClock {
    return this.#options.clock
  }

  fetchOf(page: Page): Fetch {
    return async (url, { method, headers, body, signal }) => {
      const { faults, server, book } = this.#options
      const { promise, resolve, reject } = Promise.withResolvers<Awaited<ReturnType<Fetch>>>()
      const { device } = page
      this.requests += 1
      let isOver = false
      const end = (run: () => void) => {
        if (isOver) return
        isOver = true
        this.requests -= 1
        run()
      }
      const fail = (ms: number) =>
        void this.#clock.schedule(
          () => page.hear(() => end(() => reject(new TypeError('fetch failed')))),
          ms,
        )
      const answer = (status: number, text: string, given: Readonly<Record<string, string>>) => {
        const lower = new Map(Object.entries(given).map(([name, to]) => [name.toLowerCase(), to]))
        resolve({
          ok: status >= 200 && status < 300,
          status,
          headers: { get: (name) => lower.get(name.toLowerCase()) ?? null },
          text: async () => text,
        })
      }
      const json = { 'content-type': 'application/json' }
      const sent = url.endsWith('/api/messages/') ? idOf(body ?? '{}') : undefined
      book.tried(sent)
      signal.addEventListener('abort', () => end(() => reject(signal.reason)))
      if (signal.aborted) end(() => reject(signal.reason))
      if (faults.strikes('request lost', device)) {
        fail(pick(this.#options.chance, [10, 1_000, 20_000]))
        return await promise
      }
      this.#clock.schedule(() => {
        if (faults.strikes('gateway answered 503', device)) {
          page.hear(() => end(() => answer(503, '{"message":"Service Unavailable"}', json)))
          return
        }
        if (faults.strikes('answered with a page of HTML', device)) {
          page.hear(() => end(() => answer(200, '<!doctype html><p>Sign in to this network', {})))
          return
        }
        const path = new URL(url).pathname + new URL(url).search
        void this.#clock.during(async () => {
          const answered = await server.http({ method, path, headers, body: body ?? undefined })
          if (!answered || faults.strikes('answer lost', device)) return fail(this.#latency())
          const late = faults.strikes('answer late', device)
          const ms = late ? pick(this.#options.chance, [500, 3_000, 15_000]) : this.#latency()
          const { status, headers: given, body: text } = answered
          if (sent !== undefined && status >= 400 && status < 500) book.refused(sent)
          this.#clock.schedule(() => page.hear(() => end(() => answer(status, text, given))), ms)
        })
      }, this.#latency())
      return await promise
    }
  }

  /** The class with which a page opens sockets. */
  webSocketOf(page: Page): NonNullable<ClientOptions['WebSocket']> {
    const open = (socket: ClientSocket, protocols: readonly string[]) =>
      this.#upgrade(page, socket, protocols)
    return class extends ClientSocket {
      constructor(_url: string, protocols: string[]) {
        super()
        open(this, protocols)
      }
    }
  }

  #upgrade(page: Page, socket: ClientSocket, protocols: readonly string[]): void {
    const { clock, faults, server, book, name } = this.#options
    const wire: Wire = {
      id: `${name}-${++this.#sockets}`,
      page,
      socket,
      isOpen: false,
      isDead: false,
      openedAt: clock.now,
      reallyOpenedAt: performance.now(),
      openAt: Infinity,
      endedAt: Infinity,
      isForgotten: false,
      upAt: clock.now,
      downAt: clock.now,
      usedAt: clock.now,
    }
    socket.send = (data) => {
      if (isSend(data)) book.tried(idOf(data))
      this.#up(wire, data)
    }
    socket.close = () => {
      socket.isClosed = true
      this.#up(wire, null)
    }
    const refuse = () =>
      clock.schedule(() => page.hear(() => socket.tell('close')), this.#latency())
    if (faults.strikes('upgrade refused', page.device)) return void refuse()
    clock.schedule(() => {
      void clock.during(async () => {
        const status = await server.connect(wire.id, protocols)
        if (status !== 200) return void refuse()
        // A post to it before that gets 410 [W11].
        clock.schedule(() => this.#open(wire), this.#latency())
      })
    }, this.#latency())
  }

  #open(wire: Wire): void {
    const { clock } = this.#options
    wire.isOpen = true
    wire.openAt = clock.now
    wire.usedAt = clock.now
    this.#wires.set(wire.id, wire)
    this.#down(wire, () => wire.socket.tell('open'))
    clock.schedule(() => this.#closeFromServer(wire), lifeMs)
    this.#watchIdle(wire)
  }

  #watchIdle(wire: Wire): void {
    const left = wire.usedAt + idleMs - this.#clock.now
    if (!wire.isOpen) return
    if (left <= 0) return this.#closeFromServer(wire)
    this.#clock.schedule(() => this.#watchIdle(wire), left)
  }

  /** Delivers a frame of the client, or its end, in order. */
  #up(wire: Wire, data: string | null): void {
    const { clock } = this.#options
    wire.upAt = Math.max(wire.upAt, clock.now + this.#latency())
    clock.schedule(() => {
      if (wire.isDead || !wire.isOpen) return
      if (data === null) return this.#end(wire)
      wire.usedAt = clock.now
      this.watch.came(wire.id, data)
      void clock.during(async () => {
        if (await this.#options.server.frame(wire.id, data)) this.watch.done(wire.id)
        else this.watch.gone(wire.id)
      })
    }, wire.upAt - clock.now)
  }

  /** Delivers something to the client, after what is already on its way. */
  #down(wire: Wire, run: () => void, extraMs = 0): void {
    const { clock } = this.#options
    wire.downAt = Math.max(wire.downAt, clock.now + this.#latency() + extraMs)
    clock.schedule(() => {
      if (!wire.isDead) wire.page.hear(run)
    }, wire.downAt - clock.now)
  }

  /** Removes a socket from the gateway's table, and tells the server. */
  #end(wire: Wire): void {
    if (!wire.isOpen) return
    this.#forget(wire)
    this.watch.gone(wire.id)
    void this.#clock.during(() => this.#options.server.disconnect(wire.id))
  }

  /** The clock of the database goes on while that of the world stands still. */
  #isYoung({ openedAt, reallyOpenedAt }: Wire): boolean {
    const { clock, server } = this.#options
    return (
      clock.now - openedAt < youngMs &&
      performance.now() - reallyOpenedAt < youngMs &&
      openedAt > server.jumpedAt
    )
  }

  #forget(wire: Wire): void {
    wire.isOpen = false
    wire.endedAt = this.#clock.now
    this.#wires.delete(wire.id)
  }

  #closeFromServer(wire: Wire): void {
    if (!wire.isOpen) return
    this.#down(wire, () => wire.socket.tell('close'))
    this.#end(wire)
  }

  post(connectionId: string, data: string | Uint8Array): 'sent' | 'gone' | 'limit_exceeded' {
    const { clock, chance, faults } = this.#options
    const wire = this.#wires.get(connectionId)
    if (!wire) {
      this.watch.gone(connectionId)
      return 'gone'
    }
    const { device } = wire.page
    const { userId } = wire.page
    const isYoung = !wire.isForgotten && this.#isYoung(wire)
    const isDirect = this.#wires.size <= recipientsAtOnce
    this.watch.posted({ connectionId, userId, isYoung, isDirect }, String(data), () =>
      isDirect ? this.#listening() : [],
    )
    if (faults.strikes('push answered 410', device)) {
      if (!this.#isYoung(wire)) wire.isForgotten = true
      return 'gone'
    }
    if (faults.strikes('push answered 429', device)) return 'limit_exceeded'
    wire.usedAt = clock.now
    this.pushes += 1
    const text = String(data)
    if (isRefusal(text)) this.#options.book.refused(idOf(text))
    const hear = () => wire.socket.tell('message', text)
    if (faults.strikes('push lost', device)) return 'sent'
    if (faults.strikes('push overtaken', device)) {
      const ms = pick(chance, [50, 200, 600, 2_000])
      clock.schedule(() => !wire.isDead && wire.page.hear(hear), ms)
      return 'sent'
    }
    const late = faults.strikes('push late', device) ? pick(chance, [300, 2_000, 12_000]) : 0
    this.#down(wire, hear, late)
    if (faults.strikes('push doubled', device)) this.#down(wire, hear)
    return 'sent'
  }

  /**
   * The sockets that the server has to push to when their users are in the room. Sockets that opened while recipients
   * were being read are left out.
   */
  #listening(): readonly Wire[] {
    const { clock, server } = this.#options
    return [...this.#wires.values()].filter(
      ({ isForgotten, isDead, socket, openAt, openedAt }) =>
        !isForgotten &&
        !isDead &&
        !socket.isClosed &&
        openAt < clock.now - longestPauseMs &&
        openedAt > server.jumpedAt,
    )
  }

  delete(connectionId: string): 'deleted' | 'gone' {
    const wire = this.#wires.get(connectionId)
    if (!wire) return 'gone'
    this.#closeFromServer(wire)
    return 'deleted'
  }

  cut(connectionId: string): 'cut' | 'gone' {
    return this.delete(connectionId) === 'gone' ? 'gone' : 'cut'
  }

  /** The sockets that a client has and the network carries. */
  liveSocketsOf(device: number): string[] {
    return [...this.#wires.values()]
      .filter(({ page, isOpen, isDead, isForgotten, socket }) => {
        const isLive = isOpen && !isDead && !isForgotten && !socket.isClosed
        return page.device === device && page.isAlive && isLive
      })
      .map(({ id }) => id)
  }

  /** Breaks the sockets of a device at once, or of all devices. */
  break(how: 'cut' | 'half open' | 'unseen', device?: number): void {
    const { faults } = this.#options
    for (const wire of this.#wires.values()) {
      if (device !== undefined && wire.page.device !== device) continue
      if (wire.isDead) continue
      if (how === 'half open') {
        faults.count('socket half open')
        wire.isDead = true
      } else {
        faults.count(
          how === 'cut' ? 'socket cut without $disconnect' : 'close unseen by the server',
        )
        this.#down(wire, () => wire.socket.tell('close'))
        if (how === 'unseen') {
          // From now on posts go nowhere. The gateway notices when the socket stays unused.
          this.#clock.schedule(() => (wire.isDead = true), wire.downAt - this.#clock.now)
        } else {
          this.#forget(wire)
        }
      }
    }
  }

  /** The page is gone: its sockets are closed, and the gateway may never learn of it. */
  drop(page: Page, isTold: boolean): void {
    for (const wire of this.#wires.values()) {
      if (wire.page !== page) continue
      if (isTold) this.#up(wire, null)
      else wire.isDead = true
    }
  }
}

/** The client's end of a socket. */
class ClientSocket implements WebSocketLike {
  readonly #listeners: { type: string; listener: (event: Event) => void }[] = []
  isClosed = false
  send: (data: string) => void = () => undefined
  close: () => void = () => undefined

  addEventListener(type: string, listener: (event: Event) => void): void {
    this.#listeners.push({ type, listener })
  }

  tell(type: 'open' | 'message' | 'close', data?: string): void {
    if (this.isClosed) return
    if (type === 'close') this.isClosed = true
    const event = data === undefined ? new Event(type) : new MessageEvent(type, { data })
    for (const each of this.#listeners) if (each.type === type) each.listener(event)
  }
}

const isSend = (data: string) => data.startsWith('{"action":"sendmessage"')

/** An error that says that the frame was not executed. Other errors leave that open. */
const isRefusal = (data: string) =>
  data.startsWith('{"type":"error"') && !/"code":"(?:unavailable|internal)"/.test(data)

/** Returns the client's id of a send, or the id of the answer to its frame. */
function idOf(data: string): unknown {
  const json = JSON.parse(data) as { client_id?: unknown; id?: unknown }
  return json.client_id ?? json.id
}
