import { sql } from 'kysely'
import type { LoginRequest } from '../../protocol/accounts.ts'
import { passwordMaxBytes } from '../../protocol/limits.ts'
import type { AccountsContext } from '../context.ts'
import type { Db } from '../database.ts'
import { ChatError } from '../errors.ts'
import { foldName } from '../fold-case.ts'
import { refuseOver, takeToken } from '../limits/limit.ts'
import { userColumns } from './render-user.ts'

type Account = NonNullable<Awaited<ReturnType<typeof findUserToLogIn>>>

/**
 * [A2] Whose name and password these are; throws alike, after the same work, for an unknown user and a
 * wrong password. The caller has charged the address; here the account is charged, before the costly
 * comparison.
 */
export async function checkCredentials(
  { db, passwords, limits }: Pick<AccountsContext, 'db' | 'passwords' | 'limits'>,
  request: LoginRequest,
  address: string,
): Promise<Account> {
  const user = await findUserToLogIn(db, request.username, address)
  // From an address where the user is logged in, the account has a bucket of its own: whoever tries
  // passwords from elsewhere does not lock its owner out. The bucket of an account goes by its id,
  // which no made-up username can spell.
  const where = user?.is_known_address ? `@${address}` : ''
  const bucket = user ? `account:${user.id}${where}` : `name:${request.username.toLowerCase()}`
  refuseOver(
    await takeToken(db, `login:${bucket}`, limits.loginsPerAccount),
    'too many attempts to log in to this account',
  )
  // bcrypt would cut a longer one, and find it right when it begins with the password.
  const fits = Buffer.byteLength(request.password) <= passwordMaxBytes
  const isRight = await passwords.verify(fits ? request.password : '', user?.password_hash)
  if (!user || !fits || !isRight) throw wrongPassword()
  return user
}

export function wrongPassword(): ChatError {
  return new ChatError('unauthenticated', 'wrong username or password')
}

async function findUserToLogIn(db: Db, username: string, address: string) {
  return await db
    .selectFrom('users as u')
    .where(foldName(sql.ref('u.username')), '=', foldName(sql.val(username)))
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
