import { sql } from 'kysely'
import type { ReadNotificationsRequest, UnreadCount } from '../../protocol/notifications.ts'
import { notificationDays } from '../../protocol/limits.ts'
import { getCaller } from '../identity/session.ts'
import { readSockets, sendTo } from '../push/publish.ts'
import type { ChatContext } from '../context.ts'
import { countUnreadNotifications } from './count-unread.ts'

/** [N1] Marks all or some of the caller's notifications as read. Ids of other users' notifications are ignored [C7]. */
export async function readNotifications(
  context: ChatContext,
  sessionId: number,
  { ids }: ReadNotificationsRequest,
): Promise<UnreadCount> {
  const { db } = context
  const { userId } = await getCaller(db, sessionId)
  const wanted = ids
    ? sql`o.id in (select cast(x.id as bigint)
                     from jsonb_array_elements_text(cast(${JSON.stringify(ids)} as jsonb)) x(id))`
    : sql`true`
  const { rows: read } = await sql<{ id: number }>`
    update notifications n set read_at = now()
     where n.user_id = ${userId} and n.id in (
       select o.id from notifications o
        where o.user_id = ${userId} and o.read_at is null and ${wanted}
        order by o.id for update)
    returning n.id`.execute(db)
  const unread = await countUnreadNotifications(db, userId)
  if (read.length > 0) {
    await sql`select purge_notifications_v1(${sql.lit(notificationDays)}) as purged`.execute(db)
    const which = ids ? { ids: read.map(({ id }) => id) } : { all: true as const }
    await sendTo(
      context,
      { type: 'notifications.read', ...which, unread },
      await readSockets(db, userId),
    )
  }
  return { unread }
}
