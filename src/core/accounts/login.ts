import type { LoginRequest, SignedIn } from '../../protocol/accounts.ts'
import type { AccountsContext } from '../context.ts'
import { purgeFullBuckets } from '../limits/limit.ts'
import { networkOf } from '../limits/network-of.ts'
import { checkCode, checkCredentials, wrongPassword } from './check-credentials.ts'
import { finishDeletion } from './finish-deletion.ts'
import { forgiveAttempt } from './login-attempt.ts'
import { renderUser } from './render-user.ts'
import { beginSession, type Client, purgeExpiredSessions } from './session.ts'
import { suspended } from './suspension.ts'

/** [A2, A8] Begins a session. The caller has charged the address. */
export async function login(
  context: AccountsContext,
  request: LoginRequest,
  client: Client,
): Promise<SignedIn> {
  const { db } = context
  const keys = await context.keys()
  const network = networkOf(client.address)
  const { user, attempt } = await checkCredentials(context, 'login', request, network)
  await forgiveAttempt(db, attempt)
  if (user.suspended_at) throw suspended(user)
  if (user.has_second_factor) await checkCode(context, user, network, request.code)
  await purgeExpiredSessions(db)
  await purgeFullBuckets(db)
  await finishDeletion(context)
  const tokens = await beginSession(db, keys, user, client)
  if (!tokens) throw wrongPassword()
  return { user: renderUser(user), ...tokens }
}
