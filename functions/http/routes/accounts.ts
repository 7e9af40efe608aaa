import * as operations from '../../../src/protocol/operations/accounts.ts'
import { login } from '../../../src/core/accounts/login.ts'
import { revokeSession } from '../../../src/core/accounts/logout.ts'
import { refresh } from '../../../src/core/accounts/refresh.ts'
import { register } from '../../../src/core/accounts/register.ts'
import { getCaller } from '../../../src/core/accounts/session.ts'
import { endSockets } from '../../../src/core/connections/end-sockets.ts'
import { sessionEnded } from '../../../src/core/errors.ts'
import type { Runtime } from '../../runtime.ts'
import type { OnOperation } from '../on-operation.ts'
import { readClient } from '../request.ts'

export function accountRoutes(on: OnOperation, runtime: Runtime): void {
  const { db, keys } = runtime

  on(operations.register, async ({ c, body }) => {
    return { status: 201, body: await register(db, runtime, body, readClient(c)) }
  })

  on(operations.login, async ({ c, body }) => {
    return { status: 200, body: await login(runtime, body, readClient(c)) }
  })

  on(operations.refresh, async ({ body }) => {
    const refreshed = await refresh(db, keys, body.refresh)
    if ('tokens' in refreshed) return { status: 200, body: refreshed.tokens }
    await endSockets(runtime, refreshed.reusedIn)
    throw sessionEnded()
  })

  on(operations.logout, async ({ sessionId }) => {
    await getCaller(db, sessionId)
    await revokeSession(db, sessionId)
    await endSockets(runtime, sessionId)
    return { status: 204 }
  })
}
