import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { protocolV1 } from '../../src/protocol/socket.ts'
import { type Answer, checkForm, type Loose, makeAnswer, ok, seenOf } from './answer.ts'
import { Broken, Untried } from './expect.ts'
import { createHttp } from './http.ts'
import { reasonOf, RecordingSocket, type SocketOptions } from './socket.ts'

export interface WorldOptions {
  readonly url: string
  /** One of the server's ALLOWED_ORIGINS. The default is the origin of the URL. */
  readonly origin?: string | undefined
  /** How long an answer over HTTP may take, in milliseconds. */
  readonly answerMs?: number
  /** How long a frame may take. */
  readonly frameMs?: number
  /** When nothing comes for this long, nothing more is on its way. */
  readonly quietMs?: number
  /** How long all waits for rate limits together may take. */
  readonly waitMs?: number
  /** Is called before each wait that a rate limit asks for. */
  readonly onWait?: (text: string) => void
}

export interface RequestParts {
  readonly body?: unknown
  readonly access?: string | undefined
  readonly headers?: Record<string, string>
  /** The account that the request belongs to. The clean-up needs to know it. */
  readonly account?: MadeAccount | undefined
  /** False when the check expects a 429. */
  readonly waits?: boolean
  /** False when an answer of another form is acceptable. */
  readonly isStrict?: boolean
}

/** An account that was made, or may have been made. */
export interface MadeAccount {
  readonly username: string
  /** The last one is the current password, or an earlier one when a change got no answer. */
  readonly passwords: string[]
  access: string | undefined
  isGone: boolean
}

/** The users of most checks. */
const cast = ['ana', 'ben', 'eve']

/** After this many requests in a row without an answer, nobody waits for further answers. */
const deadAfter = 3

/**
 * The server under test, and everything that is made on it. Every request goes through `call`, which records users and
 * rooms, waits as rate limits ask, and checks the form of the answer.
 */
export class World {
  readonly base: URL
  readonly origin: string
  readonly accounts: MadeAccount[] = []
  /** Rooms that were made and not deleted since. Direct chats are deleted with their users. */
  readonly rooms = new Map<number, string>()
  /** Ends the present check, or the whole run. */
  signal: AbortSignal = new AbortController().signal
  /** Whether answers must have the documented form. */
  isStrict = true
  /** Milliseconds spent on waiting for rate limits. */
  waitedMs = 0
  readonly #options: Required<Omit<WorldOptions, 'url' | 'origin'>>
  readonly #http: ReturnType<typeof createHttp>
  readonly #tag = randomBytes(4).toString('hex')
  readonly #made = new Map<string, Promise<unknown>>()
  readonly #sockets = new Set<RecordingSocket>()
  #names = 0
  #shift = 0
  #unanswered = 0

  constructor({ url, origin, ...options }: WorldOptions) {
    this.base = new URL(url)
    this.origin = origin ?? this.base.origin
    this.#http = createHttp(this.base)
    this.#options = {
      answerMs: 10_000,
      frameMs: 5_000,
      quietMs: 100,
      waitMs: 120_000,
      onWait: () => undefined,
      ...options,
    }
  }

  /** Returns a word that nothing else uses. */
  word(of = 'w'): string {
    return `${of}${this.#tag}${++this.#names}`
  }

  /** Returns a value that all checks share. It is made when the first check needs it. */
  async once<T>(name: string, make: () => Promise<T>): Promise<T> {
    const made = this.#made.get(name) ?? make()
    this.#made.set(name, made)
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- one name, one kind of thing
    return (await made) as T
  }

  forget(name: string): void {
    this.#made.delete(name)
  }

  async call(method: string, path: string, options: RequestParts = {}): Promise<Answer> {
    const { body, access, headers, account, waits = true, isStrict = this.isStrict } = options
    const record = this.#expectAccount(method, path, body, account)
    for (;;) {
      const answer = await this.#exchange(
        method,
        path,
        {
          Accept: 'application/json',
          'User-Agent': 'quick-connect-conformance',
          ...(access !== undefined && { Authorization: `Bearer ${access}` }),
          ...headers,
        },
        body,
      )
      if (answer.status === 429 && waits) {
        await this.#waitFor(answer)
        continue
      }
      record(answer)
      this.#recordRoom(method, path, answer)
      if (isStrict) checkForm(method, path, answer)
      return answer
    }
  }

  async #exchange(
    method: string,
    path: string,
    headers: Record<string, string>,
    body: unknown,
  ): Promise<Answer> {
    if (this.signal.aborted) throw reasonOf(this.signal)
    if (this.#unanswered >= deadAfter) {
      throw new Untried(`the server has not answered ${deadAfter} requests in a row`)
    }
    const { answerMs } = this.#options
    const timeout = AbortSignal.timeout(answerMs)
    const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body)
    const request = {
      method,
      path,
      headers: {
        ...(text !== undefined && {
          'Content-Type': 'application/json',
          'Content-Length': String(Buffer.byteLength(text)),
        }),
        ...headers,
      },
      body: text,
    }
    const of = `${method} ${path.length > 100 ? `${path.slice(0, 100)}…` : path}`
    try {
      const raw = await this.#http.exchange(request, AbortSignal.any([this.signal, timeout]))
      this.#unanswered = 0
      return makeAnswer(of, raw)
    } catch (error) {
      if (this.signal.aborted) throw reasonOf(this.signal)
      this.#unanswered++
      const why = timeout.aborted ? `nothing came within ${answerMs} ms` : String(error)
      throw new Broken(`an answer to ${of}`, why)
    }
  }

  /** Waits as long as `Retry-After` says. */
  async #waitFor(answer: Answer): Promise<void> {
    const seconds = Number(answer.headers['retry-after'] ?? '')
    await this.#wait(answer.of, seconds > 0 ? seconds * 1_000 : 1_000)
  }

  /** Waits within the bound on all waits together. */
  async #wait(of: string, ms: number): Promise<void> {
    const left = this.#options.waitMs - this.waitedMs
    if (ms > left) {
      throw new Untried(
        `a rate limit: ${of} may be retried in ${Math.ceil(ms / 1_000)} s, ` +
          `but this run waits for at most ${Math.floor(left / 1_000)} s more`,
      )
    }
    this.#options.onWait(`${of}: the rate limit asks for a wait of ${Math.ceil(ms / 1_000)} s`)
    this.waitedMs += ms
    await this.pause(ms)
  }

  async pause(ms: number): Promise<void> {
    try {
      await sleep(ms, undefined, { signal: this.signal })
    } catch {
      throw reasonOf(this.signal)
    }
  }

  /**
   * Repeats `look` until its result fits, for as long as a frame may take. This is for effects that may come a moment
   * later.
   */
  async eventually(
    expected: string,
    look: () => Promise<Loose>,
    fits: (seen: Loose) => boolean,
  ): Promise<void> {
    const until = performance.now() + this.#options.frameMs
    for (;;) {
      const seen = await look()
      if (fits(seen)) return
      if (performance.now() > until) throw new Broken(expected, JSON.stringify(seen).slice(0, 400))
      await this.pause(100)
    }
  }

  /** Records what a request may have done even if no answer comes. */
  #expectAccount(
    method: string,
    path: string,
    body: unknown,
    account: MadeAccount | undefined,
  ): (answer: Answer) => void {
    const operation = `${method} ${path.split('?', 1)[0]?.replace(/\/?$/, '/')}`
    const text = (name: string): string => {
      const value: unknown =
        typeof body === 'object' && body !== null ? Reflect.get(body, name) : ''
      return typeof value === 'string' ? value : ''
    }
    if (operation === 'POST /api/register/') {
      const username = text('username').trim()
      const made: MadeAccount = {
        username,
        passwords: [text('password')],
        access: undefined,
        isGone: false,
      }
      this.accounts.push(made)
      return ({ status, body }) => {
        if (typeof body?.access === 'string') made.access = body.access
        // Nobody was registered. After a 5xx, this is not known.
        else if (status >= 300 && status < 500) made.isGone = true
      }
    }
    if (operation === 'POST /api/users/me/password/' && account) {
      const given = text('new_password')
      account.passwords.push(given)
      return ({ status }) => {
        if (status >= 300 && status < 500)
          account.passwords.splice(account.passwords.lastIndexOf(given), 1)
      }
    }
    if (operation === 'DELETE /api/users/me/' && account) {
      return ({ status }) => (account.isGone ||= status === 204)
    }
    return () => undefined
  }

  #recordRoom(method: string, path: string, { status, body }: Answer): void {
    if (method === 'POST' && /^\/api\/rooms\/?$/.test(path) && Number.isSafeInteger(body?.id)) {
      this.rooms.set(Number(body.id), String(body.title))
    }
    const id = /^\/api\/rooms\/(\d+)\/?$/.exec(path)?.[1]
    if (method === 'DELETE' && id !== undefined && status === 204) this.rooms.delete(Number(id))
  }

  /**
   * Returns a user by a name of these checks, and registers the user when the first check needs them. The users of the
   * cast take turns with their parts, so that none of them reaches a user's limit sooner than the others.
   */
  async user(name: string): Promise<WorldUser> {
    const part = cast.indexOf(name)
    if (part >= 0) name = cast[(part + this.#shift) % cast.length] ?? name
    return await this.once(`user ${name}`, async () => {
      try {
        // A1 has checks of its own. A fault in this answer must not prevent the check of all other rules.
        return await this.register(`conf_${this.#tag}_${name}_${++this.#names}`, {}, false)
      } catch (error) {
        if (error instanceof Broken || error instanceof Untried) {
          throw new Untried(`no user could be registered: ${error.message}`)
        }
        throw error
      }
    })
  }

  async users<const Names extends readonly string[]>(
    ...names: Names
  ): Promise<{ [At in keyof Names]: WorldUser }> {
    const users: WorldUser[] = []
    for (const name of names) users.push(await this.user(name))
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- one for each name
    return users as { [At in keyof Names]: WorldUser }
  }

  async register(
    username: string,
    more: Record<string, unknown> = {},
    isStrict = true,
  ): Promise<WorldUser> {
    const password = randomBytes(12).toString('base64url')
    const body = { username, password, email: `${username.trim()}@example.org`, ...more }
    const answer = await this.call('POST', '/api/register/', { body, isStrict })
    const signedIn = await ok(answer, 201)
    const account = this.accounts.findLast((each) => each.username === username.trim())
    if (
      !account ||
      !Number.isSafeInteger(signedIn?.user?.id) ||
      typeof signedIn.access !== 'string'
    ) {
      throw new Broken('a user and tokens', seenOf(answer))
    }
    return new WorldUser(this, account, signedIn)
  }

  /** Returns an open socket, or the status of the refusal. The socket is closed when the check ends. */
  async tryToOpen(path: string, options: SocketOptions = {}): Promise<RecordingSocket | number> {
    const { frameMs, quietMs } = this.#options
    const opened = await RecordingSocket.open(this.base, path, options, {
      signal: this.signal,
      frameMs,
      quietMs,
      wait: async (ms) => await this.#wait('a frame', ms),
    })
    if (opened instanceof RecordingSocket) this.#sockets.add(opened)
    return opened
  }

  async open(path: string, options: SocketOptions = {}): Promise<RecordingSocket> {
    const opened = await this.tryToOpen(path, options)
    if (opened instanceof RecordingSocket) return opened
    if (opened === 429) throw new Untried(`a rate limit: ${path} was refused with 429`)
    throw new Broken(`${path} to be opened`, `it was refused with ${opened}`)
  }

  beginCheck(signal: AbortSignal): void {
    this.signal = signal
    this.#shift++
  }

  /** Closes the sockets of a check, and reports faults in what they were sent. */
  endCheck(): void {
    const sockets = [...this.#sockets]
    this.#sockets.clear()
    for (const socket of sockets) socket.terminate()
    for (const socket of sockets) socket.throwFault()
  }

  /** Allows one more request, because the server may answer again. */
  revive(): void {
    this.#unanswered = deadAfter - 1
  }

  close(): void {
    for (const socket of this.#sockets) socket.terminate()
    this.#http.close()
  }
}

/** A user who is signed in. */
export class WorldUser {
  readonly id: number
  readonly username: string
  readonly account: MadeAccount
  readonly access: string
  readonly refresh: string
  readonly #world: World

  constructor(world: World, account: MadeAccount, { user, access, refresh }: Loose) {
    this.#world = world
    this.account = account
    this.id = Number(user.id)
    this.username = String(user.username)
    this.access = String(access)
    this.refresh = String(refresh)
  }

  get password(): string {
    return this.account.passwords.at(-1) ?? ''
  }

  async call(
    method: string,
    path: string,
    body?: unknown,
    options: RequestParts = {},
  ): Promise<Answer> {
    const { access, account } = this
    return await this.#world.call(method, path, { body, access, account, ...options })
  }

  get = async (path: string) => await this.call('GET', path)
  post = async (path: string, body: unknown = {}) => await this.call('POST', path, body)
  put = async (path: string, body: unknown = {}) => await this.call('PUT', path, body)
  patch = async (path: string, body: unknown) => await this.call('PATCH', path, body)
  delete = async (path: string, body?: unknown) => await this.call('DELETE', path, body)

  /** Returns the same user with another session. */
  async login(): Promise<WorldUser> {
    const body = { username: this.username, password: this.password }
    return new WorldUser(
      this.#world,
      this.account,
      await ok(this.#world.call('POST', '/api/login/', { body }), 200),
    )
  }

  async createRoom(fields: Record<string, unknown> = {}): Promise<Loose> {
    return await ok(
      this.post('/api/rooms/', { title: this.#world.word('Conformance '), ...fields }),
      201,
    )
  }

  /** Makes a public room of this user, which the others join. */
  async roomWith(...others: WorldUser[]): Promise<Loose> {
    const room = await this.createRoom()
    for (const other of others) await ok(other.post(`/api/rooms/${room.id}/join/`), 200)
    return room
  }

  async direct(other: WorldUser): Promise<Loose> {
    return await ok(this.post('/api/direct/', { username: other.username }), 200, 201)
  }

  async send(roomId: number, message: string, more: Record<string, unknown> = {}): Promise<Loose> {
    return await ok(this.post('/api/messages/', { room_id: roomId, message, ...more }), 200, 201)
  }

  /** Returns all entries of a list, page after page. */
  async list(path: string, limit = 100): Promise<Loose[]> {
    const all: Loose[] = []
    let next: unknown = `${path}${path.includes('?') ? '&' : '?'}limit=${limit}`
    for (let pages = 0; typeof next === 'string'; pages++) {
      const page: Loose = await ok(this.get(next), 200)
      if (pages > 100) throw new Broken(`an end of ${path}`, '100 pages, and a next one')
      all.push(...page.results)
      next = page.next
    }
    return all
  }

  async log(roomId: number): Promise<Loose[]> {
    return await this.list(`/api/rooms/${roomId}/events/`)
  }

  /** Opens a v1 socket for all rooms, unless `path` or `options` say otherwise. */
  async socket(path = '/ws/', options: SocketOptions = {}): Promise<RecordingSocket> {
    return await this.#world.open(path, { token: this.access, protocols: [protocolV1], ...options })
  }

  /** Opens a socket of a simple client, as a browser does. */
  async simple(roomName: string): Promise<RecordingSocket> {
    const protocols = ['chat-protocol', this.access]
    return await this.#world.open(`/ws/chat/${roomName}/`, { protocols })
  }
}
