import * as operations from '../../../src/protocol/operations/accounts.ts'
import { changePassword } from '../../../src/core/accounts/change-password.ts'
import { deleteAccount } from '../../../src/core/accounts/delete-account.ts'
import { login } from '../../../src/core/accounts/login.ts'
import { readProfile, updateProfile } from '../../../src/core/accounts/profile.ts'
import { refresh } from '../../../src/core/identity/refresh.ts'
import { register } from '../../../src/core/accounts/register.ts'
import { endSockets } from '../../../src/core/push/end-sockets.ts'
import { sessionEnded } from '../../../src/core/errors.ts'
import type { ApiRuntime } from '../../runtime.ts'
import type { OnOperation } from '../on-operation.ts'
import { checkPage, giveTokens, readRefreshCookie } from '../refresh-cookie.ts'
import { readAddress, readClient } from '../request.ts'

export function accountRoutes(on: OnOperation, runtime: ApiRuntime): void {
  const { db, keys } = runtime

  on(operations.register, async ({ c, body }) => {
    if (body.refresh_in === 'cookie') checkPage(c, runtime)
    const signedIn = await register(runtime, body, readClient(c))
    return { status: 201, body: giveTokens(c, body.refresh_in, signedIn) }
  })
  on(operations.login, async ({ c, body }) => {
    if (body.refresh_in === 'cookie') checkPage(c, runtime)
    const signedIn = await login(runtime, body, readClient(c))
    return { status: 200, body: giveTokens(c, body.refresh_in, signedIn) }
  })
  on(operations.refresh, async ({ c, body }) => {
    const refreshIn = body.refresh === undefined ? 'cookie' : 'body'
    const token = body.refresh ?? readRefreshCookie(c, runtime)
    const refreshed = await refresh(db, keys, token, readAddress(c))
    if ('tokens' in refreshed) {
      return { status: 200, body: giveTokens(c, refreshIn, refreshed.tokens) }
    }
    await endSockets(runtime, refreshed.reusedBy)
    throw sessionEnded()
  })

  on(operations.readProfile, async ({ sessionId }) => {
    return { status: 200, body: await readProfile(db, sessionId) }
  })
  on(operations.updateProfile, async ({ caller, body }) => {
    return { status: 200, body: await updateProfile(db, caller, body) }
  })
  on(operations.changePassword, async ({ sessionId, body }) => {
    await changePassword(runtime, sessionId, body)
    return { status: 204 }
  })
  on(operations.deleteAccount, async ({ sessionId, body }) => {
    await deleteAccount(runtime, sessionId, body)
    return { status: 204 }
  })
}
