import type { Notification, NotificationPage } from '../wire.ts'
import { merge } from './merge.ts'
import { ask, type EventOf, isAsked, type Turn } from './turn.ts'

/** How many of the newest notifications are kept. */
const notificationsMax = 100

/** Fetches the newest notifications. */
export function askNotifications(turn: Turn): void {
  if (isAsked(turn, 'notifications')) turn.notifyAgain = true
  else ask(turn, 'notifications', 0, { query: { limit: 50 } })
}

export function putNotifications(turn: Turn, { results: items, unread }: NotificationPage): void {
  turn.notifications = { items, unread }
  if (turn.notifyAgain) askNotifications(turn)
  turn.notifyAgain = false
}

function put(turn: Turn, unread: number, items: readonly Notification[] | undefined | null): void {
  turn.notifyAgain = isAsked(turn, 'notifications')
  turn.notifications = { unread, items: items?.slice(0, notificationsMax) ?? null }
}

/** [N1] Adds a notification. It may come twice. */
export function addNotification(turn: Turn, event: EventOf<'notification'>): void {
  const { type: _, unread, ...added } = event
  const { items } = turn.notifications
  put(turn, unread, items && merge('id', items, [added]).toReversed())
}

/** [N1] Notifications were read, by any client of the user. The event says which. */
export function onNotificationsRead(turn: Turn, { unread }: EventOf<'notifications.read'>): void {
  turn.notifications = { ...turn.notifications, unread }
  askNotifications(turn)
}

/** Removes notifications. */
export function removeNotifications(
  turn: Turn,
  { ids, unread }: EventOf<'notifications.removed'>,
): void {
  const { items } = turn.notifications
  put(
    turn,
    unread,
    items?.filter(({ id }) => !ids.includes(id)),
  )
}

/** [N2] Reading a room reads its notifications. The server does not send the number of the others. */
export function readRoomNotifications(turn: Turn, roomId: number, seq: number): void {
  const isRead = ({ room_id, message_seq, read_at }: Notification) =>
    room_id === roomId && read_at === null && (message_seq ?? 0) <= seq
  askIfAny(turn, isRead)
}

/** [N1] The notifications of a room are shown only while the user is a member. */
export function hideRoomNotifications(turn: Turn, roomId: number): void {
  askIfAny(turn, ({ room_id }) => room_id === roomId)
}

/** Fetches the notifications again when the change concerns some of them, or may concern some that are not kept. */
function askIfAny(turn: Turn, test: (each: Notification) => boolean): void {
  const { items, unread } = turn.notifications
  const held = items?.filter(({ read_at }) => read_at === null).length ?? 0
  if (items?.some(test) || unread > held) askNotifications(turn)
}
