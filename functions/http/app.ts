import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda'
import { Hono } from 'hono'
import { ChatError } from '../../src/core/errors.ts'
import type { ApiRuntime } from '../runtime.ts'
import { toChatError } from '../to-chat-error.ts'
import { chargeAnonymous } from './limited.ts'
import { createOnOperation } from './on-operation.ts'
import { allowOrigins } from './allow-origins.ts'
import { fetchEvent } from './fetch-event.ts'
import { refuseOtherMethods } from './other-methods.ts'
import { refuseOtherSpellings } from './plain-path.ts'
import { respondWithProblem } from './problem.ts'
import { type Env, readRequestId, type RequestContext } from './request.ts'
import { announcementRoutes } from './routes/announcements.ts'
import { accountRoutes } from './routes/accounts.ts'
import { banRoutes } from './routes/bans.ts'
import { messageRoutes } from './routes/messages.ts'
import { notificationRoutes } from './routes/notifications.ts'
import { reportRoutes } from './routes/reports.ts'
import { roomRoutes } from './routes/rooms.ts'
import { searchRoutes } from './routes/search.ts'
import { secondFactorRoutes } from './routes/second-factor.ts'
import { serverRoutes } from './routes/server.ts'
import { sessionRoutes } from './routes/sessions.ts'
import { userDataRoutes } from './routes/user-data.ts'
import { userRoutes } from './routes/users.ts'
import { setViewer } from './set-viewer.ts'

/** The handler of the HTTP API. It takes an event (payload 2.0) and returns a response. */
export function api(runtime: ApiRuntime) {
  const app = createApp(runtime)
  return async (event: APIGatewayProxyEventV2): Promise<APIGatewayProxyStructuredResultV2> =>
    await fetchEvent(app, event)
}

/** [C2] The app is not strict, so a path works with and without its trailing slash. */
function createApp(runtime: ApiRuntime): Hono<Env> {
  const app = new Hono<Env>({ strict: false })
  // Each header that is added to a finished response makes hono copy the response. So these are set before.
  app.use(async (c, next) => {
    c.header('Cache-Control', 'no-store')
    c.header('X-Content-Type-Options', 'nosniff')
    c.header('X-Request-Id', readRequestId(c))
    await next()
  })
  // This comes before everything that refuses, so that pages of allowed origins can read the errors.
  if (runtime.allowedOrigins.length > 0) app.use(allowOrigins(runtime.allowedOrigins))
  app.use(setViewer(runtime.readViewer))
  // [C6] Requests without a known user are charged to their address.
  const charge = (c: RequestContext) => chargeAnonymous(c, runtime)
  app.use(refuseOtherSpellings(charge))
  const on = createOnOperation(app, runtime)
  const features = [
    serverRoutes,
    accountRoutes,
    sessionRoutes,
    secondFactorRoutes,
    userRoutes,
    userDataRoutes,
    roomRoutes,
    banRoutes,
    messageRoutes,
    searchRoutes,
    notificationRoutes,
    reportRoutes,
    announcementRoutes,
  ]
  for (const register of features) register(on, runtime)
  refuseOtherMethods(app, charge)
  app.notFound((c) => {
    charge(c)
    throw new ChatError('not_found', 'this path does not exist: see /api/docs/')
  })
  app.onError((error, c) => {
    const told = toChatError(error)
    runtime.tally.count(told.code)
    if (told.code === 'internal' || told.code === 'unavailable') {
      runtime.log.error('a request failed', {
        requestId: readRequestId(c),
        method: c.req.method,
        route: c.req.path,
        error,
      })
    }
    return respondWithProblem(c, told)
  })
  return app
}
