import type { LambdaContext, LambdaHandler } from '../../src/emulators/api-gateway/invoke.ts'
import type { GatewayLogEntry } from '../../src/emulators/api-gateway/log.ts'
import {
  createWebSocketApi,
  type WebSocketApiEmulator,
  type WebSocketApiOptions,
} from '../../src/emulators/api-gateway/websocket-api.ts'
import type {
  GatewayConnectEvent,
  GatewayDisconnectEvent,
  MessageEvent,
} from '../../src/emulators/api-gateway/websocket-event.ts'
import { Inbox } from './inbox.ts'
import { listen } from './listen.ts'

export const OK = { statusCode: 200 }

export interface Recorder<Event> {
  events: Inbox<Event>
  handler: LambdaHandler
}

/** Makes a handler that records its events and answers as `respond` says. */
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

export interface Gateway extends AsyncDisposable {
  api: WebSocketApiEmulator
  port: number
  url: string
  connects: Inbox<GatewayConnectEvent>
  messages: Inbox<MessageEvent>
  disconnects: Inbox<GatewayDisconnectEvent>
  log: Inbox<GatewayLogEntry>
}

export interface GatewayOptions extends Partial<WebSocketApiOptions> {
  onConnect?: (event: GatewayConnectEvent, context: LambdaContext) => unknown
  onMessage?: (event: MessageEvent, context: LambdaContext) => unknown
  onDisconnect?: (event: GatewayDisconnectEvent, context: LambdaContext) => unknown
}

/** Starts a WebSocket API on a port of its own. Its three standard routes record their events. */
export async function startGateway(options: GatewayOptions = {}): Promise<Gateway> {
  const connects = record<GatewayConnectEvent>(options.onConnect)
  const messages = record<MessageEvent>(options.onMessage)
  const disconnects = record<GatewayDisconnectEvent>(options.onDisconnect)
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

/** A promise with its functions, for a handler that waits for the test. */
export function gate<T = void>(): PromiseWithResolvers<T> {
  return Promise.withResolvers<T>()
}

/** Returns the code and reason of the next `$disconnect`. */
export async function disconnectOf(
  gateway: Gateway,
): Promise<[number | undefined, string | undefined]> {
  const { requestContext } = await gateway.disconnects.next()
  return [requestContext.disconnectStatusCode, requestContext.disconnectReason]
}

export async function firstConnectionId(gateway: Gateway): Promise<string> {
  return (await gateway.connects.next()).requestContext.connectionId
}
