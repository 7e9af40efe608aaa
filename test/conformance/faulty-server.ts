import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { WebSocket, WebSocketServer } from 'ws'

// oxlint-disable-next-line typescript/no-explicit-any -- frames and bodies of any form
type Json = any

/** A fault of a server. */
export interface Fault {
  /** Changes the body of a request before it arrives. */
  readonly request?: (method: string, path: string, body: Json) => Json
  /** Changes an answer. */
  readonly answer?: (
    method: string,
    path: string,
    answer: { status: number; body: Json },
  ) => { status: number; body: Json }
  /** The frames that go out instead of one object. `socket` numbers the sockets. */
  readonly push?: (frame: Json, socket: number) => Json[]
}

export interface FaultyServer extends AsyncDisposable {
  readonly url: string
}

/** Starts a server that passes everything on to another one, with a fault. */
export async function startFaultyServer(target: string, fault: Fault): Promise<FaultyServer> {
  const server = createServer(
    (incoming, outgoing) => void forward(target, fault, incoming, outgoing),
  )
  const sockets = new WebSocketServer({ noServer: true })
  let count = 0
  server.on('upgrade', (incoming, socket, head) => {
    const number = ++count
    const protocols = incoming.headers['sec-websocket-protocol']?.split(/, */) ?? []
    const { authorization, origin } = incoming.headers
    const inner = new WebSocket(target.replace(/^http/, 'ws') + (incoming.url ?? ''), protocols, {
      headers: { ...(authorization && { authorization }), ...(origin && { origin }) },
    })
    socket.on('error', () => inner.terminate())
    inner.on('error', () => socket.destroy())
    inner.on('unexpected-response', (_, response) => {
      response.resume()
      socket.end(
        `HTTP/1.1 ${response.statusCode} No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`,
      )
    })
    inner.on('open', () => {
      sockets.handleUpgrade(incoming, socket, head, (outer) => {
        outer.on('message', (data: Buffer) => inner.send(data.toString()))
        outer.on('close', () => inner.terminate())
        outer.on('error', () => undefined)
        inner.on('close', (code) => outer.close(code === 1005 || code === 1006 ? 1000 : code))
        inner.on('message', (data: Buffer) => {
          const frames: Json[] = [JSON.parse(data.toString())].flat()
          const { push = (frame: Json) => [frame] } = fault
          for (const frame of frames.flatMap((each) => push(each, number)))
            outer.send(JSON.stringify(frame))
        })
      })
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      for (const client of sockets.clients) client.terminate()
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

async function forward(
  target: string,
  fault: Fault,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  const { method = '', url: path = '', headers } = incoming
  const given = (await read(incoming)).toString()
  const json = parse(given)
  const body =
    fault.request && json !== undefined ? JSON.stringify(fault.request(method, path, json)) : given
  const { 'content-length': _, host: __, connection: ___, ...rest } = headers
  const asked = request(target + path, {
    // The path stays as it came. A URL would normalize it.
    path,
    method,
    headers: { ...rest, ...(body !== '' && { 'content-length': String(Buffer.byteLength(body)) }) },
  })
  asked.end(body)
  const [inner] = (await once(asked, 'response')) as [IncomingMessage]
  const text = (await read(inner)).toString()
  const {
    'content-length': ____,
    connection: _____,
    'transfer-encoding': ______,
    ...own
  } = inner.headers
  const answer = { status: inner.statusCode ?? 0, body: parse(text) }
  const changed = fault.answer?.(method, path, answer)
  outgoing.writeHead(changed?.status ?? answer.status, own)
  outgoing.end(changed && answer.body !== undefined ? JSON.stringify(changed.body) : text)
}

function parse(text: string): Json {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

async function read(stream: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = []
  for await (const part of stream) parts.push(part as Buffer)
  return Buffer.concat(parts)
}
