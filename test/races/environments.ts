import { readLimits } from '../../functions/env.ts'
import { admin } from '../../functions/admin/app.ts'
import { api } from '../../functions/http/app.ts'
import { httpRoutes, type RoutedFunctionName, webSocketRoutes } from '../../functions/routes.ts'
import { createRuntime } from '../../functions/runtime.ts'
import { readPeer } from '../../functions/viewer.ts'
import { connect } from '../../functions/websocket/connect.ts'
import { disconnect } from '../../functions/websocket/disconnect.ts'
import { handleFrame } from '../../functions/websocket/handle-frame.ts'
import type { Db } from '../../src/core/database/database.ts'
import { createInlineFanOut } from '../../src/core/fan-out/inline-fan-out.ts'
import { noMetrics } from '../../src/core/monitoring/no-metrics.ts'
import { createPgDatabase } from '../../src/local/postgres/database.ts'
import { createFrontDoor } from '../../src/local/server/front-door.ts'
import { createGatewaySender } from '../../src/local/server/gateway-sender.ts'
import type { Connections } from '../../src/emulators/api-gateway/connections.ts'
import { createHttpApi } from '../../src/emulators/api-gateway/http-api.ts'
import type { LambdaHandler } from '../../src/emulators/api-gateway/invoke.ts'
import { createWebSocketApi } from '../../src/emulators/api-gateway/websocket-api.ts'
import { createSite } from '../../src/local/server/site.ts'
import { listen } from '../support/listen.ts'
import { call, type Callable } from '../support/api-client.ts'
import { testKeys } from '../support/chat-server.ts'
import type { Statement } from '../support/data-api-checker.ts'
import { createTestDatabase, type TestDatabase } from '../support/database.ts'
import { sharedPasswords } from '../support/shared-passwords.ts'
import { TestUser } from '../support/test-user.ts'

/** The parts of a running chat that the races need. A TestServer has it, too. */
export interface Chat extends AsyncDisposable, Callable {
  readonly db: Db
  readonly database: TestDatabase
  readonly log: readonly { readonly level: string; readonly message: string }[]
  readonly statements: readonly Statement[]
  register(username?: string): Promise<TestUser>
}

type Handlers = Record<RoutedFunctionName, LambdaHandler>

const limits = readLimits({
  FRAMES_PER_MINUTE: '100000',
  CONNECTS_PER_MINUTE: '100000',
  MESSAGES_PER_MINUTE: '100000',
  REPEATS_PER_MINUTE: '100000',
  ROOMS_PER_HOUR: '100000',
  ROOM_CHANGES_PER_MINUTE: '100000',
  JOINS_PER_MINUTE: '100000',
  MEMBER_CHANGES_PER_HOUR: '100000',
  SETTINGS_PER_MINUTE: '100000',
  REGISTRATIONS_PER_HOUR_AND_ADDRESS: '100000',
})

/**
 * The chat as on Lambda at its busiest: each request runs in an execution environment of its own, and the environments
 * share only the database and the gateway. So sends of one room meet in the database. One process would have queued
 * them.
 */
export async function startEnvironments(
  options: {
    readonly poolSize?: number
    readonly wrap?: (handlers: Handlers) => Partial<Handlers>
  } = {},
): Promise<Chat> {
  const database = await createTestDatabase()
  const statements: Statement[] = []
  const db = createPgDatabase({ ...database.connection, max: options.poolSize ?? 10 }, (event) => {
    statements.push({ sql: event.query.sql, parameters: event.query.parameters })
  })
  const passwords = sharedPasswords()
  const lines: { level: string; message: string; fields: unknown }[] = []
  const write = (level: string) => (message: string, fields?: Record<string, unknown>) =>
    void lines.push({ level, message, fields })
  const log = { info: write('info'), warn: write('warn'), error: write('error') }

  let connections: Connections | undefined
  const sender = createGatewaySender(
    {
      post: (id, data) => connections!.post(id, data),
      delete: (id) => connections!.delete(id),
      cut: (id) => connections!.cut(id),
      keepsUp: (id) => connections!.keepsUp(id),
    },
    log,
  )
  const environment = () =>
    createRuntime({
      db,
      sender,
      fanOut: createInlineFanOut({ db, sender }),
      passwords,
      limits,
      log,
      keys: async () => testKeys,
      readViewer: readPeer,
      metrics: noMetrics,
      allowedOrigins: [],
      adminTotp: 'optional' as const,
      chatUrl: () => 'https://chat.example.org',
    })
  const own: Handlers = {
    api: async (event: Parameters<ReturnType<typeof api>>[0]) => await api(environment())(event),
    admin: async (event: Parameters<ReturnType<typeof admin>>[0]) =>
      await admin(environment())(event),
    connect: async (event: Parameters<ReturnType<typeof connect>>[0]) =>
      await connect(environment())(event),
    disconnect: async (event: Parameters<ReturnType<typeof disconnect>>[0]) =>
      await disconnect(environment())(event),
    frame: async (event: Parameters<ReturnType<typeof handleFrame>>[0]) =>
      await handleFrame(environment())(event),
    sendmessage: async (event: Parameters<ReturnType<typeof handleFrame>>[0]) =>
      await handleFrame(environment())(event),
  }
  const handlers: Handlers = { ...own, ...options.wrap?.(own) }
  const httpApi = createHttpApi({
    routes: httpRoutes.map(({ routeKey, function: name }) => ({
      routeKey,
      handler: handlers[name],
      functionName: name,
    })),
  })
  const webSocketApi = createWebSocketApi({
    stage: 'local',
    routes: Object.fromEntries(
      Object.entries(webSocketRoutes).map(([routeKey, name]) => [
        routeKey,
        { handler: handlers[name], functionName: name },
      ]),
    ),
  })
  connections = webSocketApi.connections
  const door = createFrontDoor({
    allowedOrigins: [],
    stage: 'local',
    httpApi,
    webSocketApi,
    site: createSite(),
  })
  const listener = await listen(door.request, door.upgrade)
  const url = `http://127.0.0.1:${listener.port}`
  let names = 0
  const chat: Chat = {
    url,
    db,
    database,
    log: lines,
    statements,
    call: (method, path, body, token) => call(url, method, path, body, token),
    register: async (username = `user_${++names}`) => await TestUser.register(chat, username),
    async [Symbol.asyncDispose]() {
      await webSocketApi.close({ timeoutMs: 5_000 })
      await httpApi.close()
      await listener[Symbol.asyncDispose]()
      await db.destroy()
      await database[Symbol.asyncDispose]()
    },
  }
  return chat
}
