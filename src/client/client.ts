import { fits, shapes } from './core/shape.ts'
import {
  type Connection,
  type CoreState,
  makeState,
  type Me,
  type NotificationsState,
  type Outgoing,
} from './core/state.ts'
import { type CoreInput, step } from './core/step.ts'
import type { Effect } from './core/turn.ts'
import { ChatError, toChatError } from './errors.ts'
import { type Fetch, request } from './http.ts'
import {
  createSessionKeeper,
  type Lock,
  type SessionStorage,
  signedOut,
  storageError,
} from './session.ts'
import { localLock, memoryStorage, type SendStorage } from './storage.ts'
import { createStore, type Store, type WritableStore } from './store.ts'
import { isSameView, keep, type RoomView, viewOf } from './view.ts'
import {
  type Input,
  type Message,
  type Operation,
  type Output,
  protocolV1,
  type RegisterRequest,
  type Room,
} from './wire.ts'

/** What this library uses of a WebSocket. */
export interface WebSocketLike {
  addEventListener(type: string, listener: (event: Event) => void): void
  send(data: string): void
  close(): void
}

/** Time, and what is by chance. Tests give their own. */
export interface Clock {
  /** Milliseconds of a clock that never jumps. */
  readonly now: () => number
  /** Milliseconds since 1970; it may be wrong. */
  readonly wall: () => number
  /** Calls `run` once after `ms`; what it returns keeps it from that. */
  readonly setTimer: (run: () => void, ms: number) => () => void
  /** Between 0 and 1. */
  readonly random: () => number
}

export interface ClientOptions {
  /** Of the server, such as `https://chat.example.org`. */
  readonly url: string
  /** Where the session is kept; by default in memory. */
  readonly session?: SessionStorage
  /** Where sends are kept until the server has them; by default in memory. */
  readonly sends?: SendStorage
  /** Needed where several share the session's storage: `webLock()` for the tabs of a browser. */
  readonly lock?: Lock
  readonly fetch?: Fetch
  readonly WebSocket?: new (url: string, protocols: string[]) => WebSocketLike
  readonly clock?: Clock
  /** What went wrong and was not asked for by a call; by default it is logged to the console. */
  readonly onError?: (error: ChatError) => void
}

/** How the session stands. */
export interface SessionState {
  readonly user: Me | null
  /** Why the server has ended the last session; null when it has not. */
  readonly error: ChatError | null
}

export interface ChatClient {
  readonly session: Store<SessionState>
  readonly connection: Store<Connection>
  /** The rooms that the user is in, the newest first; null until they are known. */
  readonly rooms: Store<readonly Room[] | null>
  readonly notifications: Store<Omit<NotificationsState, 'again'>>
  /** Sends of all rooms that the server is not known to have. */
  readonly outbox: Store<readonly Outgoing[]>
  /** Takes along the session and the sends that the storages have. Null: there is no session. */
  restore(): Promise<Me | null>
  register(account: RegisterRequest): Promise<Me>
  login(username: string, password: string): Promise<Me>
  /** Ends the session, here and on the server, and forgets what was not sent yet. */
  logout(): Promise<void>
  /** Opens a socket, and another one whenever it is lost, until `disconnect`. */
  connect(): void
  disconnect(): void
  /** To be called when the machine may have slept; in browsers that is known. */
  wake(): void
  /** Holds a room: its messages are fetched and followed until `close`. */
  room(id: number): RoomHandle
  /** An operation of the HTTP API. */
  request<Id extends Operation>(
    id: Id,
    ...rest: Record<string, never> extends Input<Id>
      ? [input?: Input<Id>, options?: RequestOptions]
      : [input: Input<Id>, options?: RequestOptions]
  ): Promise<Output<Id>>
  /** Ends all that goes on: sockets, timers, and what is being written to the storage. */
  close(): Promise<void>
}

export interface RequestOptions {
  readonly signal?: AbortSignal
}

export interface RoomHandle {
  readonly id: number
  readonly view: Store<RoomView>
  /** Shows the text at once among `outgoing`, and sends it when its turn comes. Gives its `client_id`. */
  send(text: string, options?: { readonly replyTo?: number }): string
  /** Sends again what failed. */
  retry(clientId: string): void
  /** Forgets what failed, or is still to be sent. */
  discard(clientId: string): void
  edit(seq: number, text: string): Promise<Message>
  remove(seq: number): Promise<void>
  react(seq: number, emoji: string, on: boolean): Promise<void>
  /** The user has read up to `seq`, or all that is there. */
  markRead(seq?: number): void
  /** The user types; the server is told now and then. */
  typing(): void
  loadBefore(): Promise<void>
  loadAfter(): Promise<void>
  /** Shows the messages around one. */
  loadAround(seq: number): Promise<void>
  /** Fetches who is in the room, and follows that. */
  loadMembers(): Promise<void>
  /** Lets go of the room. */
  close(): void
}

const requestMs = 30_000
/** While a token is being refreshed, others wait. */
const refreshMs = 10_000
const beatMs = 10_000

const realClock: Clock = {
  now: () => performance.now(),
  wall: () => Date.now(),
  setTimer(run, ms) {
    const timer = setTimeout(run, ms)
    return () => clearTimeout(timer)
  },
  random: Math.random,
}

export function createClient(options: ClientOptions): ChatClient {
  const url = options.url.replace(/\/+$/, '')
  const memory = memoryStorage()
  const {
    session: sessionStorage = memory.session,
    sends = memory.sends,
    lock = localLock(),
    clock = realClock,
    fetch = (...request) => globalThis.fetch(...request),
    // oxlint-disable-next-line eslint/no-console -- who wants it elsewhere says so
    onError = (error) => console.warn(error),
  } = options

  let state = makeState()
  let isClosed = false
  const sockets = new Map<number, { socket: WebSocketLike | null }>()
  const timers = new Map<string, () => void>()
  const aborts = new Set<AbortController>()
  /** What waits for a call of the core, by the call's number. */
  const waiting = new Map<number, (error: ChatError | null) => void>()
  const held = new Map<number, { count: number; store: WritableStore<RoomView> }>()
  let writes: Promise<unknown> = Promise.resolve()

  const report = (error: unknown) => {
    try {
      onError(toChatError(error))
    } catch {
      // It has nobody to be told to.
    }
  }
  const store = <T>(first: T) => createStore(first, report)
  const stores = {
    session: store<SessionState>({ user: null, error: null }),
    connection: store<Connection>(state.connection),
    rooms: store<readonly Room[] | null>(null),
    notifications: store<Omit<NotificationsState, 'again'>>({ unread: 0, items: null }),
    outbox: store<readonly Outgoing[]>([]),
  }

  const { refreshIn: refresh_in } = sessionStorage
  const keeper = createSessionKeeper({
    storage: sessionStorage,
    lock,
    now: clock.now,
    wall: clock.wall,
    refresh: async (refresh) => {
      const http = { url, fetch, timeoutMs: refreshMs }
      const tokens = await request(http, 'POST /api/token/refresh/', { body: { refresh } })
      if (!fits(tokens, shapes.tokens)) throw badAnswer()
      return tokens
    },
    onEnd: (error) => setUser(null, error),
    report,
  })

  /** What happens is taken one thing after another, also what happens while something is being done. */
  const inputs: CoreInput[] = []
  let isBusy = false

  function take(...input: CoreInput): void {
    inputs.push(input)
    if (isBusy || isClosed) return
    isBusy = true
    try {
      for (let next = inputs.shift(); next; next = inputs.shift()) {
        const before = state
        const { now, wall, random } = clock
        const turn = step(state, next, { now: now(), wall: wall(), random })
        state = turn
        show(before)
        for (const effect of turn.effects) act(effect)
      }
    } finally {
      isBusy = false
    }
  }

  function show(before: CoreState): void {
    stores.connection.set(state.connection)
    stores.outbox.set(state.outbox)
    if (state.notifications !== before.notifications) {
      const { unread, items } = state.notifications
      stores.notifications.set({ unread, items })
    }
    if (state.listed) {
      const own = [...state.rooms.values()].map(({ room }) => room).filter(({ role }) => role)
      const sorted = own.toSorted((a, b) => b.id - a.id)
      stores.rooms.set(keep(stores.rooms.get() ?? undefined, sorted))
    } else stores.rooms.set(null)
    for (const [id, { store }] of held) {
      const isSame =
        state.rooms.get(id) === before.rooms.get(id) &&
        state.outbox === before.outbox &&
        state.opened.get(id) === before.opened.get(id)
      if (isSame) continue
      const view = viewOf(state, id, store.get())
      if (!isSameView(store.get(), view)) store.set(view)
    }
  }

  function act(effect: Effect): void {
    switch (effect.do) {
      case 'open':
        return void open(effect.socket)
      case 'close':
        return close(effect.socket)
      case 'frame':
        return write(effect.socket, JSON.stringify(effect.frame))
      case 'timer':
        return setTimer(effect.name, effect.ms)
      case 'call':
        return void answer(effect)
      case 'store':
        return keepSend(effect)
      case 'report':
        return report(effect.error)
      case 'end':
        return void keeper.end().then(() => setUser(null, effect.error))
    }
  }

  function setTimer(name: string, ms: number | null): void {
    timers.get(name)?.()
    timers.delete(name)
    if (ms === null) return
    const cancel = clock.setTimer(() => {
      timers.delete(name)
      take('timer', name)
    }, ms)
    timers.set(name, cancel)
  }

  async function open(id: number): Promise<void> {
    const entry: { socket: WebSocketLike | null } = { socket: null }
    sockets.set(id, entry)
    try {
      const access = await keeper.access()
      if (sockets.get(id) !== entry) return
      const WebSocket = options.WebSocket ?? globalThis.WebSocket
      const socket = new WebSocket(`${url.replace(/^http/, 'ws')}/ws/`, [protocolV1, access])
      entry.socket = socket
      const isOurs = () => sockets.get(id) === entry
      const on = (type: string, listener: (event: Event) => void) =>
        socket.addEventListener(type, (event) => isOurs() && listener(event))
      on('open', () => take('opened', id))
      on('message', (event) => take('heard', id, 'data' in event && event.data))
      on('close', () => {
        sockets.delete(id)
        take('closed', id, null)
      })
      // What an `error` was is told by the `close` that follows.
    } catch (error) {
      if (sockets.get(id) !== entry) return
      sockets.delete(id)
      take('closed', id, toChatError(error))
    }
  }

  function close(id: number): void {
    const entry = sockets.get(id)
    sockets.delete(id)
    try {
      entry?.socket?.close()
    } catch {
      // It was not open.
    }
  }

  function write(id: number, data: string): void {
    try {
      sockets.get(id)?.socket?.send(data)
    } catch {
      // Its `close` is on the way, and what was not sent is sent again.
    }
  }

  async function answer({ tag, operation, input }: Extract<Effect, { do: 'call' }>): Promise<void> {
    try {
      const output = await callAuthorized(operation, input)
      const isFirstPage = !('query' in input) || !(input.query && 'cursor' in input.query)
      take('answer', tag, output, isFirstPage)
      settle(tag.turn, null)
    } catch (error) {
      const told = toChatError(error)
      take('refusal', tag, told)
      settle(tag.turn, told)
    }
  }

  function settle(turn: number, error: ChatError | null): void {
    waiting.get(turn)?.(error)
    waiting.delete(turn)
  }

  /** Writes to the storage come one after another. */
  function inTurn(
    work: () => Promise<unknown>,
    text: string,
    onFailure: (error: ChatError) => void = report,
  ): Promise<unknown> {
    writes = writes.then(work).catch((error: unknown) => onFailure(storageError(text, error)))
    return writes
  }

  function keepSend({ clientId, value }: Extract<Effect, { do: 'store' }>): void {
    if (!value) {
      void inTurn(() => sends.delete(clientId), 'a message that was sent could not be forgotten')
      return
    }
    const keep = async () => {
      await sends.put(value)
      if (!value.failed) take('stored', clientId)
    }
    void inTurn(keep, 'the message could not be kept, and was not sent', (error) =>
      take('notStored', clientId, error),
    )
  }

  async function call<Id extends Operation>(
    id: Id,
    input: Input<Id>,
    access: string | undefined,
    signal: AbortSignal | undefined,
  ): Promise<Output<Id>> {
    const abort = new AbortController()
    aborts.add(abort)
    try {
      const signals = signal ? AbortSignal.any([signal, abort.signal]) : abort.signal
      return await request({ url, fetch, timeoutMs: requestMs }, id, input, {
        access,
        signal: signals,
      })
    } finally {
      aborts.delete(abort)
    }
  }

  /** A token that is refused is refreshed, and the request repeated, once. */
  async function callAuthorized<Id extends Operation>(
    id: Id,
    input: Input<Id>,
    signal?: AbortSignal,
  ): Promise<Output<Id>> {
    if (!state.me || id.endsWith('/login/') || id.endsWith('/register/'))
      return await call(id, input, undefined, signal)
    const access = await keeper.access()
    try {
      return await call(id, input, access, signal)
    } catch (error) {
      const told = toChatError(error)
      const { code } = told
      if (code !== 'unauthenticated' && code !== 'session_revoked') throw told
      if (code === 'session_revoked') {
        await keeper.end()
        setUser(null, told)
        throw signedOut(told)
      }
      return await call(id, input, await keeper.access(access), signal)
    }
  }

  function setUser(me: Me | null, error: ChatError | null): void {
    if (me === null && stores.session.get().user === null) return
    take('user', me, error)
    stores.session.set({ user: me, error })
    for (const [turn, settled] of waiting) {
      waiting.delete(turn)
      settled(error ?? signedOut())
    }
    for (const id of held.keys()) if (me) take('open', id)
  }

  async function begin(me: Me): Promise<Me> {
    setUser(me, null)
    await inTurn(
      async () => take('loaded', await sends.load()),
      'messages that were not sent yet could not be read',
    )
    return me
  }

  async function signIn(answer: Output<'POST /api/login/'>): Promise<Me> {
    if (!fits(answer, shapes.tokens) || !fits(answer.user, shapes.user)) throw badAnswer()
    return await begin(await keeper.begin(answer))
  }

  /** Resolves when what the input asked for has come; at once when it asks for nothing. */
  async function done(...input: CoreInput): Promise<void> {
    const before = state.turns
    take(...input)
    const turns = state.turns
    if (turns === before) return
    await new Promise<void>((resolve, reject) => {
      waiting.set(turns, (error) => (error ? reject(error) : resolve()))
    })
  }

  async function requestAndApply<Id extends Operation>(
    id: Id,
    input: Input<Id>,
    signal?: AbortSignal,
  ): Promise<Output<Id>> {
    const output = await callAuthorized(id, input, signal)
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- looked at where it is used
    const of = output as unknown as {
      room_id: number
      notify: Room['notify']
      unread: number
    } & Room
    if (/rooms\/$|direct|join|PATCH.*rooms/.test(id)) {
      take('room', of)
    } else if (id.endsWith('/notify/')) {
      const room = state.rooms.get(of.room_id)?.room
      if (room) take('room', { ...room, notify: of.notify })
    } else if (id === 'POST /api/notifications/read/' && Number.isSafeInteger(of.unread)) {
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the input of this operation
      const { body } = input as Input<'POST /api/notifications/read/'>
      take('notificationsRead', { ids: body.ids, unread: of.unread })
    }
    return output
  }

  function room(id: number): RoomHandle {
    const entry = held.get(id) ?? { count: 0, store: store(viewOf(state, id, undefined)) }
    entry.count++
    held.set(id, entry)
    take('open', id)
    const message = { room_id: id }
    let isOpen = true
    return {
      id,
      view: entry.store,
      send(text, { replyTo } = {}) {
        if (!state.me) throw signedOut()
        const clientId = makeId()
        const send = { clientId, roomId: id, text, replyTo: replyTo ?? null, order: clock.wall() }
        take('send', send)
        return clientId
      },
      retry: (clientId) => take('retry', clientId),
      discard: (clientId) => take('discard', clientId),
      edit: async (seq, text) =>
        await callAuthorized('PATCH /api/messages/{room_id}/{seq}/', {
          params: { ...message, seq },
          body: { message: text },
        }),
      remove: async (seq) =>
        await callAuthorized('DELETE /api/messages/{room_id}/{seq}/', {
          params: { ...message, seq },
        }),
      react: async (seq, emoji, on) =>
        void (await callAuthorized(
          `${on ? 'PUT' : 'DELETE'} /api/messages/{room_id}/{seq}/reactions/{emoji}/`,
          {
            params: { ...message, seq, emoji },
          },
        )),
      markRead: (seq) => take('read', id, seq ?? null),
      typing: () => take('typing', id),
      loadBefore: async () => await done('more', id, 'before', 0),
      loadAfter: async () => await done('more', id, 'after', 0),
      loadAround: async (seq) => await done('more', id, 'around', seq),
      loadMembers: async () => await done('members', id),
      close() {
        if (!isOpen) return
        isOpen = false
        if (--entry.count > 0) return
        held.delete(id)
        take('close', id)
      },
    }
  }

  // A machine that slept shows by a beat that comes late, on either clock.
  let cancelBeat: (() => void) | undefined
  function beat(): void {
    const [now, wall] = [clock.now(), clock.wall()]
    cancelBeat = clock.setTimer(() => {
      const late = Math.max(clock.now() - now, clock.wall() - wall) - beatMs
      if (late > beatMs) take('wake')
      beat()
    }, beatMs)
  }
  const stopListening = onWake(() => take('wake'))

  return {
    ...stores,
    async restore() {
      const me = await keeper.load()
      return me && (await begin(me))
    },
    register: async (account) =>
      await signIn(
        await callAuthorized('POST /api/register/', { body: { ...account, refresh_in } }),
      ),
    login: async (username, password) =>
      await signIn(
        await callAuthorized('POST /api/login/', { body: { username, password, refresh_in } }),
      ),
    async logout() {
      const { me } = state
      if (!me) return
      try {
        await callAuthorized('POST /api/logout/', { body: { refresh_in } })
      } catch (error) {
        if (toChatError(error).code !== 'signed_out') throw error
      }
      await keeper.end()
      setUser(null, null)
      await inTurn(async () => {
        for (const { userId, clientId } of await sends.load()) {
          if (userId === me.id) await sends.delete(clientId)
        }
      }, 'messages that were not sent could not be forgotten')
    },
    connect() {
      if (!state.me) throw signedOut()
      cancelBeat?.()
      beat()
      take('start')
    },
    disconnect() {
      cancelBeat?.()
      take('stop')
    },
    wake: () => take('wake'),
    room,
    request: async (id, ...[input, more]) =>
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- left out where it is empty
      await requestAndApply(id, input ?? ({} as Input<typeof id>), more?.signal),
    async close() {
      take('stop')
      isClosed = true
      cancelBeat?.()
      stopListening()
      for (const name of timers.keys()) setTimer(name, null)
      for (const id of sockets.keys()) close(id)
      for (const abort of aborts) abort.abort()
      await writes
    },
  }
}

const badAnswer = () =>
  new ChatError('bad_answer', 'the answer is not one of a Quick Connect server: check the url')

/** It needs no secure context, as `randomUUID` does. */
function makeId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** In a browser: the page is shown again, or the machine has a network again. */
function onWake(run: () => void): () => void {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the types of browsers are not those of Node
  const { document, addEventListener, removeEventListener } = globalThis as unknown as {
    document?: { visibilityState: string } & EventTarget
    addEventListener?: EventTarget['addEventListener']
    removeEventListener?: EventTarget['removeEventListener']
  }
  if (!document || !addEventListener) return () => undefined
  const look = () => document.visibilityState === 'visible' && run()
  document.addEventListener('visibilitychange', look)
  for (const name of ['online', 'pageshow']) addEventListener(name, run)
  return () => {
    document.removeEventListener('visibilitychange', look)
    for (const name of ['online', 'pageshow']) removeEventListener?.(name, run)
  }
}
