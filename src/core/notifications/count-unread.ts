import { type RawBuilder, sql } from 'kysely'
import { unreadMax } from '../../protocol/limits.ts'
import type { Db, Trx } from '../database/database.ts'

/**
 * The rows of `page`, which has a `user_id` and a `connection_id`, each with how many notifications of its user are
 * unread. A user is counted once, however many rows they have.
 */
export function withUnread(page: RawBuilder<unknown>) {
  return sql`
    with page as (${page})
    select page.*, counted.unread
      from page
      join (select u.user_id, unread_notifications_v1(u.user_id, ${sql.lit(unreadMax)}) as unread
              from (select distinct user_id from page) u) counted on counted.user_id = page.user_id
     order by page.user_id, page.connection_id`
}

/** How many of a user's notifications are unread, counted to a limit. */
export async function countUnread(db: Db | Trx, userId: number): Promise<number> {
  const { rows } = await sql<{ unread: number }>`
    select unread_notifications_v1(${userId}, ${sql.lit(unreadMax)}) as unread`.execute(db)
  return rows[0]!.unread
}
