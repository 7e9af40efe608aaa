import { sql } from 'kysely'
import type { Db, Trx } from '../database/database.ts'
import { noSuchUser } from '../errors.ts'
import { foldName } from './fold-case.ts'

export interface NamedUser {
  readonly id: number
  readonly username: string
  readonly display_name: string | null
}

/** A user by their username, in any case. */
export async function findUserByName(
  db: Db | Trx,
  username: string,
): Promise<NamedUser | undefined> {
  return await db
    .selectFrom('users')
    .where(foldName(sql.ref('username')), '=', foldName(sql.val(username)))
    .where('deleted_at', 'is', null)
    .select(['id', 'username', 'display_name'])
    .executeTakeFirst()
}

export async function getUserByName(db: Db | Trx, username: string): Promise<NamedUser> {
  const user = await findUserByName(db, username)
  if (!user) throw noSuchUser()
  return user
}
