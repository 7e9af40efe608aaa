import { sql } from 'kysely'
import type { Room } from '../../protocol/rooms.ts'
import type { OtherEvent } from '../../protocol/socket.ts'
import type { Caller } from '../identity/caller.ts'
import type { Trx } from '../database/database.ts'
import { countUnreadNotifications } from './count-unread.ts'
import { newNotification, renderNotification } from './render-notification.ts'

/**
 * [N1] Notifies a new member of the invitation and names the inviter. Returns the event for the new member's
 * connections.
 */
export async function notifyOfInvitation(
  trx: Trx,
  userId: number,
  room: Pick<Room, 'id' | 'title'>,
  inviter: Caller,
): Promise<Extract<OtherEvent, { type: 'notification' }>> {
  const { rows } = await sql<{ id: number; created_at: Date }>`
    insert into notifications (user_id, kind, room_id, actor_id)
    values (${userId}, 'invitation', ${room.id}, ${inviter.userId})
    returning id, created_at`.execute(trx)
  return {
    type: 'notification',
    ...renderNotification({
      ...newNotification,
      ...rows[0]!,
      kind: 'invitation',
      room_id: room.id,
      room_title: room.title,
      user_id: inviter.userId,
      username: inviter.username,
      display_name: inviter.displayName,
    }),
    unread: await countUnreadNotifications(trx, userId),
  }
}
