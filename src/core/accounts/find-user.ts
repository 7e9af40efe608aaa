import { sql } from 'kysely'
import type { Db, Trx } from '../database.ts'
import { noSuchUser } from '../errors.ts'

/** A user by their name, without regard to case. */
export async function getUserByName(
  db: Db | Trx,
  username: string,
): Promise<{ id: number; username: string }> {
  const user = await db
    .selectFrom('users')
    .where(sql`lower(username)`, '=', sql`lower(${username})`)
    .where('deleted_at', 'is', null)
    .select(['id', 'username'])
    .executeTakeFirst()
  if (!user) throw noSuchUser()
  return user
}
