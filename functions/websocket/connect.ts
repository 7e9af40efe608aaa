import { protocolV1 } from '../../src/protocol/socket.ts'
import { errorStatus } from '../../src/protocol/errors.ts'
import { roomName } from '../../src/protocol/rooms.ts'
import { type AccessClaims, verifyAccessToken } from '../../src/core/identity/access-token.ts'
import { tooManySockets } from '../../src/core/sockets/connect.ts'
import { createConnectQueue, type LetIn } from '../../src/core/sockets/connect-queue.ts'
import { disconnect } from '../../src/core/sockets/disconnect.ts'
import type { Pushes } from '../../src/core/push/publish.ts'
import { ChatError, noSuchRoom } from '../../src/core/errors.ts'
import { refuseOver } from '../../src/core/limits/limit.ts'
import { networkOf } from '../../src/core/limits/network-of.ts'
import { tooManyFromHere } from '../../src/core/limits/process-limits.ts'
import { withRequestId } from '../../src/core/monitoring/request-id.ts'
import { isOriginOf } from '../origins.ts'
import type { Runtime } from '../runtime.ts'
import { toChatError } from '../to-chat-error.ts'
import type { ConnectEvent, SocketResult } from './events.ts'

/** The gateway waits 29 s. Before that, a client must learn that the database does not answer. */
const answerWithinMs = 25_000

/** The parts that $connect needs. Its sender does not have to close sockets. */
type ConnectRuntime = Pushes &
  Pick<
    Runtime,
    | 'fanOut'
    | 'limits'
    | 'log'
    | 'sends'
    | 'tally'
    | 'processLimits'
    | 'keys'
    | 'readViewer'
    | 'allowedOrigins'
  >

/** The handler of $connect [W1, W2]. A status other than 2xx refuses the upgrade with this status. */
export function connect(runtime: ConnectRuntime) {
  const letIn = createConnectQueue(runtime, runtime.processLimits)
  return async (event: ConnectEvent): Promise<SocketResult> =>
    await withRequestId(event.requestContext.requestId, () => answerConnect(runtime, letIn, event))
}

async function answerConnect(
  runtime: ConnectRuntime,
  letIn: LetIn,
  event: ConnectEvent,
): Promise<SocketResult> {
  const { connectionId, requestId } = event.requestContext
  try {
    const { userId, ...request } = await readConnect(event, runtime)
    refuseOver(runtime.processLimits.connect(userId), tooManySockets)
    const entering = runtime.processLimits.forUser(userId, () =>
      letIn(userId, { connectionId, ...request }),
    )
    const roomId = await inTime(entering, () =>
      // A refused socket gets no $disconnect, so delete its connection here.
      disconnect(runtime, [connectionId]),
    )
    runtime.processLimits.opened(connectionId, userId)
    if (roomId !== undefined) runtime.sends.opened(connectionId, roomId)
    return {
      statusCode: 200,
      ...(request.subprotocol !== undefined && {
        headers: { 'Sec-WebSocket-Protocol': request.subprotocol },
      }),
    }
  } catch (error) {
    const told = toChatError(error)
    runtime.tally.count(told.code)
    if (told.code === 'internal' || told.code === 'unavailable') {
      runtime.log.error('a connect failed', { requestId, connectionId, error })
    }
    return { statusCode: errorStatus[told.code] }
  }
}

async function readConnect(event: ConnectEvent, runtime: ConnectRuntime) {
  const header = headersOf(event)
  const { sourceIp } = event.requestContext.identity
  const viewer = await runtime.readViewer({ header, sourceIp })
  checkOrigin(header('origin'), viewer.host, runtime.allowedOrigins)
  const offered = (header('sec-websocket-protocol') ?? '').split(',').map((word) => word.trim())
  const bearer = /^Bearer +(\S+)$/i.exec(header('authorization') ?? '')?.[1]
  const token = bearer ?? offered[1]
  const { sessionId, userId } = await readClaims(runtime, token, viewer.address)
  return {
    sessionId,
    userId,
    roomName: readRoomName(event.queryStringParameters?.['room']),
    isSimple: offered[0] !== protocolV1,
    address: viewer.address,
    subprotocol: offered[0] || undefined,
  }
}

/** [C6] A connect without a valid token is charged to its address. */
async function readClaims(
  { keys, processLimits }: Pick<Runtime, 'keys' | 'processLimits'>,
  token: string | undefined,
  address: string,
): Promise<AccessClaims> {
  try {
    if (!token)
      throw new ChatError(
        'unauthenticated',
        'the access token is missing: give it in Authorization or as the second subprotocol',
      )
    return await verifyAccessToken(keys, token)
  } catch (error) {
    if (error instanceof ChatError) {
      refuseOver(processLimits.anonymous(networkOf(address)), tooManyFromHere)
    }
    throw error
  }
}

/**
 * API Gateway gives header names as the client wrote them. A header in two spellings is joined, so that the handler
 * accepts neither value.
 */
function headersOf(event: ConnectEvent): (name: string) => string | undefined {
  const headers = new Map<string, string>()
  for (const [name, value = ''] of Object.entries(event.headers ?? {})) {
    const key = name.toLowerCase()
    const other = headers.get(key)
    headers.set(key, other === undefined ? value : `${other},${value}`)
  }
  return (name) => headers.get(name)
}

function readRoomName(word: string | undefined): string | undefined {
  if (word === undefined) return undefined
  const name = roomName.safeParse(word)
  if (!name.success) throw noSuchRoom()
  return name.data
}

/**
 * A page of another site must not open a socket in the name of its visitor. A client without Origin is not a
 * browser.
 */
function checkOrigin(
  origin: string | undefined,
  host: string | undefined,
  allowed: readonly string[],
): void {
  if (origin === undefined) return
  if (allowed.length > 0 ? !allowed.includes(origin) : !isOriginOf(origin, host)) {
    throw new ChatError('forbidden', `the origin ${origin} may not open sockets here`)
  }
}

/** Returns the result of `work` in time, or throws. A result that comes too late is undone. */
async function inTime<T>(work: Promise<T>, undo: () => Promise<void>): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => {
    reject(new ChatError('unavailable', 'the database does not answer: try again'))
    work.then(undo).catch(() => undefined)
  }, answerWithinMs)
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}
