import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { type ClientOptions, WebSocket } from 'ws'
import { Inbox } from './inbox.ts'

export interface Client extends AsyncDisposable {
  ws: WebSocket
  frames: Inbox<string>
  closed: Promise<{ code: number; reason: string }>
}

export async function openGatewayClient(
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

/** Returns the status of a handshake: 101, or the status of the refusal. */
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
  /** Returns everything that has arrived, up to and including `text`. */
  until(text: string): Promise<string>
  closed: Promise<void>
}

/** Opens a plain TCP client, for bytes that a WebSocket library would not send. */
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

/** Makes a client's frame, masked with zeros so that the payload stays readable. */
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
