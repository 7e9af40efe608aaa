import { sql } from 'kysely'
import type { UpdateProfileRequest, User } from '../../protocol/accounts.ts'
import type { Db } from '../database.ts'
import { sessionEnded } from '../errors.ts'
import { renderUser, userColumns } from './render-user.ts'
import { type Caller, getCaller } from './session.ts'

/** [A5] The caller, as they see themselves. */
export async function readProfile(db: Db, sessionId: number): Promise<User> {
  const { userId } = await getCaller(db, sessionId)
  const user = await db
    .selectFrom('users')
    .where('id', '=', userId)
    .where('deleted_at', 'is', null)
    .select(userColumns)
    .executeTakeFirst()
  if (!user) throw sessionEnded()
  return renderUser(user)
}

/** [A5] Another address has yet to be proved; the same one, in whatever case, stays proved. */
export async function updateProfile(
  db: Db,
  { userId }: Caller,
  { email, bio }: UpdateProfileRequest,
): Promise<User> {
  const user = await db
    .updateTable('users')
    .set({
      ...(bio !== undefined && { bio }),
      ...(email !== undefined && {
        email,
        email_verified_at: sql`case when lower(email) = lower(${email}) then email_verified_at end`,
      }),
    })
    .where('id', '=', userId)
    .where('deleted_at', 'is', null)
    .returning(userColumns)
    .executeTakeFirst()
  if (!user) throw sessionEnded()
  return renderUser(user)
}
