import { sql } from 'kysely'
import type { UpdateProfileRequest, User } from '../../protocol/accounts.ts'
import type { Db } from '../database/database.ts'
import { sessionEnded } from '../errors.ts'
import { foldName } from '../names/fold-case.ts'
import { renderUser, userColumns } from './render-user.ts'
import type { Caller } from '../identity/caller.ts'
import { getCaller } from '../identity/session.ts'

/** [A5] The caller's own profile. */
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

/**
 * [A5] Changes the caller's profile. Another email address is not verified yet. The same address in another case stays
 * verified. This holds for ASCII letters only: a mail server may treat other letters that differ in case as different
 * addresses.
 */
export async function updateProfile(
  db: Db,
  { userId }: Caller,
  { email, bio, display_name, read_receipts }: UpdateProfileRequest,
): Promise<User> {
  const user = await db
    .updateTable('users')
    .set({
      ...(bio !== undefined && { bio }),
      ...(display_name !== undefined && { display_name }),
      ...(read_receipts !== undefined && { read_receipts }),
      ...(email !== undefined && {
        email,
        email_verified_at: sql`case when ${foldName(sql.ref('email'))} = ${foldName(sql.val(email))} then email_verified_at end`,
      }),
    })
    .where('id', '=', userId)
    .where('deleted_at', 'is', null)
    .returning(userColumns)
    .executeTakeFirst()
  if (!user) throw sessionEnded()
  return renderUser(user)
}
