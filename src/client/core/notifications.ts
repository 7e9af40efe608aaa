import type { Notification, NotificationPage, OtherEvent } from '../wire.ts'
import { merge } from './merge.ts'
import { ask, isAsked, type Turn } from './turn.ts'

/** So many are held, the newest. */
const notificationsMax = 100

type EventOf<Type> = Extract<OtherEvent, { type: Type }>

/** Fetches the newest ones. */
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

/** [N1] One may come twice. */
export function addNotification(turn: Turn, event: EventOf<'notification'>): void {
  const { type: _, unread, ...added } = event
  const { items } = turn.notifications
  put(turn, unread, items && merge('id', items, [added]).toReversed())
}

/** [N1] Some were read, here or elsewhere: which, the server knows. */
export function readNotifications(turn: Turn, { unread }: EventOf<'notifications.read'>): void {
  turn.notifications = { ...turn.notifications, unread }
  askNotifications(turn)
}

/** They are shown nowhere any more. */
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

/** [N2] Who reads a room reads its notifications; how many are left the server does not say. */
export function readRoomNotifications(turn: Turn, roomId: number, seq: number): void {
  const isRead = ({ room_id, message_seq, read_at }: Notification) =>
    room_id === roomId && read_at === null && (message_seq ?? 0) <= seq
  askIfAny(turn, isRead)
}

/** [N1] Those of a room are shown as long as the user is in it. */
export function hideRoomNotifications(turn: Turn, roomId: number): void {
  askIfAny(turn, ({ room_id }) => room_id === roomId)
}

/** Fetches them when there are such, or may be among those that are not held. */
function askIfAny(turn: Turn, test: (each: Notification) => boolean): void {
  const { items, unread } = turn.notifications
  const held = items?.filter(({ read_at }) => read_at === null).length ?? 0
  if (items?.some(test) || unread > held) askNotifications(turn)
}
