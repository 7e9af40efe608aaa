/**
 * The one table of routes. lib/ makes the routes of API Gateway from it, and the local gateway uses it, too. This
 * module imports nothing. HTTP routes are matched as in API Gateway: the most specific route wins.
 */

/** The Lambda functions, each with the module that exports its `handler`. */
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
 * All routes go to one function. Paths with a throttle of their own have their own routes. API Gateway refuses a
 * route that ends in a slash, so lib/edge/api-request.js removes the last slash of a request's path.
 */
export const httpRoutes: readonly HttpRoute<'api'>[] = [
  { routeKey: 'ANY /api/{proxy+}', function: 'api' },
  { routeKey: 'POST /api/login', function: 'api' },
  { routeKey: 'POST /api/register', function: 'api' },
]

/** The routes of a separate HTTP API, on its own host. `{proxy+}` does not match an empty rest. */
export const adminRoutes: readonly HttpRoute<'admin'>[] = [
  { routeKey: 'ANY /admin', function: 'admin' },
  { routeKey: 'ANY /admin/{proxy+}', function: 'admin' },
]

/** `$default` takes every frame but `sendmessage`: the other actions, and frames without an action. */
export const webSocketRoutes = {
  $connect: 'connect',
  $disconnect: 'disconnect',
  $default: 'frame',
  sendmessage: 'sendmessage',
} as const satisfies Readonly<Record<string, FunctionName>>

/** The functions that answer requests and sockets. Only AWS starts the others. */
export type RoutedFunctionName =
  HttpRoute['function'] | (typeof webSocketRoutes)[keyof typeof webSocketRoutes]
