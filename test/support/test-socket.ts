import { once } from 'node:events'
import { WebSocket } from 'ws'
import { protocolV1 } from '../../src/protocol/socket.ts'
import { nameEvent } from './documented.ts'
import { markSeen } from './mark-seen.ts'

export interface SocketOptions {
  /** For the Authorization header. */
  readonly token?: string | undefined
  readonly protocols?: readonly string[]
  readonly headers?: Record<string, string>
}

// oxlint-disable-next-line typescript/no-explicit-any -- tests look into frames of any form
export type Frame = any

/** The handshake was answered with a status. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError'
  readonly status: number

  constructor(status: number) {
    super(`the upgrade was refused with ${status}`)
    this.status = status
  }
}

/** A client's socket that keeps what it received. */
export class TestSocket implements AsyncDisposable {
  readonly ws: WebSocket
  /** Every object received so far, in order. A frame that is an array counts as its objects. */
  readonly received: Frame[] = []
  /** Resolves with the close code. */
  readonly closed: Promise<number>
  #waiting = new Set<() => void>()
  #fault: unknown
  #lastId = 0

  private constructor(ws: WebSocket) {
    this.ws = ws
    this.closed = new Promise((resolve) => ws.on('close', resolve))
    ws.on('message', (data: Buffer) => {
      const frames: Frame[] = [JSON.parse(data.toString())].flat()
      this.received.push(...frames)
      try {
        markSeen(frames.flatMap(nameEvent))
      } catch (error) {
        this.#fault ??= error
      }
      for (const look of this.#waiting) look()
    })
    ws.on('close', () => {
      for (const look of this.#waiting) look()
    })
    ws.on('error', () => undefined)
  }

  static async open(url: string, options: SocketOptions): Promise<TestSocket> {
    const ws = new WebSocket(
      url.replace(/^http/, 'ws'),
      [...(options.protocols ?? (options.token === undefined ? [] : [protocolV1]))],
      {
        headers: {
          ...(options.token !== undefined && { Authorization: `Bearer ${options.token}` }),
          ...options.headers,
        },
      },
    )
    const socket = new TestSocket(ws)
    await new Promise<void>((resolve, reject) => {
      ws.once('open', resolve)
      ws.once('unexpected-response', (_request, response) => {
        response.resume()
        reject(new RefusedError(response.statusCode ?? 0))
      })
      ws.once('error', reject)
    })
    return socket
  }

  /** Sends an object as JSON, and a string or bytes as they are. */
  send(frame: unknown): void {
    this.ws.send(
      typeof frame === 'string' || Buffer.isBuffer(frame) ? frame : JSON.stringify(frame),
    )
  }

  /** Returns the first matching object that the socket has received or will receive. */
  async next(fits: string | ((frame: Frame) => boolean)): Promise<Frame> {
    const test = typeof fits === 'string' ? (frame: Frame) => frame.type === fits : fits
    return await new Promise((resolve, reject) => {
      const look = () => {
        if (this.#fault !== undefined) reject(this.#fault)
        const found = this.received.find(test)
        if (found === undefined && this.ws.readyState !== WebSocket.CLOSED) return
        this.#waiting.delete(look)
        if (found === undefined) {
          reject(new Error(`closed before it came; got ${JSON.stringify(this.received)}`))
        } else resolve(found)
      }
      this.#waiting.add(look)
      look()
    })
  }

  /** Sends an action with an id of its own and returns its answer: an ack, a listing or an error. */
  async ask(frame: Record<string, unknown>): Promise<Frame> {
    const id = `ask-${++this.#lastId}`
    this.send({ ...frame, id })
    return await this.next((answer) => answer.id === id && answer.done !== false)
  }

  /**
   * Resolves when `received` has everything that was sent to this socket before now. It works for any kind of client.
   */
  async settle(): Promise<void> {
    const pong = once(this.ws, 'pong')
    this.ws.ping()
    await pong
    this.#throwFault()
  }

  ofType(type: string): Frame[] {
    return this.received.filter((frame) => frame.type === type)
  }

  async close(code = 1000): Promise<void> {
    this.ws.close(code)
    await this.closed
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.ws.readyState !== WebSocket.CLOSED) {
      this.ws.terminate()
      await this.closed
    }
    this.#throwFault()
  }

  /** Throws when the socket was sent something that is not documented. */
  #throwFault(): void {
    if (this.#fault !== undefined) throw this.#fault
  }
}
