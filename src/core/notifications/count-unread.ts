import { type RawBuilder, sql } from 'kysely'
import { unreadMax } from '../../protocol/limits.ts'
import type { Db, Trx } from '../database/database.ts'

/**
 * The rows of `page`, each with the number of its user's unread notifications. `page` must have the columns `user_id`
 * and `connection_id`. The notifications of a user are counted once, even if the user has several rows.
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

/** The number of a user's unread notifications, counted up to `unreadMax`. */
export async function countUnreadNotifications(db: Db | Trx, userId: number): Promise<number> {
  const { rows } = await sql<{ unread: number }>`
    select unread_notifications_v1(${userId}, ${sql.lit(unreadMax)}) as unread`.execute(db)
  return rows[0]!.unread
}
