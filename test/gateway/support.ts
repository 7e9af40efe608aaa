import { once } from 'node:events'
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http'
import { connect, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { type ClientOptions, WebSocket } from 'ws'
import type { LambdaContext, LambdaHandler } from '../../src/local/gateway/invoke.ts'
import type { GatewayLogEntry } from '../../src/local/gateway/log.ts'
import {
  createWebSocketApi,
  type WebSocketApi,
  type WebSocketApiOptions,
} from '../../src/local/gateway/websocket-api.ts'
import type {
  ConnectEvent,
  DisconnectEvent,
  MessageEvent,
} from '../../src/local/gateway/websocket-event.ts'

/** What happened, in order, for a test to await: no sleeps. */
export class Inbox<T> {
  readonly all: T[] = []
  readonly #unread: Promise<T>[] = []
  readonly #readers: ((item: T) => void)[] = []

  push(item: T): void {
    this.all.push(item)
    const reader = this.#readers.shift()
    if (reader) reader(item)
    else this.#unread.push(Promise.resolve(item))
  }

  next(): Promise<T> {
    return this.#unread.shift() ?? new Promise((resolve) => this.#readers.push(resolve))
  }

  get empty(): boolean {
    return this.#unread.length === 0
  }
}

export const OK = { statusCode: 200 }

export interface Recorder<Event> {
  events: Inbox<Event>
  handler: LambdaHandler
}

/** A handler that remembers its events and answers as told. */
export function record<Event>(
  respond: (event: Event, context: LambdaContext) => unknown = () => OK,
): Recorder<Event> {
  const events = new Inbox<Event>()
  return {
    events,
    handler: async (event: Event, context: LambdaContext) => {
      events.push(event)
      return await respond(event, context)
    },
  }
}

export interface Listener extends AsyncDisposable {
  server: Server
  port: number
}

export async function listen(
  onRequest: RequestListener,
  onUpgrade?: (req: IncomingMessage, socket: Duplex, head: Buffer) => void,
): Promise<Listener> {
  const server = createServer(onRequest)
  if (onUpgrade) server.on('upgrade', onUpgrade)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port was given')
  return {
    server,
    port: address.port,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

export interface Gateway extends AsyncDisposable {
  api: WebSocketApi
  port: number
  url: string
  connects: Inbox<ConnectEvent>
  messages: Inbox<MessageEvent>
  disconnects: Inbox<DisconnectEvent>
  log: Inbox<GatewayLogEntry>
}

export interface GatewayOptions extends Partial<WebSocketApiOptions> {
  onConnect?: (event: ConnectEvent, context: LambdaContext) => unknown
  onMessage?: (event: MessageEvent, context: LambdaContext) => unknown
  onDisconnect?: (event: DisconnectEvent, context: LambdaContext) => unknown
}

/** A WebSocket API on a port of its own, whose three standard routes record their events. */
export async function startGateway(options: GatewayOptions = {}): Promise<Gateway> {
  const connects = record<ConnectEvent>(options.onConnect)
  const messages = record<MessageEvent>(options.onMessage)
  const disconnects = record<DisconnectEvent>(options.onDisconnect)
  const log = new Inbox<GatewayLogEntry>()
  const api = createWebSocketApi({
    stage: 'local',
    log: (entry) => log.push(entry),
    ...options,
    routes: options.routes ?? {
      $connect: connects,
      $disconnect: disconnects,
      $default: messages,
    },
  })
  const listener = await listen(
    (_req, res) => res.writeHead(404).end(),
    (req, socket, head) => api.upgrade(req, socket, head),
  )
  return {
    api,
    port: listener.port,
    url: `ws://127.0.0.1:${listener.port}/local`,
    connects: connects.events,
    messages: messages.events,
    disconnects: disconnects.events,
    log,
    async [Symbol.asyncDispose]() {
      await api.close({ timeoutMs: 1_000 })
      await listener[Symbol.asyncDispose]()
    },
  }
}

export interface Client extends AsyncDisposable {
  ws: WebSocket
  frames: Inbox<string>
  closed: Promise<{ code: number; reason: string }>
}

export async function openClient(
  url: string,
  protocols: string | string[] = [],
  options: ClientOptions = {},
): Promise<Client> {
  const ws = new WebSocket(url, protocols, options)
  const frames = new Inbox<string>()
  ws.on('message', (data: Buffer) => frames.push(data.toString()))
  ws.on('error', () => undefined)
  const closed = new Promise<{ code: number; reason: string }>((resolve) => {
    ws.on('close', (code, reason) => resolve({ code, reason: reason.toString() }))
  })
  await new Promise<void>((resolve, reject) => {
    ws.once('open', resolve)
    ws.once('error', reject)
  })
  return {
    ws,
    frames,
    closed,
    async [Symbol.asyncDispose]() {
      ws.terminate()
      await closed
    },
  }
}

/** The status that a handshake gets: 101, or the refusal's. */
export async function handshakeStatus(
  url: string,
  protocols: string[] = [],
  options: ClientOptions = {},
): Promise<number | undefined> {
  const ws = new WebSocket(url, protocols, options)
  ws.on('error', () => undefined)
  try {
    return await new Promise((resolve) => {
      ws.once('open', () => resolve(101))
      ws.once('unexpected-response', (_req, res) => resolve(res.statusCode))
    })
  } finally {
    ws.terminate()
  }
}

export function upgradeHead(path: string, headers: readonly string[] = []): string {
  return [
    `GET ${path} HTTP/1.1`,
    'Host: chat.example',
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
    ...headers,
    '\r\n',
  ].join('\r\n')
}

export interface RawClient extends AsyncDisposable {
  socket: Socket
  /** All that has arrived, up to and with `text`. */
  until(text: string): Promise<string>
  closed: Promise<void>
}

/** A plain TCP client, for what a WebSocket library would not send. */
export async function openRaw(port: number): Promise<RawClient> {
  const socket = connect({ port, host: '127.0.0.1' })
  let arrived = ''
  const changed = new EventTarget()
  socket.on('data', (chunk) => {
    arrived += chunk.toString('latin1')
    changed.dispatchEvent(new Event('data'))
  })
  socket.on('error', () => undefined)
  const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()))
  await once(socket, 'connect')
  return {
    socket,
    closed,
    async until(text) {
      while (!arrived.includes(text)) await once(changed, 'data')
      return arrived
    },
    async [Symbol.asyncDispose]() {
      socket.destroy()
      await closed
    },
  }
}

/** A client's frame, masked with zeros so that the payload reads as it is. */
export function clientFrame(opcode: number, payload: Uint8Array, { fin = true } = {}): Buffer {
  const size = payload.length
  const head = Buffer.alloc(size < 126 ? 2 : size < 65_536 ? 4 : 10)
  head[0] = (fin ? 0x80 : 0) | opcode
  if (head.length === 2) head[1] = 0x80 | size
  else if (head.length === 4) {
    head[1] = 0x80 | 126
    head.writeUInt16BE(size, 2)
  } else {
    head[1] = 0x80 | 127
    head.writeBigUInt64BE(BigInt(size), 2)
  }
  return Buffer.concat([head, Buffer.alloc(4), payload])
}

/** A promise and its settling, for a handler that waits on the test. */
export function gate<T = void>(): PromiseWithResolvers<T> {
  return Promise.withResolvers<T>()
}
