import { fits, shapes } from './core/shape.ts'
import {
  type Connection,
  type CoreState,
  makeState,
  type Me,
  type NotificationsState,
  type Outgoing,
} from './core/state.ts'
import * as link from './core/link.ts'
import * as outbox from './core/outbox.ts'
import * as rooms from './core/rooms.ts'
import { typing } from './core/typing.ts'
import * as core from './core/step.ts'
import { badForm, type Effect, type RequestTag, type Turn } from './core/turn.ts'
import { type Clock, realClock } from './clock.ts'
import { type ChatError, toChatError } from './errors.ts'
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
import { keep, type RoomView, viewOf } from './view.ts'
import {
  type Input,
  type Message,
  type Operation,
  type Output,
  protocolV1,
  type RegisterRequest,
  type Room,
} from './wire.ts'

/** The part of a WebSocket that this library uses. */
export interface WebSocketLike {
  addEventListener(type: string, listener: (event: Event) => void): void
  send(data: string): void
  close(): void
}

export interface ClientOptions {
  /** The URL of the server, such as `https://chat.example.org`. */
  readonly url: string
  /** Stores the session. The default is in memory. */
  readonly session?: SessionStorage
  /** Stores sends until the server has them. The default is in memory. */
  readonly sends?: SendStorage
  /** Required when several clients share the session's storage: `webLock()` for the tabs of a browser. */
  readonly lock?: Lock
  readonly fetch?: Fetch
  readonly WebSocket?: new (url: string, protocols: string[]) => WebSocketLike
  readonly clock?: Clock
  /** Receives errors that do not belong to a call. The default logs them to the console. */
  readonly onError?: (error: ChatError) => void
}

/** The state of the session. */
export interface SessionState {
  readonly user: Me | null
  /** Why the server has ended the last session, or null. */
  readonly error: ChatError | null
}

export interface ChatClient {
  readonly session: Store<SessionState>
  readonly connection: Store<Connection>
  /** The user's rooms, the newest first; null until they are known. */
  readonly rooms: Store<readonly Room[] | null>
  readonly notifications: Store<NotificationsState>
  /** Sends of all rooms that the server has not confirmed yet. */
  readonly outbox: Store<readonly Outgoing[]>
  /** Loads the session and the sends from the storages. Resolves to null when there is no session. */
  restore(): Promise<Me | null>
  register(account: RegisterRequest): Promise<Me>
  /**
   * `code` is the code of the second factor. Without it, an account with a second factor is refused with
   * `code_required`.
   */
  login(username: string, password: string, code?: string): Promise<Me>
  /** Ends the session, here and on the server. Messages that were not sent yet are deleted. */
  logout(): Promise<void>
  /** Opens a socket. Opens another one whenever it is lost, until `disconnect`. */
  connect(): void
  disconnect(): void
  /** Call this when the machine may have slept. In browsers the library notices it itself. */
  wake(): void
  /** Opens a room: fetches its messages, and keeps them up to date until `close`. */
  room(id: number): RoomHandle
  /** Calls an operation of the HTTP API. */
  request<Id extends Operation>(
    id: Id,
    ...rest: Record<string, never> extends Input<Id>
      ? [input?: Input<Id>, options?: RequestOptions]
      : [input: Input<Id>, options?: RequestOptions]
  ): Promise<Output<Id>>
  /** Ends all sockets and timers, and waits for writes to the storage. */
  close(): Promise<void>
}

export interface RequestOptions {
  readonly signal?: AbortSignal
}

export interface RoomHandle {
  readonly id: number
  readonly view: Store<RoomView>
  /** Shows the text in `outgoing` at once, and sends it after the earlier ones. Returns its `client_id`. */
  send(text: string, options?: { readonly replyTo?: number }): string
  /** Sends a failed message again. */
  retry(clientId: string): void
  /** Deletes a message that has failed or was not sent yet. */
  discard(clientId: string): void
  edit(seq: number, text: string): Promise<Message>
  remove(seq: number): Promise<void>
  react(seq: number, emoji: string, on: boolean): Promise<void>
  /** Marks the room as read up to `seq`. Without `seq`, all of it. */
  markRead(seq?: number): void
  /** Call this while the user types. The client tells the server from time to time. */
  typing(): void
  loadBefore(): Promise<void>
  loadAfter(): Promise<void>
  /** Shows the messages around a given one. */
  loadAround(seq: number): Promise<void>
  /** Fetches the members of the room, and keeps them up to date. */
  loadMembers(): Promise<void>
  /** Closes the room. */
  close(): void
}

const requestMs = 30_000

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
  /** null while it waits for an access token. */
  const sockets = new Map<number, WebSocketLike | null>()
  const timers = new Map<string, () => void>()
  const closing = new AbortController()
  /** The answer to the latest request of the core. */
  let lastAnswer: Promise<ChatError | null> | undefined
  const held = new Map<number, { count: number; store: WritableStore<RoomView> }>()
  let writes: Promise<unknown> = Promise.resolve()

  const report = (error: unknown) => {
    try {
      onError(toChatError(error))
    } catch {
      // Nobody waits for this error.
    }
  }
  const store = <T>(first: T) => createStore(first, report)
  const stores = {
    session: store<SessionState>({ user: null, error: null }),
    connection: store<Connection>(state.connection),
    rooms: store<readonly Room[] | null>(null),
    notifications: store<NotificationsState>(state.notifications),
    outbox: store<readonly Outgoing[]>(state.outbox),
  }

  const { refreshIn: refresh_in } = sessionStorage
  const keeper = createSessionKeeper({
    storage: sessionStorage,
    lock,
    clock,
    refresh: async (refresh) => await call('POST /api/token/refresh/', { body: { refresh } }),
    onEnd: (error) => setUser(null, error),
    report,
  })

  /** The queue of inputs. They are handled one after another. An input that comes during a step waits for its end. */
  const happenings: core.Happening[] = []

  function take<Rest extends unknown[]>(
    happen: (turn: Turn, ...rest: Rest) => void,
    ...rest: Rest
  ): void {
    const isIdle = happenings.push((turn) => happen(turn, ...rest)) === 1
    if (!isIdle || closing.signal.aborted) return
    for (; happenings[0]; happenings.shift()) {
      try {
        const before = state
        const { now, wall, random } = clock
        const turn = core.step(state, happenings[0], { now: now(), wall: wall(), random })
        state = turn
        show(before)
        for (const effect of turn.effects) act(effect)
      } catch (error) {
        report(error)
      }
    }
  }

  function show(before: CoreState): void {
    stores.connection.set(state.connection)
    stores.outbox.set(state.outbox)
    stores.notifications.set(state.notifications)
    if (state.listed) {
      const sorted = Array.from(state.rooms.values(), ({ room }) => room)
        .filter(({ id, role }) => role && !state.unlisted.has(id))
        .toSorted((a, b) => b.id - a.id)
      stores.rooms.set(keep(stores.rooms.get() ?? undefined, sorted))
    } else stores.rooms.set(null)
    for (const [id, { store }] of held) {
      const isSame =
        state.rooms.get(id) === before.rooms.get(id) &&
        state.outbox === before.outbox &&
        state.opened.get(id) === before.opened.get(id)
      if (!isSame) store.set(viewOf(state, id, store.get()))
    }
  }

  function act(effect: Effect): void {
    switch (effect.do) {
      case 'open':
        return void open(effect.socket)
      case 'close':
        sockets.get(effect.socket)?.close()
        return void sockets.delete(effect.socket)
      case 'frame':
        return sockets.get(effect.socket)?.send(JSON.stringify(effect.frame))
      case 'timer':
        return setTimer(effect.name, effect.ms)
      case 'call':
        return void (lastAnswer = answer(effect.tag))
      case 'store':
        return keepSend(effect)
      case 'report':
        return report(effect.error)
      case 'end':
        return void end(effect.error)
    }
  }

  function setTimer(name: string, ms: number | null): void {
    timers.get(name)?.()
    timers.delete(name)
    if (ms === null) return
    const cancel = clock.setTimer(() => {
      timers.delete(name)
      take(core.ring, name)
    }, ms)
    timers.set(name, cancel)
  }

  async function open(id: number): Promise<void> {
    sockets.set(id, null)
    try {
      const access = await keeper.access()
      if (!sockets.has(id)) return
      const WebSocket = options.WebSocket ?? globalThis.WebSocket
      const socket = new WebSocket(`${url.replace('http', 'ws')}/ws/`, [protocolV1, access])
      sockets.set(id, socket)
      const on = (type: string, listener: (event: Event) => void) =>
        socket.addEventListener(type, (event) => sockets.has(id) && listener(event))
      on('open', () => take(link.opened, id))
      on('message', (event) => take(core.hear, id, 'data' in event && event.data))
      // A `close` event follows each `error` event, and handles it.
      on('close', () => lose(id, null))
    } catch (error) {
      if (sockets.has(id)) lose(id, toChatError(error))
    }
  }

  function lose(id: number, error: ChatError | null): void {
    sockets.delete(id)
    take(link.closed, id, error)
  }

  /** Returns the error of a refused request. */
  async function answer(tag: RequestTag): Promise<ChatError | null> {
    try {
      const { roomId, query, body } = tag
      const input = { params: { room_id: roomId }, query, body }
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- they belong to their question
      const output = await call(core.questions[tag.for][0] as Operation, input as Input<Operation>)
      take(core.answer, tag, output)
      return null
    } catch (error) {
      const told = toChatError(error)
      take(core.refuse, tag, told)
      return told
    }
  }

  /** Writes to the storage one after another. A failure is reported, also after `close`. */
  function inTurn(
    work: () => Promise<unknown>,
    text: string,
    onFailure?: (error: ChatError) => void,
  ): Promise<unknown> {
    writes = writes.then(work).catch((error: unknown) => {
      const failure = storageError(text, error)
      report(failure)
      onFailure?.(failure)
    })
    return writes
  }

  function keepSend({ clientId, value }: Extract<Effect, { do: 'store' }>): void {
    const work = async () => {
      await (value ? sends.put(value) : sends.delete(clientId))
      take(outbox.stored, clientId)
    }
    const text = value ? 'a message could not be kept' : 'a message could not be deleted'
    void inTurn(work, text, (error) => take(outbox.stored, clientId, error))
  }

  /** Refreshes a refused token, and repeats the request, once. */
  async function call<Id extends Operation>(
    id: Id,
    input: Input<Id>,
    signal?: AbortSignal,
    refused?: string,
  ): Promise<Output<Id>> {
    const { me } = state
    const isOpen = !me || /login|register|refresh/.test(id)
    const access = isOpen ? undefined : await keeper.access(refused)
    // The browser would hold an `AbortSignal.timeout` until its time is over, also after the answer.
    const deadline = new AbortController()
    const cancel = clock.setTimer(() => deadline.abort(), requestMs)
    try {
      return await request(fetch, url, id, input, {
        access,
        signal: AbortSignal.any([closing.signal, deadline.signal, signal ?? closing.signal]),
      })
    } catch (error) {
      signal?.throwIfAborted()
      const told = toChatError(error)
      // Another session has begun since. The error does not concern it.
      if (state.me !== me && !isOpen) throw signedOut(told)
      if (told.code === 'unauthenticated' && !isOpen && refused === undefined) {
        return await call(id, input, signal, access)
      }
      if (told.code !== 'session_revoked' || isOpen) throw told
      await end(told)
      throw signedOut(told)
    } finally {
      cancel()
    }
  }

  async function end(error: ChatError | null): Promise<void> {
    await keeper.end()
    setUser(null, error)
  }

  function setUser(me: Me | null, error: ChatError | null): void {
    if (!me && !state.me) return
    take(core.changeUser, me, error)
    stores.session.set({ user: me, error })
    for (const id of held.keys()) if (me) take(rooms.openRoom, id)
  }

  async function begin(me: Me): Promise<Me> {
    setUser(me, null)
    await inTurn(
      async () => take(outbox.loadSends, await sends.load()),
      'messages could not be read',
    )
    return me
  }

  async function signIn(answer: Output<'POST /api/login/'>): Promise<Me> {
    if (!fits(answer, shapes.session)) throw badForm()
    return await begin(await keeper.begin(answer))
  }

  /** Resolves when the answer to the input has come, or at once when the input asks for nothing. */
  async function done<Rest extends unknown[]>(
    happen: (turn: Turn, ...rest: Rest) => void,
    ...rest: Rest
  ): Promise<void> {
    // A listener may call this during a step. Then its input waits for the end of the step.
    if (happenings.length > 0) await Promise.resolve()
    const before = lastAnswer
    take(happen, ...rest)
    const error = lastAnswer === before ? null : await lastAnswer
    if (error) throw error
  }

  async function requestAndApply<Id extends Operation>(
    id: Id,
    input: Input<Id>,
    signal?: AbortSignal,
  ): Promise<Output<Id>> {
    const output: unknown = await call(id, input, signal)
    // oxlint-disable typescript/no-unsafe-type-assertion -- its form is looked at
    if (fits(output, shapes.room)) take(rooms.putAskedRoom, output as Room)
    else if (fits(output, 'room_id notify$')) {
      const { room_id, notify } = output as Output<'PUT /api/rooms/{room_id}/notify/'>
      take(core.putNotify, room_id, notify)
    }
    return output as Output<Id>
    // oxlint-enable typescript/no-unsafe-type-assertion
  }

  function room(id: number): RoomHandle {
    const entry = held.get(id) ?? { count: 0, store: store(viewOf(state, id)) }
    entry.count++
    held.set(id, entry)
    take(rooms.openRoom, id)
    let isOpen = true
    return {
      id,
      view: entry.store,
      send(text, { replyTo } = {}) {
        if (!state.me) throw signedOut()
        // `getRandomValues` needs no secure context. `randomUUID` does.
        const clientId = crypto.getRandomValues(new Uint32Array(4)).join('-')
        take(outbox.addSend, { clientId, roomId: id, text, replyTo: replyTo ?? null })
        return clientId
      },
      retry: (clientId) => take(outbox.retry, clientId),
      discard: (clientId) => take(outbox.discard, clientId),
      edit: async (seq, message) =>
        await call('PATCH /api/messages/{room_id}/{seq}/', {
          params: { room_id: id, seq },
          body: { message },
        }),
      remove: async (seq) =>
        await call('DELETE /api/messages/{room_id}/{seq}/', { params: { room_id: id, seq } }),
      react: async (seq, emoji, on) =>
        void (await call(
          `${on ? 'PUT' : 'DELETE'} /api/messages/{room_id}/{seq}/reactions/{emoji}/`,
          { params: { room_id: id, seq, emoji } },
        )),
      markRead: (seq) => take(rooms.markRead, id, seq ?? null),
      typing: () => take(typing, id),
      loadBefore: async () => await done(rooms.askMore, id, 'before', 0),
      loadAfter: async () => await done(rooms.askMore, id, 'after', 0),
      loadAround: async (seq) => await done(rooms.askMore, id, 'around', seq),
      loadMembers: async () => await done(rooms.askMembers, id),
      close() {
        if (!isOpen) return
        isOpen = false
        if (--entry.count > 0) return
        held.delete(id)
        take(rooms.closeRoom, id)
      },
    }
  }

  onWake(() => take(link.wake), closing.signal)

  return {
    ...stores,
    async restore() {
      const me = await keeper.load()
      return me && (await begin(me))
    },
    register: async (account) =>
      await signIn(await call('POST /api/register/', { body: { ...account, refresh_in } })),
    login: async (username, password, code) =>
      await signIn(
        await call('POST /api/login/', { body: { username, password, code, refresh_in } }),
      ),
    async logout() {
      const { me } = state
      if (!me) return
      try {
        await call('POST /api/logout/', { body: { refresh_in } })
      } catch (error) {
        if (toChatError(error).code !== 'signed_out') throw error
      }
      await end(null)
      await inTurn(async () => {
        for (const { userId, clientId } of await sends.load()) {
          if (userId === me.id) await sends.delete(clientId)
        }
      }, 'a message could not be deleted')
    },
    connect() {
      if (!state.me) throw signedOut()
      take(link.startLink)
    },
    disconnect: () => take(link.stop),
    wake: () => take(link.wake),
    room,
    request: async (id, ...[input, more]) =>
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- left out where it is empty
      await requestAndApply(id, input ?? ({} as Input<typeof id>), more?.signal),
    async close() {
      take(link.stop)
      for (const name of timers.keys()) setTimer(name, null)
      closing.abort()
      await writes
    },
  }
}

/** In a browser: calls `wake` when the page is shown again or the machine has a network again. */
function onWake(run: () => void, until: AbortSignal): void {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the types of browsers are not those of Node
  const page = globalThis as unknown as {
    document?: { visibilityState: string }
    addEventListener?: EventTarget['addEventListener']
  }
  const look = () => page.document?.visibilityState !== 'hidden' && run()
  for (const name of ['visibilitychange', 'online', 'pageshow'])
    page.addEventListener?.(name, look, { signal: until })
}
