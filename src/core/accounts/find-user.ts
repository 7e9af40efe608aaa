import { sql } from 'kysely'
import type { Db, Trx } from '../database.ts'
import { noSuchUser } from '../errors.ts'

interface User {
  readonly id: number
  readonly username: string
}

/** A user by their name, without regard to case. */
export async function findUserByName(db: Db | Trx, username: string): Promise<User | undefined> {
  return await db
    .selectFrom('users')
    .where(sql`lower(username)`, '=', sql`lower(${username})`)
    .where('deleted_at', 'is', null)
    .select(['id', 'username'])
    .executeTakeFirst()
}

export async function getUserByName(db: Db | Trx, username: string): Promise<User> {
  const user = await findUserByName(db, username)
  if (!user) throw noSuchUser()
  return user
}
