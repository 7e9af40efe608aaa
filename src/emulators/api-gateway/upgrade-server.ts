import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { type WebSocket, WebSocketServer } from 'ws'
import type { WebSocketLimits } from './limits.ts'

export interface UpgradeServer {
  /** Answers 101 with only the given subprotocol. Returns undefined if the client has left in the meantime. */
  complete(
    req: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    subprotocol: string | undefined,
  ): WebSocket | undefined
  /** Resolves when every socket has closed. Each of them has been told to close, or its close timer destroys it. */
  drained(): Promise<void>
}

/** The part of `ws` that we use: handshakes on given sockets, without extensions. */
export function createUpgradeServer(
  limits: Pick<WebSocketLimits, 'messageBytes' | 'closeHandshakeMs'>,
): UpgradeServer {
  const subprotocols = new WeakMap<IncomingMessage, string>()
  const options = {
    noServer: true,
    perMessageDeflate: false,
    // The session answers pings, because it counts them.
    autoPong: false,
    maxPayload: limits.messageBytes,
    closeTimeout: limits.closeHandshakeMs,
    // API Gateway echoes the subprotocol that the handler returned, not the one that the client offered.
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
      // The callback runs before this call returns, or not at all.
      server.handleUpgrade(req, socket, head, (ws) => {
        upgraded = ws
      })
      return upgraded
    },
    drained: () => new Promise((resolve) => server.close(() => resolve())),
  }
}
