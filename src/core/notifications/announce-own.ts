/** [N1] Notifications without a room. They tell users of an admin's decision about something that they did. */
import { sql } from 'kysely'
import { unreadMax } from '../../protocol/limits.ts'
import type { NotificationKind } from '../../protocol/notifications.ts'
import { type Pushes, recipientsAsked } from '../push/publish.ts'
import { sendToUsers } from '../push/send-to-users.ts'
import { newNotification, renderNotification } from './render-notification.ts'

/** A new row of `notifications`. */
export interface OwnNotification {
  readonly id: number
  readonly user_id: number
  readonly kind: NotificationKind
  readonly text: string | null
  readonly created_at: Date
}

interface Socket {
  readonly user_id: number
  readonly connection_id: string
  readonly unread: number
}

/**
 * Announces notifications after their commit, to as many connections as one handler sends to. Users of further
 * connections find the notifications in their lists.
 */
export async function announceOwn(
  context: Pushes,
  notifications: readonly OwnNotification[],
): Promise<void> {
  if (notifications.length === 0) return
  const ids = JSON.stringify(notifications.map(({ user_id }) => user_id))
  const { rows } = await sql<Socket>`
    with heard as materialized (
      select c.user_id, c.id from connections c
       where c.user_id in (
         select cast(x.id as bigint) from jsonb_array_elements_text(cast(${ids} as jsonb)) x(id))
         and not c.simple and c.expires_at > now()
       limit ${sql.lit(recipientsAsked)}),
    counted as materialized (
      select u.user_id, unread_notifications_v1(u.user_id, ${sql.lit(unreadMax)}) as unread
        from (select distinct heard.user_id from heard) u)
    select heard.user_id, heard.id as connection_id, counted.unread
      from heard join counted on counted.user_id = heard.user_id`.execute(context.db)
  const byUser = Map.groupBy(notifications, ({ user_id }) => user_id)
  await sendToUsers(context, rows, ({ user_id, unread }) =>
    byUser.get(user_id)!.map((row) => ({
      type: 'notification' as const,
      ...renderNotification({
        ...row,
        // The row's user is the recipient. The notification itself names no user.
        ...newNotification,
        text: row.text,
      }),
      unread,
    })),
  )
}
