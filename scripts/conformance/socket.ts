import { prettifyError, type ZodType } from 'zod'
import { WebSocket } from 'ws'
import { frameOutMaxBytes } from '../../src/protocol/limits.ts'
import { durableEvent, otherEvent } from '../../src/protocol/socket.ts'
import type { Loose } from './answer.ts'
import { Broken, show } from './expect.ts'

/** An object that the server sent on a socket. */
export type Frame = Loose

export interface SocketOptions {
  /** For the Authorization header. */
  readonly token?: string | undefined
  readonly protocols?: readonly string[]
  readonly headers?: Record<string, string>
}

interface Patience {
  /** Ends all waiting. */
  readonly signal: AbortSignal
  /** How long a frame may take. */
  readonly frameMs: number
  /** When nothing comes for this long, nothing more is on its way. */
  readonly quietMs: number
  /** Waits because of a rate limit. */
  readonly wait: (ms: number) => Promise<void>
}

const schemas = new Map<string, ZodType>(
  [...durableEvent.options, ...otherEvent.options].map((schema) => [
    schema.shape.type.value,
    schema,
  ]),
)

/** A socket that keeps what it was sent, and records faults in its form [W4]. */
export class RecordingSocket {
  readonly path: string
  /** Every object so far, in order. A frame that is an array counts as its objects. */
  readonly received: Frame[] = []
  readonly largest = { bytes: 0 }
  /** The close code, or null while the socket is open. */
  closeCode: number | null = null
  readonly #ws: WebSocket
  readonly #patience: Patience
  readonly #isSimple: boolean
  readonly #listeners = new Set<() => void>()
  #fault: Broken | null = null
  #lastId = 0
  #pongs = 0

  private constructor(ws: WebSocket, path: string, isSimple: boolean, patience: Patience) {
    this.#ws = ws
    this.path = path
    this.#isSimple = isSimple
    this.#patience = patience
    ws.on('message', (data: Buffer, isBinary: boolean) => {
      this.#take(data, isBinary)
      this.#look()
    })
    ws.on('close', (code: number) => {
      this.closeCode = code
      this.#look()
    })
    ws.on('error', () => undefined)
    ws.on('pong', () => {
      this.#pongs++
      this.#look()
    })
  }

  /** Returns the socket, or the status with which the upgrade was refused. */
  static async open(
    base: URL,
    path: string,
    { token, protocols = [], headers }: SocketOptions,
    patience: Patience,
  ): Promise<RecordingSocket | number> {
    const url = new URL(path, base)
    url.protocol = base.protocol === 'https:' ? 'wss:' : 'ws:'
    const ws = new WebSocket(url, [...protocols], {
      handshakeTimeout: patience.frameMs * 2,
      headers: { ...(token !== undefined && { Authorization: `Bearer ${token}` }), ...headers },
    })
    const isSimple = protocols[0] !== 'quick-connect.v1'
    const socket = new RecordingSocket(ws, path, isSimple, patience)
    const stop = () => ws.terminate()
    patience.signal.addEventListener('abort', stop)
    try {
      return await new Promise<RecordingSocket | number>((resolve, reject) => {
        ws.once('open', () => resolve(socket))
        ws.once('unexpected-response', (request, response) => {
          resolve(response.statusCode ?? 0)
          response.resume()
          request.destroy()
        })
        ws.once('error', (error) =>
          reject(
            patience.signal.aborted
              ? reasonOf(patience.signal)
              : new Broken(`an answer to the upgrade of ${path}`, error.message),
          ),
        )
      })
    } finally {
      patience.signal.removeEventListener('abort', stop)
    }
  }

  get protocol(): string {
    return this.#ws.protocol
  }

  #take(data: Buffer, isBinary: boolean): void {
    this.largest.bytes = Math.max(this.largest.bytes, data.length)
    const fail = (expected: string) => {
      this.#fault ??= new Broken(expected, `the frame ${show(data.toString())}`)
    }
    if (isBinary) fail('frames of text [W4]')
    if (data.length > frameOutMaxBytes) fail('frames of at most 28 KB [W4]')
    let json: unknown
    try {
      json = JSON.parse(data.toString())
    } catch {
      return fail('frames that are JSON [W4]')
    }
    if (Array.isArray(json) && this.#isSimple) fail('one object a frame for a simple client [W2]')
    for (const frame of [json].flat()) {
      if (typeof frame !== 'object' || frame === null || !('type' in frame)) {
        fail('frames that are objects with a type [W4]')
        continue
      }
      this.received.push(frame)
      const { type } = frame
      if (this.#isSimple && type !== 'message' && type !== 'error') {
        fail('only message and error for a simple client [W2]')
      }
      // Unknown types must be ignored.
      const parsed = typeof type === 'string' ? schemas.get(type)?.safeParse(frame) : undefined
      if (parsed?.success === false) {
        fail(`the form of a frame that is documented (${prettifyError(parsed.error)})`)
      }
    }
  }

  #look(): void {
    for (const listener of this.#listeners) listener()
  }

  /** Sends an object as JSON, and a string as it is. */
  send(frame: unknown): void {
    this.#ws.send(typeof frame === 'string' ? frame : JSON.stringify(frame), () => undefined)
  }

  /** Returns the first matching object that the socket has received or will receive. `what` is for the report. */
  async next(what: string, fits: (frame: Frame) => boolean): Promise<Frame> {
    return await this.#until(what, () => this.received.find((frame) => fits(frame)))
  }

  async nextOf(type: string, fits: (frame: Frame) => boolean = () => true): Promise<Frame> {
    return await this.next(`a frame ${type}`, (frame) => frame.type === type && fits(frame))
  }

  /**
   * Sends an action with an id of its own and returns its answer: an ack, a listing or an error. It waits when a rate
   * limit asks for it.
   */
  async ask(frame: Record<string, unknown>): Promise<Frame> {
    for (;;) {
      const answer = await this.#askOnce(frame)
      if (answer.type !== 'error' || answer.code !== 'rate_limited') return answer
      await this.#patience.wait(Number(answer.retry_after_ms) || 1_000)
    }
  }

  async #askOnce(frame: Record<string, unknown>): Promise<Frame> {
    const id = `ask-${++this.#lastId}`
    this.send({ ...frame, id })
    return await this.next(
      `an answer to ${show(frame)}`,
      (answer) => answer.id === id && answer.done !== false,
    )
  }

  /** Resolves with the close code when the server has closed the socket. */
  async closed(why: string): Promise<number> {
    return await this.#until(
      `the server to close ${this.path} (${why})`,
      () => this.closeCode ?? undefined,
      true,
    )
  }

  /**
   * Resolves when nothing more seems to be on its way. A client cannot know this for sure. So it waits for the answer
   * to a ping, which comes after everything that was sent before, and then until nothing has come for a moment.
   */
  async calm(): Promise<Frame[]> {
    if (this.closeCode === null) {
      const before = this.#pongs
      this.#ws.ping()
      try {
        await this.#until(
          'a pong',
          () => this.#pongs > before || this.closeCode !== null || undefined,
          true,
        )
      } catch (error) {
        // Not every gateway answers pings. Then only the quiet moment counts.
        if (!(error instanceof Broken)) throw error
      }
    }
    let count = -1
    while (count !== this.received.length) {
      count = this.received.length
      await this.#quiet()
    }
    this.throwFault()
    return this.received
  }

  async #quiet(): Promise<void> {
    const { signal, quietMs } = this.#patience
    await new Promise<void>((resolve, reject) => {
      const stop = () => {
        clearTimeout(timer)
        reject(reasonOf(signal))
      }
      const timer = setTimeout(() => {
        signal.removeEventListener('abort', stop)
        resolve()
      }, quietMs)
      signal.addEventListener('abort', stop, { once: true })
      if (signal.aborted) stop()
    })
  }

  async #until<T>(what: string, look: () => T | undefined, alsoClosed = false): Promise<T> {
    const { signal, frameMs } = this.#patience
    return await new Promise<T>((resolve, reject) => {
      const end = (error?: unknown, value?: T) => {
        this.#listeners.delete(tryIt)
        clearTimeout(timer)
        signal.removeEventListener('abort', stop)
        if (value === undefined) reject(error)
        else resolve(value)
      }
      const seen = () => {
        const got = this.received.map((frame) => String(frame.type)).join(', ') || 'no frame'
        const how = this.closeCode === null ? '' : `, and was closed with ${this.closeCode}`
        return `${this.path} got ${got}${how}; last: ${show(this.received.at(-1) ?? null)}`
      }
      const tryIt = () => {
        if (this.#fault) return end(this.#fault)
        const found = look()
        if (found !== undefined) return end(undefined, found)
        if (this.closeCode !== null && !alsoClosed) end(new Broken(what, seen()))
      }
      const stop = () => end(reasonOf(signal))
      const timer = setTimeout(
        () => end(new Broken(`${what} within ${frameMs} ms`, seen())),
        frameMs,
      )
      signal.addEventListener('abort', stop, { once: true })
      this.#listeners.add(tryIt)
      if (signal.aborted) stop()
      else tryIt()
    })
  }

  ofType(type: string): Frame[] {
    return this.received.filter((frame) => frame.type === type)
  }

  /** Returns what the socket was sent of a room's log, as `<seq> <type>`. */
  logOf(roomId: number): string[] {
    return this.received
      .filter(
        ({ type, room_id, seq }) => room_id === roomId && type !== 'ack' && Number.isInteger(seq),
      )
      .map(({ seq, type }) => `${seq} ${type}`)
  }

  /** Closes the socket as a client does. */
  async close(): Promise<void> {
    this.#ws.close(1000)
    await this.closed('the client closed it')
  }

  terminate(): void {
    this.#ws.terminate()
  }

  /** Throws when the socket was sent something of an undocumented form. */
  throwFault(): void {
    if (this.#fault) throw this.#fault
  }
}

export function reasonOf(signal: AbortSignal): Error {
  return signal.reason instanceof Error ? signal.reason : new Error(String(signal.reason))
}
