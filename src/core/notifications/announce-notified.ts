/** [N1] Announces the notifications of a send. Each notification goes to all v1 sockets of its user. */
import { sql } from 'kysely'
import * as z from 'zod'
import { unreadMax } from '../../protocol/limits.ts'
import { notificationKind } from '../../protocol/notifications.ts'
import type { OtherEvent } from '../../protocol/socket.ts'
import { type Pushes, recipientsAsked } from '../push/publish.ts'
import type { ChatContext } from '../context.ts'
import { pageSize } from '../push/deliver-to-room.ts'
import { sendToUsers } from '../push/send-to-users.ts'
import type { Notifying } from '../ports.ts'
import { renderNotification } from './render-notification.ts'

/** A connection of a notified user, with the notifications of that user: JSON in the form of `made`. */
export interface NotifiedRow {
  readonly user_id: number
  readonly connection_id: string
  readonly unread: number
  readonly notifications: string
}

const made = z.array(z.object({ n: z.int(), id: z.int(), kind: notificationKind }))

/**
 * Sends the notifications to the connections that the send's statement returned. If there may be more of them, all are
 * left to the fan-out. Notifications of messages that are not in `messages` are not sent. Returns whether
 * the notifications were sent or handed over.
 */
export async function announceNotified(
  context: Pushes & Pick<ChatContext, 'fanOut'>,
  messages: readonly Notifying[],
  sockets: readonly NotifiedRow[],
): Promise<boolean> {
  if (messages.length === 0) return true
  const { fanOut } = context
  if (sockets.length >= (fanOut.recipientsAsked ?? recipientsAsked))
    return await fanOut.toNotified(messages)
  await send(context, messages, sockets)
  return true
}

/**
 * Delivers the notifications to all connections of their users, page by page. Each page is read with the rooms locked
 * [R5].
 */
export async function deliverNotified(
  context: Pushes,
  messages: readonly Notifying[],
): Promise<void> {
  const list = messages.map(({ n, message: { room_id, seq } }) => ({ n, room_id, seq }))
  let after = ''
  for (;;) {
    const { rows } = await sql<NotifiedRow>`
      select * from notified_page_v1(${JSON.stringify(list)}, ${after},
        ${sql.lit(pageSize)}, ${sql.lit(unreadMax)})`.execute(context.db)
    await send(context, messages, rows)
    if (rows.length < pageSize) return
    after = rows.at(-1)!.connection_id
  }
}

async function send(
  context: Pushes,
  messages: readonly Notifying[],
  rows: readonly NotifiedRow[],
): Promise<void> {
  const byPlace = new Map(messages.map((message) => [message.n, message]))
  await sendToUsers(context, rows, ({ notifications, unread }) =>
    made.parse(JSON.parse(notifications)).flatMap(({ n, id, kind }) => {
      const message = byPlace.get(n)
      return message ? [toEvent(message, id, kind, unread)] : []
    }),
  )
}

function toEvent(
  { message, roomTitle }: Notifying,
  id: number,
  kind: z.infer<typeof notificationKind>,
  unread: number,
): Extract<OtherEvent, { type: 'notification' }> {
  const notification = renderNotification({
    id,
    kind,
    room_id: message.room_id,
    room_title: roomTitle ?? message.display_name ?? message.username,
    message_seq: message.seq,
    message_id: message.id,
    user_id: message.user_id,
    username: message.username,
    display_name: message.display_name,
    text: message.message,
    created_at: new Date(message.timestamp),
    read_at: null,
  })
  return { type: 'notification', ...notification, unread }
}
