import { Hono } from 'hono'
import { loginRequest, refreshRequest, registerRequest } from '../../../src/protocol/accounts.ts'
import { login } from '../../../src/core/accounts/login.ts'
import { revokeSession } from '../../../src/core/accounts/logout.ts'
import { refresh } from '../../../src/core/accounts/refresh.ts'
import { register } from '../../../src/core/accounts/register.ts'
import { getCaller } from '../../../src/core/accounts/session.ts'
import { endSockets } from '../../../src/core/connections/end-sockets.ts'
import { sessionEnded } from '../../../src/core/errors.ts'
import type { Runtime } from '../../runtime.ts'
import { chargeLimit } from '../limited.ts'
import { type Env, readAddress, readBody, readClient, readSession } from '../request.ts'

export function accountRoutes(runtime: Runtime): Hono<Env> {
  const { db, keys, limits } = runtime
  const routes = new Hono<Env>({ strict: false })

  routes.post('/register', async (c) => {
    const body = await readBody(c, registerRequest)
    await chargeLimit(c, runtime, `register:${readAddress(c)}`, limits.registrations)
    return c.json(await register(db, runtime, body, readClient(c)), 201)
  })

  routes.post('/login', async (c) => {
    const body = await readBody(c, loginRequest)
    await chargeLimit(c, runtime, `login:${readAddress(c)}`, limits.loginsPerAddress)
    return c.json(await login(runtime, body, readClient(c)))
  })

  routes.post('/token/refresh', async (c) => {
    const body = await readBody(c, refreshRequest)
    await chargeLimit(c, runtime, `refresh:${readAddress(c)}`, limits.refreshes)
    const refreshed = await refresh(db, keys, body.refresh)
    if ('tokens' in refreshed) return c.json(refreshed.tokens)
    await endSockets(runtime, refreshed.reusedIn)
    throw sessionEnded()
  })

  routes.post('/logout', async (c) => {
    const { sessionId } = readSession(c, runtime)
    await getCaller(db, sessionId)
    await revokeSession(db, sessionId)
    await endSockets(runtime, sessionId)
    return c.body(null, 204)
  })

  return routes
}
