import { sql } from 'kysely'
import { unreadMax } from '../../protocol/limits.ts'
import type { Db, Trx } from '../database/database.ts'

/** How many of a user's notifications are unread, counted to a limit. */
export async function countUnread(db: Db | Trx, userId: number): Promise<number> {
  const { rows } = await sql<{ unread: number }>`
    select unread_notifications_v1(${userId}, ${sql.lit(unreadMax)}) as unread`.execute(db)
  return rows[0]!.unread
}
