import { sql } from 'kysely'
import type { Notification, NotificationPage } from '../../protocol/notifications.ts'
import { previewMaxCodePoints } from '../../protocol/limits.ts'
import { getCaller } from '../identity/session.ts'
import type { Db } from '../database/database.ts'
import { type ListPage, type PageRequest, seek, toPage } from '../paging.ts'
import { directTitle, memberTitle } from '../names/room-titles.ts'
import { countUnreadNotifications } from './count-unread.ts'
import { type StoredNotification, renderNotification } from './render-notification.ts'

/**
 * [N1] The caller's notifications, the newest first. They are rendered as things are now. Left out are notifications of
 * rooms that the caller has left, from users whom the caller has blocked, and of deleted messages. An erased user has
 * no name.
 */
export async function listNotifications(
  db: Db,
  sessionId: number,
  filter: { readonly unread: boolean },
  request: PageRequest,
): Promise<ListPage<Notification> & Pick<NotificationPage, 'unread'>> {
  const { userId } = await getCaller(db, sessionId)
  const { position, order, limit } = seek('n.id', 'desc', request)
  const wanted = filter.unread ? sql`n.read_at is null` : sql`true`
  const { rows } = await sql<StoredNotification>`
    select n.id, n.kind, n.room_id,
           case when r.kind = 'direct' and n.kind <> 'opened' then ${directTitle('u')}
                else ${memberTitle(sql`n.user_id`)} end as room_title,
           n.message_seq, m.id as message_id, n.actor_id as user_id, u.username, u.display_name,
           coalesce(n.text, left(m.text, ${sql.lit(previewMaxCodePoints + 1)})) as text,
           n.created_at, n.read_at
      from notifications n
      left join rooms r on r.id = n.room_id
      left join memberships own on own.room_id = n.room_id and own.user_id = n.user_id
      left join messages m on m.room_id = n.room_id and m.seq = n.message_seq
      left join users u on u.id = n.actor_id and u.deleted_at is null
     where n.user_id = ${userId} and n.removed_at is null and ${position} and ${wanted}
       and (n.room_id is null or own.user_id is not null and r.deleted_at is null)
       and not exists (
         select from blocks b where b.user_id = n.user_id and b.blocked_id = n.actor_id)
     order by ${order} limit ${limit}`.execute(db)
  const page = toPage(rows, request, (row) => row.id, renderNotification)
  return { ...page, unread: await countUnreadNotifications(db, userId) }
}
