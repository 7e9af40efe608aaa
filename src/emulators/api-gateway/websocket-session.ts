import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { WebSocket } from 'ws'
import {
  type CloseReason,
  type GatewayConnection,
  type SocketTable,
  POLICY_VIOLATION,
} from './connections.ts'
import { createFrameMeter } from './frame-meter.ts'
import { createFrameScanner } from './frame-scanner.ts'
import { newGatewayId } from './ids.ts'
import { type ConnectionInfo, formatDisconnectEvent } from './websocket-event.ts'
import { handleMessage } from './websocket-message.ts'
import { invokeRoute, type WebSocketRuntime } from './websocket-runtime.ts'

/** The close reason of a connection that dropped without a close frame. */
export const DROPPED: CloseReason = { code: 1006, reason: 'Connection Closed Abnormally' }

const TOO_LARGE: CloseReason = { code: 1009, reason: '' }
const BINARY: CloseReason = { code: 1003, reason: '' }

/**
 * Runs a connection from its upgrade to its `$disconnect`. A connection ends only once. The first cause decides the
 * code that `$disconnect` gets: the client's close frame, a fault on the wire, a limit or a DELETE.
 */
export function openSession(
  runtime: WebSocketRuntime,
  table: SocketTable,
  opened: { info: ConnectionInfo; ws: WebSocket; socket: Duplex },
): void {
  const { ws, socket } = opened
  const { limits } = runtime
  const openedAt = performance.now()
  const cut = () => cutConnection(runtime, table, connection)
  const unsent = runtime.unsent.open(cut)
  const received = runtime.received.open(cut)
  /**
   * Bytes of the message that is arriving, including the rest of the packet in which it began, and bytes of the
   * messages that are being handled.
   */
  const bytes = { arriving: 0, handled: 0 }
  const countReceived = () => received.hold(socket.destroyed ? 0 : bytes.arriving + bytes.handled)
  const connection: GatewayConnection = {
    ...opened,
    openedAt,
    lastActiveAt: openedAt,
    heardAt: -Infinity,
    messagesInFlight: 0,
    isFlood: false,
    unfinishedSince: undefined,
    countUnsent: () => unsent.hold(socket.destroyed ? 0 : socket.writableLength),
  }
  const meter = createFrameMeter(limits, {
    onIgnored: () => {
      const { connectionId } = opened.info
      runtime.log({ type: 'message', requestId: newGatewayId(), connectionId, status: 429 })
    },
    onFlood: () => {
      closeWebSocket(runtime, table, connection, POLICY_VIOLATION)
      connection.isFlood = true
      // Nothing more is read, not even the answer to our close frame. A flood is expensive because it is read.
      ws.pause()
    },
  })
  const scanner = createFrameScanner(limits.frameBytes)
  let count = 0
  let allowed = Infinity
  table.add(connection)

  // This listener comes before that of `ws`. So messages before an oversized frame are still handled, but the frame
  // is not.
  const scan = (chunk: Buffer) => {
    const { messages, fragments } = scanner
    const before = scanner.scan(chunk)
    for (let n = fragments; n < scanner.fragments && ws.readyState === WebSocket.OPEN; n += 1) {
      meter.take()
    }
    if (!scanner.isUnfinished) {
      connection.unfinishedSince = undefined
      bytes.arriving = 0
    } else if (scanner.messages > messages || connection.unfinishedSince === undefined) {
      connection.unfinishedSince = performance.now()
      bytes.arriving = chunk.length
    } else bytes.arriving += chunk.length
    countReceived()
    if (before === undefined) return
    allowed = before
    socket.off('data', scan)
    process.nextTick(closeWebSocket, runtime, table, connection, TOO_LARGE)
  }
  socket.prependListener('data', scan)

  ws.on('message', (data: Buffer, isBinary: boolean) => {
    count += 1
    if (count > allowed || ws.readyState !== WebSocket.OPEN || !meter.take()) return
    if (isBinary) {
      closeWebSocket(runtime, table, connection, BINARY)
      return
    }
    connection.lastActiveAt = performance.now()
    connection.heardAt = connection.lastActiveAt
    bytes.handled += data.length
    countReceived()
    const handling = receive(runtime, table, connection, data.toString())
    runtime.inFlight.track(
      handling.finally(() => {
        bytes.handled -= data.length
        countReceived()
      }),
    )
  })
  ws.on('ping', (data) => {
    if (ws.readyState !== WebSocket.OPEN || !meter.take()) return
    // A client that does not read its pongs gets no more of them.
    if (socket.writableLength + data.length > limits.bufferedBytes) return
    // The data is copied, because waiting data would keep the memory of its whole packet.
    const echo = Buffer.allocUnsafeSlow(data.length)
    data.copy(echo)
    ws.pong(echo, false, connection.countUnsent)
    connection.countUnsent()
  })
  ws.on('pong', () => {
    if (ws.readyState === WebSocket.OPEN) meter.take()
  })
  ws.on('error', (error) => {
    // `ws` has sent the matching close frame. A socket error is followed by 'close' with 1006.
    const code = wireFaultCode(error)
    if (code !== undefined) endConnection(runtime, table, connection, { code, reason: '' })
  })
  ws.on('close', (code, reason) => {
    socket.off('data', scan)
    unsent.hold(0)
    received.hold(0)
    endConnection(runtime, table, connection, closeReasonOf(code, reason.toString()))
  })
}

/** Ends a connection from the server's side. The client gets a close frame, and the handler gets `$disconnect`. */
export function closeWebSocket(
  runtime: WebSocketRuntime,
  table: SocketTable,
  connection: GatewayConnection,
  why: CloseReason,
): void {
  if (!endConnection(runtime, table, connection, why)) return
  connection.ws.close(why.code, why.reason)
}

/**
 * Ends a connection without a close frame, and frees its waiting data. It resets the connection, because after an
 * orderly end the kernel would keep for minutes what the client has not read.
 */
export function cutConnection(
  runtime: WebSocketRuntime,
  table: SocketTable,
  connection: GatewayConnection,
): void {
  endConnection(runtime, table, connection, DROPPED)
  const { socket, ws } = connection
  if (socket instanceof Socket) socket.resetAndDestroy()
  ws.terminate()
}

/** Runs `$disconnect`. Its result is ignored. Never rejects. */
export async function runDisconnect(
  runtime: WebSocketRuntime,
  info: ConnectionInfo,
  why: CloseReason,
): Promise<void> {
  const startedAt = performance.now()
  const stamp = { requestId: newGatewayId(), epochMs: runtime.now() }
  const outcome = await invokeRoute(runtime, '$disconnect', formatDisconnectEvent(info, stamp, why))
  runtime.log({
    type: 'disconnect',
    requestId: stamp.requestId,
    connectionId: info.connectionId,
    routeKey: '$disconnect',
    status: why.code,
    durationMs: performance.now() - startedAt,
    ...(outcome.kind !== 'returned' && { error: outcome.error }),
  })
}

function endConnection(
  runtime: WebSocketRuntime,
  table: SocketTable,
  connection: GatewayConnection,
  why: CloseReason,
): boolean {
  if (!table.remove(connection)) return false
  runtime.inFlight.track(runDisconnect(runtime, connection.info, why))
  return true
}

async function receive(
  runtime: WebSocketRuntime,
  table: SocketTable,
  connection: GatewayConnection,
  body: string,
): Promise<void> {
  const { ws } = connection
  connection.messagesInFlight += 1
  if (connection.messagesInFlight >= runtime.limits.concurrentMessages) ws.pause()
  await handleMessage(runtime, table, connection, body)
  connection.messagesInFlight -= 1
  const isFree = connection.messagesInFlight < runtime.limits.concurrentMessages
  if (ws.isPaused && isFree && !connection.isFlood) ws.resume()
}

function closeReasonOf(code: number, reason: string): CloseReason {
  if (code === 1006) return DROPPED
  if (code === 1005) return { code, reason: 'Client-side close frame status not set' }
  return { code, reason }
}

const WIRE_FAULTS: Readonly<Record<string, number>> = {
  WS_ERR_UNSUPPORTED_MESSAGE_LENGTH: 1009,
  WS_ERR_UNSUPPORTED_DATA_PAYLOAD_LENGTH: 1009,
  WS_ERR_INVALID_UTF8: 1007,
  WS_ERR_TOO_MANY_BUFFERED_PARTS: 1008,
}

function wireFaultCode({ code = '' }: Error & { code?: string }): number | undefined {
  return WIRE_FAULTS[code] ?? (code.startsWith('WS_ERR_') ? 1002 : undefined)
}
