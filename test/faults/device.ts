/**
 * A device of a user: its clock, its storages, and one page after another in which the client library runs. The book
 * looks at its screen whenever it changes.
 */
import {
  type ChatClient,
  type ClientOptions,
  createClient,
  localLock,
  memoryStorage,
  type RoomHandle,
} from '../../src/client/index.ts'
import type { Chance } from '../support/chance.ts'
import type { VirtualClock } from './clock.ts'
import type { Faults } from './faults.ts'
import type { Gateway, Page } from './gateway.ts'
import type { Book } from './book.ts'

export type Tokens = { readonly access: string; readonly refresh: string }
export type Account = { readonly id: number; readonly username: string }
export type Storages = ReturnType<typeof memoryStorage> & {
  readonly lock: NonNullable<ClientOptions['lock']>
}

export const newStorages = (): Storages => ({ ...memoryStorage(), lock: localLock() })

export interface DeviceOptions {
  readonly index: number
  readonly account: Account
  /** A session that it finds in its storage. Without one it signs in. */
  readonly session: Tokens | undefined
  readonly password: string
  readonly storages: Storages
  /** Whether it shares its storages with another device. */
  readonly isTab: boolean
  /** The error of its wall clock. */
  readonly skewMs: number
  readonly clock: VirtualClock
  readonly chance: Chance
  readonly faults: Faults
  readonly gateway: Gateway
  readonly book: Book
}

export class Device {
  readonly index: number
  readonly account: Account
  /** The rooms that are open on its screen. They are opened again after a reload. */
  readonly open = new Map<number, RoomHandle>()
  readonly #options: DeviceOptions
  /** Whether a page has loaded. */
  isReady = false
  #page: DevicePage | undefined
  #client: ChatClient | undefined

  constructor(options: DeviceOptions) {
    this.#options = options
    this.index = options.index
    this.account = options.account
  }

  get client(): ChatClient {
    return this.#client!
  }

  async start(): Promise<void> {
    const { session, storages, password, account } = this.#options
    if (session) {
      const { access, refresh } = session
      const { id, username } = account
      await storages.session.save({ user: { id, username }, access, refresh, until: Infinity })
    }
    const client = this.#load()
    const me = await client.restore()
    if (!me) await client.login(account.username, password)
    client.connect()
    this.isReady = true
  }

  /** Does nothing when the client is connected or signed out. */
  connect(): void {
    if (this.isReady && this.client.session.get().user) this.client.connect()
  }

  #load(): ChatClient {
    const { index, account, storages, skewMs, clock, chance, gateway, book } = this.#options
    const page = new DevicePage(index, account.id, clock, chance, skewMs)
    this.#page = page
    const client = createClient({
      url: 'http://chat.test',
      session: storages.session,
      // A killed page releases the lock.
      lock: (work) => storages.lock(() => Promise.race([work(), page.killed.promise])),
      sends: this.#sendsOf(page),
      fetch: gateway.fetchOf(page),
      WebSocket: gateway.webSocketOf(page),
      clock: page,
      onError: (error) => book.reported(index, error),
    })
    this.#client = client
    book.watchClient(this)
    return client
  }

  /** The storage of sends as one page sees it. */
  #sendsOf(page: DevicePage): NonNullable<ClientOptions['sends']> {
    const { storages, clock, faults, chance, book, index } = this.#options
    const wait = () => new Promise<void>((resolve) => clock.schedule(resolve, 10))
    return {
      load: () => storages.sends.load(),
      put: async (send) => {
        if (faults.strikes('storage refused', index)) throw new Error('a fault: no space is left')
        const isSlow = chance() < 0.3
        // A page that is killed meanwhile may or may not have written it. It gets no answer.
        const isLate = chance() < 0.5
        if (isSlow && !isLate) await wait()
        if (!page.isAlive) return
        await storages.sends.put(send)
        if (!send.failed) book.kept(send.clientId)
        if (isSlow && isLate) await wait()
      },
      delete: async (clientId) => {
        if (page.isAlive) await storages.sends.delete(clientId)
      },
    }
  }

  show(roomId: number): RoomHandle {
    const shown = this.open.get(roomId)
    if (shown) return shown
    const handle = this.client.room(roomId)
    this.open.set(roomId, handle)
    this.#options.book.watchRoom(this, handle)
    return handle
  }

  hide(roomId: number): void {
    this.open.get(roomId)?.close()
    this.open.delete(roomId)
  }

  /** Leaves the page and loads it again. The page ends in good order, or is killed in the middle of its work. */
  async reload(isKilled: boolean): Promise<void> {
    const { gateway, faults } = this.#options
    const [page, client] = [this.#page!, this.#client!]
    this.isReady = false
    page.wake(true)
    if (isKilled) {
      faults.count('page killed')
      page.isAlive = false
      page.killed.reject(new Error('the page was killed'))
      gateway.drop(page, false)
    }
    const closed = client.close()
    if (!isKilled) await closed
    page.isAlive = false
    const rooms = [...this.open.keys()]
    this.open.clear()
    const next = this.#load()
    await next.restore()
    this.isReady = true
    for (const roomId of rooms) this.show(roomId)
    this.connect()
  }

  /** Messages that are still unsent are dropped. */
  async signInAgain(): Promise<void> {
    const { session, password, book, isTab } = this.#options
    // The test itself uses the first session of each user, and tabs share theirs.
    if (session || isTab) return
    this.isReady = false
    try {
      const { client } = this
      const isIn = () => client.session.get().user !== null
      for (const { clientId } of client.outbox.get()) book.discarded(clientId)
      // Without an answer, it is unknown whether the server has ended the session.
      while (isIn()) await client.logout().catch(() => undefined)
      while (!isIn()) {
        await client.login(this.account.username, password).catch(() => undefined)
      }
    } finally {
      this.isReady = true
      this.connect()
    }
  }

  sleep(): void {
    if (this.#page!.isAsleep) return
    this.#options.faults.count('machine slept')
    this.#page!.sleep()
  }

  /** `isCounted`: the monotonic clock went on during the sleep. */
  wake(isCounted: boolean): void {
    this.#page!.wake(isCounted)
  }

  close(): Promise<void> {
    return this.client.close()
  }
}

/** The client's clock, and what the network sees of the page. */
class DevicePage implements Page {
  readonly device: number
  readonly userId: number
  isAlive = true
  isAsleep = false
  readonly killed = Promise.withResolvers<never>()
  readonly random: Chance
  readonly #clock: VirtualClock
  readonly #skewMs: number
  readonly #timers = new Set<{ run: () => void; due: number; cancel: () => void }>()
  readonly #heard: (() => void)[] = []
  /** How long its clock has stood still in all. */
  #slept = 0
  #sleepsSince = 0

  constructor(device: number, userId: number, clock: VirtualClock, chance: Chance, skewMs: number) {
    this.device = device
    this.userId = userId
    this.killed.promise.catch(() => undefined)
    this.random = chance
    this.#clock = clock
    this.#skewMs = skewMs
  }

  now = () => (this.isAsleep ? this.#sleepsSince : this.#clock.now) - this.#slept

  wall = () => 1_800_000_000_000 + this.#clock.now + this.#skewMs

  setTimer = (run: () => void, ms: number) => {
    const timer = { run, due: this.now() + ms, cancel: () => undefined as void }
    this.#timers.add(timer)
    if (!this.isAsleep) this.#arm(timer)
    return () => {
      this.#timers.delete(timer)
      timer.cancel()
    }
  }

  #arm(timer: { run: () => void; due: number; cancel: () => void }): void {
    timer.cancel = this.#clock.schedule(() => {
      this.#timers.delete(timer)
      if (this.isAlive) timer.run()
    }, timer.due - this.now())
  }

  hear(run: () => void): void {
    if (!this.isAlive) return
    if (this.isAsleep) this.#heard.push(run)
    else run()
  }

  sleep(): void {
    for (const { cancel } of this.#timers) cancel()
    this.#sleepsSince = this.#clock.now
    this.isAsleep = true
  }

  wake(isCounted: boolean): void {
    if (!this.isAsleep) return
    this.isAsleep = false
    if (!isCounted) this.#slept += this.#clock.now - this.#sleepsSince
    for (const timer of this.#timers) this.#arm(timer)
    for (const run of this.#heard.splice(0)) this.#clock.schedule(() => this.hear(run), 0)
  }
}
