import type { RegisterRequest, SignedIn } from '../../protocol/accounts.ts'
import { isUniqueViolation } from '../database/unique-violation.ts'
import type { AccountsContext } from '../context.ts'
import { ChatError } from '../errors.ts'
import { checkNewPassword } from './password-policy.ts'
import { renderUser, userColumns } from './render-user.ts'
import { beginSession, type Client } from '../identity/session.ts'

/**
 * [A1] Creates an account and its first session. It does not check whether the email address is in use, so nobody
 * learns whose it is. Only verified addresses are unique.
 */
export async function register(
  context: AccountsContext,
  request: RegisterRequest,
  client: Client,
): Promise<SignedIn> {
  await checkNewPassword(request.password, request.username, 'password')
  const keys = await context.keys()
  const passwordHash = await context.passwords.hash(request.password)
  try {
    return await context.db.transaction().execute(async (trx) => {
      const user = await trx
        .insertInto('users')
        .values({
          username: request.username,
          email: request.email,
          display_name: request.display_name ?? null,
          password_hash: passwordHash,
        })
        .returning(userColumns)
        .executeTakeFirstOrThrow()
      const account = { id: user.id, password_hash: passwordHash }
      const tokens = await beginSession(trx, keys, account, client)
      return { user: renderUser(user), ...tokens! }
    })
  } catch (error) {
    if (isUniqueViolation(error)) {
      throw new ChatError('conflict', `the username ${request.username} is taken: choose another`, {
        cause: error,
      })
    }
    throw error
  }
}
