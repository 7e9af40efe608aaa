import type { Notification, NotificationPage } from '../wire.ts'
import { ask, isAsked, type Turn } from './turn.ts'

/** So many are held, the newest. */
const notificationsMax = 100

/** Fetches the newest ones. */
export function askNotifications(turn: Turn): void {
  const { notifications } = turn
  if (isAsked(turn, 'notifications')) turn.notifications = { ...notifications, again: true }
  else ask(turn, 'notifications', 0, 'GET /api/notifications/', { query: { limit: 50 } })
}

export function putNotifications(turn: Turn, { results, unread }: NotificationPage): void {
  const { again } = turn.notifications
  turn.notifications = { items: results, unread, again: false }
  if (again) askNotifications(turn)
}

function put(turn: Turn, unread: number, items: readonly Notification[] | null): void {
  const again = isAsked(turn, 'notifications')
  const sorted = items?.toSorted((a, b) => b.id - a.id).slice(0, notificationsMax) ?? null
  turn.notifications = { unread, items: sorted, again }
}

/** [N1] One may come twice. */
export function addNotification(turn: Turn, notification: Notification, unread: number): void {
  const { items } = turn.notifications
  put(turn, unread, items && [notification, ...items.filter(({ id }) => id !== notification.id)])
}

export function readNotifications(
  turn: Turn,
  { ids, unread }: { ids: readonly number[] | undefined; unread: number },
): void {
  const { items } = turn.notifications
  const at = new Date(turn.wall).toISOString()
  const isRead = ({ id, read_at }: Notification) => read_at === null && (!ids || ids.includes(id))
  put(turn, unread, items?.map((item) => (isRead(item) ? { ...item, read_at: at } : item)) ?? null)
}

/** They are shown nowhere any more. */
export function removeNotifications(turn: Turn, ids: readonly number[], unread: number): void {
  const { items } = turn.notifications
  put(turn, unread, items?.filter(({ id }) => !ids.includes(id)) ?? null)
}

/** [N1] Those of a room are shown as long as the user is in it. */
export function askNotificationsOfRoom(turn: Turn, roomId: number): void {
  const { items, unread } = turn.notifications
  if (items?.some(({ room_id }) => room_id === roomId) || unread > countUnread(items)) {
    askNotifications(turn)
  }
}

const countUnread = (items: readonly Notification[] | null) =>
  items?.filter(({ read_at }) => read_at === null).length ?? 0

/** [N2] Who reads a room reads its notifications; how many are left the server does not say. */
export function readRoomNotifications(turn: Turn, roomId: number, seq: number): void {
  const { items, unread } = turn.notifications
  const isOfRoom = items?.some(
    ({ room_id, message_seq, read_at }) =>
      room_id === roomId && read_at === null && (message_seq === null || message_seq <= seq),
  )
  if (isOfRoom || unread > countUnread(items)) askNotifications(turn)
}
