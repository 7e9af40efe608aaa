/**
 * The one table of routes: lib/ makes API Gateway's from it, and the local gateway its own. Imports
 * nothing. HTTP routes are matched as API Gateway matches: the most specific first.
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
 * Everything goes to one function; what is throttled apart has routes of its own. API Gateway refuses a
 * route that ends in a slash: in front of it a request's last slash is taken off (lib/edge/api-request.js).
 */
export const httpRoutes: readonly HttpRoute<'api'>[] = [
  { routeKey: 'ANY /api/{proxy+}', function: 'api' },
  { routeKey: 'POST /api/login', function: 'api' },
  { routeKey: 'POST /api/register', function: 'api' },
]

/** Of an HTTP API of its own, on a host of its own. `{proxy+}` matches no empty rest. */
export const adminRoutes: readonly HttpRoute<'admin'>[] = [
  { routeKey: 'ANY /admin', function: 'admin' },
  { routeKey: 'ANY /admin/{proxy+}', function: 'admin' },
]

/** `$default` takes every frame but a sendmessage: the other actions, and the seed's frames without one. */
export const webSocketRoutes = {
  $connect: 'connect',
  $disconnect: 'disconnect',
  $default: 'frame',
  sendmessage: 'sendmessage',
} as const satisfies Readonly<Record<string, FunctionName>>

/** Those that answer requests and sockets; the others are started by AWS alone. */
export type RoutedFunctionName =
  HttpRoute['function'] | (typeof webSocketRoutes)[keyof typeof webSocketRoutes]
