import type { LoginRequest, SignedIn } from '../../protocol/accounts.ts'
import type { AccountsContext } from '../context.ts'
import { purgeFullBuckets } from '../limits/limit.ts'
import { networkOf } from '../limits/network-of.ts'
import { checkCode, checkCredentials, wrongPassword } from './check-credentials.ts'
import { finishDeletion } from './finish-deletion.ts'
import { forgiveAttempt } from './login-attempt.ts'
import { renderUser } from './render-user.ts'
import { renewHash } from './renew-hash.ts'
import { beginSession, type Client, purgeExpiredSessions } from '../identity/session.ts'
import { suspended } from '../identity/suspension.ts'

/**
 * [A2, A8] Logs a user in and begins a session. The caller has charged the address. If the password's hash changed in
 * the meantime, everything is checked once more, because another login may have renewed the hash.
 */
export async function login(
  context: AccountsContext,
  request: LoginRequest,
  client: Client,
  before?: { readonly isCodeUsed: boolean },
): Promise<SignedIn> {
  const { db } = context
  const keys = await context.keys()
  const network = networkOf(client.address)
  const { user, attempt } = await checkCredentials(context, 'login', request, network)
  await forgiveAttempt(db, attempt)
  if (user.suspended_at) throw suspended(user)
  // A code is valid once, and the first check has used it.
  if (user.has_second_factor && !before?.isCodeUsed) {
    await checkCode(context, user, network, request.code)
  }
  await purgeExpiredSessions(db)
  await purgeFullBuckets(db)
  await finishDeletion(context)
  const tokens = await beginSession(db, keys, user, client)
  if (!tokens) {
    if (before) throw wrongPassword()
    return await login(context, request, client, { isCodeUsed: user.has_second_factor })
  }
  await renewHash(context, user, request.password)
  return { user: renderUser(user), ...tokens }
}
