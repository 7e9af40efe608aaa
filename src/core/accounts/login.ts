import { sql } from 'kysely'
import type { LoginRequest, SignedIn } from '../../protocol/accounts.ts'
import { passwordBytes } from '../../protocol/limits.ts'
import type { AccountsContext } from '../context.ts'
import type { Db } from '../database.ts'
import { accountSuspended, ChatError } from '../errors.ts'
import { purgeFullBuckets, refuseOver, takeToken } from '../limits/limit.ts'
import { finishDeletion } from './delete-account.ts'
import { renderUser, userColumns } from './render-user.ts'
import { beginSession, type Client, purgeExpiredSessions } from './session.ts'

/** [A2] The caller has charged the address; here the account is charged, before the costly comparison. */
export async function login(
  context: AccountsContext,
  request: LoginRequest,
  client: Client,
): Promise<SignedIn> {
  const { db, passwords, limits } = context
  const keys = await context.keys()
  const user = await findUserToLogIn(db, request.username, client.address)
  // From an address where the user is logged in, the account has a bucket of its own: whoever tries
  // passwords from elsewhere does not lock its owner out. The bucket of an account goes by its id,
  // which no made-up username can spell.
  const where = user?.is_known_address ? `@${client.address}` : ''
  const bucket = user ? `account:${user.id}${where}` : `name:${request.username.toLowerCase()}`
  refuseOver(
    await takeToken(db, `login:${bucket}`, limits.loginsPerAccount),
    'too many attempts to log in to this account',
  )
  // bcrypt would cut a longer one, and find it right when it begins with the password.
  const fits = Buffer.byteLength(request.password) <= passwordBytes.max
  const isRight = await passwords.verify(fits ? request.password : '', user?.password_hash)
  if (!user || !fits || !isRight) {
    throw wrongPassword()
  }
  if (user.suspended_at) throw accountSuspended()
  await purgeExpiredSessions(db)
  await purgeFullBuckets(db)
  await finishDeletion(context)
  const tokens = await beginSession(db, keys, user, client)
  if (!tokens) throw wrongPassword()
  return { user: renderUser(user), ...tokens }
}

function wrongPassword(): ChatError {
  return new ChatError('unauthenticated', 'wrong username or password')
}

async function findUserToLogIn(db: Db, username: string, address: string) {
  return await db
    .selectFrom('users as u')
    .where(sql`lower(u.username)`, '=', sql`lower(${username})`)
    .where('u.deleted_at', 'is', null)
    .select((eb) => [
      ...userColumns.map((column) => `u.${column}` as const),
      'u.password_hash',
      'u.suspended_at',
      eb
        .exists(
          eb
            .selectFrom('sessions as s')
            .whereRef('s.user_id', '=', 'u.id')
            .where('s.address', '=', address)
            .where('s.revoked_at', 'is', null)
            .where('s.expires_at', '>', sql<Date>`now()`)
            .select(sql`1`.as('one')),
        )
        .as('is_known_address'),
    ])
    .executeTakeFirst()
}
