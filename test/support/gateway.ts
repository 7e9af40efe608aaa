import type { LambdaContext, LambdaHandler } from '../../src/emulators/api-gateway/invoke.ts'
import type { GatewayLogEntry } from '../../src/emulators/api-gateway/log.ts'
import {
  createWebSocketApi,
  type WebSocketApi,
  type WebSocketApiOptions,
} from '../../src/emulators/api-gateway/websocket-api.ts'
import type {
  ConnectEvent,
  DisconnectEvent,
  MessageEvent,
} from '../../src/emulators/api-gateway/websocket-event.ts'
import { Inbox } from './inbox.ts'
import { listen } from './listen.ts'

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

/** A promise and its settling, for a handler that waits on the test. */
export function gate<T = void>(): PromiseWithResolvers<T> {
  return Promise.withResolvers<T>()
}

/** The code and reason of the next `$disconnect`. */
export async function disconnectOf(
  gateway: Gateway,
): Promise<[number | undefined, string | undefined]> {
  const { requestContext } = await gateway.disconnects.next()
  return [requestContext.disconnectStatusCode, requestContext.disconnectReason]
}

export async function firstConnectionId(gateway: Gateway): Promise<string> {
  return (await gateway.connects.next()).requestContext.connectionId
}
