/** [N1] The pushes of what a send has notified users of: each of its notifications to every v1 socket of its user. */
import { sql } from 'kysely'
import { z } from 'zod'
import { unreadMax } from '../../protocol/limits.ts'
import type { Message } from '../../protocol/messages.ts'
import { notificationKind } from '../../protocol/notifications.ts'
import type { OtherEvent } from '../../protocol/socket.ts'
import { pageSize, type Pushes, recipientsAsked, tell } from '../connections/publish.ts'
import { preview } from './render-notification.ts'

/** A socket of a user who was notified, and of which of the messages: the JSON of `made`. */
export interface NotifiedRow {
  readonly user_id: number
  readonly connection_id: string
  readonly unread: number
  readonly notifications: string
}

/** A message that may have notified users; `n` is its place among those of its call. */
export interface Notifying {
  readonly n: number
  readonly message: Message
  /** null for a direct chat, which is called what the sender is called. */
  readonly roomTitle: string | null
}

const made = z.array(z.object({ n: z.int(), id: z.int(), kind: notificationKind }))

/** Pushes to the first sockets, and reads the others in further pages, as publish does. */
export async function pushNotified(
  context: Pushes,
  messages: readonly Notifying[],
  first: readonly NotifiedRow[],
): Promise<void> {
  const byPlace = new Map(messages.map((message) => [message.n, message]))
  let page = first
  let isFull = page.length === recipientsAsked
  for (;;) {
    const users = Map.groupBy(page, ({ user_id }) => user_id)
    await Promise.all(
      Array.from(users.values(), async (sockets) => {
        const { notifications, unread } = sockets[0]!
        const events = made
          .parse(JSON.parse(notifications))
          .map(({ n, id, kind }) => toEvent(byPlace.get(n)!, id, kind, unread))
        await tell(
          context,
          events,
          sockets.map(({ connection_id }) => connection_id),
        )
      }),
    )
    if (!isFull) return
    const list = messages.map(({ n, message: { room_id, seq } }) => ({ n, room_id, seq }))
    const { rows } = await sql<NotifiedRow>`
      select * from notified_page_v1(${JSON.stringify(list)}, ${page.at(-1)!.connection_id},
        ${sql.lit(pageSize)}, ${sql.lit(unreadMax)})`.execute(context.db)
    page = rows
    isFull = page.length === pageSize
  }
}

function toEvent(
  { message, roomTitle }: Notifying,
  id: number,
  kind: z.infer<typeof notificationKind>,
  unread: number,
): Extract<OtherEvent, { type: 'notification' }> {
  return {
    type: 'notification',
    id,
    kind,
    room_id: message.room_id,
    room_title: roomTitle ?? message.username,
    message_seq: message.seq,
    message_id: message.id,
    user_id: message.user_id,
    username: message.username,
    text: message.message && preview(message.message),
    created_at: message.timestamp,
    read_at: null,
    unread,
  }
}
