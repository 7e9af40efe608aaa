import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { type WebSocket, WebSocketServer } from 'ws'
import type { WebSocketLimits } from './limits.ts'

export interface UpgradeServer {
  /** Answers 101 with just the subprotocol given. Undefined when the client has left meanwhile. */
  complete(
    req: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    subprotocol: string | undefined,
  ): WebSocket | undefined
  /** Resolves when every socket has closed; each has been told to, or is destroyed by its close timer. */
  drained(): Promise<void>
}

/** The part of `ws` that we use: handshakes on sockets handed to us, and no extension. */
export function createUpgradeServer(
  limits: Pick<WebSocketLimits, 'messageBytes' | 'closeHandshakeMs'>,
): UpgradeServer {
  const subprotocols = new WeakMap<IncomingMessage, string>()
  const options = {
    noServer: true,
    perMessageDeflate: false,
    // The session answers pings: it counts them.
    autoPong: false,
    maxPayload: limits.messageBytes,
    closeTimeout: limits.closeHandshakeMs,
    // API Gateway echoes what the handler returned, not what the client offered.
    handleProtocols: (): false => false,
  }
  const server = new WebSocketServer(options)
  server.on('headers', (headers, req) => {
    const subprotocol = subprotocols.get(req)
    if (subprotocol !== undefined) headers.push(`Sec-WebSocket-Protocol: ${subprotocol}`)
  })

  return {
    complete(req, socket, head, subprotocol) {
      if (subprotocol !== undefined) subprotocols.set(req, subprotocol)
      let upgraded: WebSocket | undefined
      // Calls back before it returns, or not at all.
      server.handleUpgrade(req, socket, head, (ws) => {
        upgraded = ws
      })
      return upgraded
    },
    drained: () => new Promise((resolve) => server.close(() => resolve())),
  }
}
