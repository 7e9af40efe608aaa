import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda'
import { Hono } from 'hono'
import { ChatError } from '../../src/core/errors.ts'
import { createProcessLimits } from '../../src/core/limits/process-limits.ts'
import { fetchEvent } from '../http/fetch-event.ts'
import { chargeAnonymous, readNetwork } from '../http/limited.ts'
import { refuseOtherMethods } from '../http/other-methods.ts'
import { refuseOtherSpellings } from '../http/plain-path.ts'
import { type Env, readRequestId } from '../http/request.ts'
import { setViewer } from '../http/set-viewer.ts'
import type { AdminRuntime } from '../runtime.ts'
import { respondWithError } from './error-page.ts'
import { createPages } from './pages.ts'
import { announcementPages } from './routes/announcements.ts'
import { auditPages } from './routes/audit.ts'
import { bulkPages } from './routes/bulk.ts'
import { connectionPages } from './routes/connections.ts'
import { exportPages } from './routes/exports.ts'
import { heldPages } from './routes/held.ts'
import { noticePages } from './routes/notices.ts'
import { overviewPage } from './routes/overview.ts'
import { passwordRoute } from './routes/password.ts'
import { reportPages } from './routes/reports.ts'
import { roomLimitPages } from './routes/room-limits.ts'
import { roomPages } from './routes/rooms.ts'
import { secondFactorPages } from './routes/second-factor.ts'
import { signInPages } from './routes/sign-in.ts'
import { userDataPages } from './routes/user-data.ts'
import { userPages } from './routes/users.ts'
import { style, stylePath } from './style.ts'

/** The handler of the admin's pages. It takes an event (payload 2.0) and returns a page. */
export function admin(runtime: AdminRuntime) {
  const app = createAdminApp(runtime)
  return async (event: APIGatewayProxyEventV2): Promise<APIGatewayProxyStructuredResultV2> =>
    await fetchEvent(app, event)
}

/** The pages. The server renders them, and they need no script. Paths work with and without a trailing slash. */
export function createAdminApp(runtime: AdminRuntime): Hono<Env> {
  const app = new Hono<Env>({ strict: false })
  app.use(async (c, next) => {
    await next()
    for (const [name, value] of Object.entries(headers)) c.header(name, value)
    c.header('Cache-Control', c.req.path === stylePath ? 'private, max-age=31536000' : 'no-store')
    c.header('X-Request-Id', readRequestId(c))
  })
  app.use(setViewer(runtime.readViewer))
  app.get(stylePath, (c) => c.body(style, 200, { 'Content-Type': 'text/css; charset=utf-8' }))
  // This comes before any database query, because anybody can make up a cookie. The limit fits one person who clicks.
  const limits = createProcessLimits(runtime.limits)
  app.use(async (c, next) => {
    chargeAnonymous(c, { processLimits: limits })
    return await limits.forAddress(readNetwork(c), next)
  })
  app.use(refuseOtherSpellings(() => undefined))
  signInPages(app, runtime)
  const pages = createPages(app, runtime)
  for (const register of [
    overviewPage,
    // These come before the pages of a user, which match any word after the id.
    userDataPages,
    // These come before the pages of single rows, which match any word after the list.
    exportPages,
    bulkPages,
    userPages,
    // These come before the pages of a room, which match any word after the id.
    roomLimitPages,
    roomPages,
    connectionPages,
    reportPages,
    heldPages,
    noticePages,
    announcementPages,
    auditPages,
    secondFactorPages,
    passwordRoute,
  ]) {
    register(pages, runtime)
  }
  refuseOtherMethods(app)
  app.notFound((c) =>
    respondWithError(c, runtime, new ChatError('not_found', 'this page does not exist')),
  )
  app.onError((error, c) => respondWithError(c, runtime, error))
  return app
}

const headers = {
  // The pages have no scripts, and load nothing from other hosts.
  'Content-Security-Policy':
    "default-src 'none'; style-src 'self'; img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  'X-Frame-Options': 'DENY',
  'X-Content-Type-Options': 'nosniff',
  // With no-referrer, browsers would not send the Origin of a form either.
  'Referrer-Policy': 'same-origin',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
}
