/**
 * The only table of routes. lib/ creates API Gateway's routes from it, and the local gateway uses it too. This module
 * imports nothing. HTTP routes match as in API Gateway: the most specific route comes first.
 */

/** The Lambda functions, and the module whose `handler` each of them runs. */
export const functionEntries = {
  api: 'functions/api.ts',
  admin: 'functions/admin.ts',
  connect: 'functions/connect.ts',
  disconnect: 'functions/disconnect.ts',
  sendmessage: 'functions/sendmessage.ts',
  frame: 'functions/frame.ts',
  'fan-out': 'functions/fan-out.ts',
  migrate: 'functions/migrate.ts',
  'rotate-jwt-keys': 'functions/rotate-jwt-keys.ts',
} as const

export type FunctionName = keyof typeof functionEntries

export interface HttpRoute<Name extends FunctionName = 'api' | 'admin'> {
  readonly routeKey: string
  readonly function: Name
}

/**
 * One function gets all requests. Requests with a throttle of their own have a route of their own. API Gateway
 * refuses a route that ends in a slash. So a request's last slash is removed in front of it
 * (lib/edge/api-request.js).
 */
export const httpRoutes: readonly HttpRoute<'api'>[] = [
  { routeKey: 'ANY /api/{proxy+}', function: 'api' },
  { routeKey: 'POST /api/login', function: 'api' },
  { routeKey: 'POST /api/register', function: 'api' },
]

/** The routes of a second HTTP API, on a host of its own. `{proxy+}` does not match an empty rest. */
export const adminRoutes: readonly HttpRoute<'admin'>[] = [
  { routeKey: 'ANY /admin', function: 'admin' },
  { routeKey: 'ANY /admin/{proxy+}', function: 'admin' },
]

/**
 * `$default` gets all frames except a sendmessage: the other actions, and the frames without an action, which simple
 * clients send.
 */
export const webSocketRoutes = {
  $connect: 'connect',
  $disconnect: 'disconnect',
  $default: 'frame',
  sendmessage: 'sendmessage',
} as const satisfies Readonly<Record<string, FunctionName>>

/** The functions that answer requests and sockets. Only AWS starts the others. */
export type RoutedFunctionName =
  HttpRoute['function'] | (typeof webSocketRoutes)[keyof typeof webSocketRoutes]
