/**
 * The one table of routes: lib/ makes API Gateway's from it, and the local gateway its own. Imports
 * nothing. HTTP routes are matched as API Gateway matches: the most specific first.
 */

/** The Lambda functions, and the module whose `handler` each of them runs. */
export const functionEntries = {
  api: 'functions/http/api.ts',
  connect: 'functions/websocket/connect.ts',
  disconnect: 'functions/websocket/disconnect.ts',
  sendmessage: 'functions/websocket/sendmessage.ts',
  frame: 'functions/websocket/frame.ts',
  'fan-out': 'functions/jobs/fan-out.ts',
  migrate: 'functions/jobs/migrate.ts',
  'rotate-jwt-keys': 'functions/jobs/rotate-jwt-keys.ts',
} as const

export type FunctionName = keyof typeof functionEntries

/** Those that answer requests and sockets; the others are started by AWS alone. */
export type RoutedFunctionName = 'api' | 'connect' | 'disconnect' | 'sendmessage' | 'frame'

/**
 * Everything goes to one function; what is throttled apart has routes of its own. API Gateway refuses a
 * route that ends in a slash: in front of it a request's last slash is taken off (lib/edge/api-request.js).
 */
export const httpRoutes: readonly { routeKey: string; function: RoutedFunctionName }[] = [
  { routeKey: 'ANY /api/{proxy+}', function: 'api' },
  { routeKey: 'POST /api/login', function: 'api' },
  { routeKey: 'POST /api/register', function: 'api' },
]

/** `$default` takes every frame but a sendmessage: the other actions, and the seed's frames without one. */
export const webSocketRoutes: Readonly<Record<string, RoutedFunctionName>> = {
  $connect: 'connect',
  $disconnect: 'disconnect',
  $default: 'frame',
  sendmessage: 'sendmessage',
}
