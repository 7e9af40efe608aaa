import { sql } from 'kysely'
import { unreadMax } from '../../protocol/limits.ts'
import { findMentions } from '../../protocol/mentions.ts'
import type { Message } from '../../protocol/messages.ts'
import { type Audience, type Recipient, recipientsAsked } from '../push/publish.ts'
import type { Limits } from '../context.ts'
import type { Db } from '../database/database.ts'
import type { ChatError } from '../errors.ts'
import { type Refusal, refusalError, tooManyFrames } from '../refusals/refusal.ts'
import type { NotifiedRow } from '../notifications/announce-notified.ts'
import { type MessageRow, renderMessage } from '../log/render-message.ts'

/** A message to send, by a session over HTTP or by a connection over its socket. */
export interface Send {
  readonly sessionId?: number
  readonly connectionId?: string
  /** May be left out on a one-room socket. */
  readonly roomId?: number | undefined
  readonly text: string
  /** [M3] Makes a repeat harmless: by the client, or else by the handler, since the SDK may repeat a call. */
  readonly clientId: string
  readonly replyTo?: number | undefined
}

export interface Sent {
  readonly message: Message
  readonly isDuplicate: boolean
  /** It came from a simple client, which gets no `ack`. */
  readonly isSimple: boolean
  /** How many more the user may send at once. */
  readonly sendsLeft: number
  /** null for a direct chat. */
  readonly roomTitle: string | null
}

export const tooManySends = 'too many messages, and changes of messages'

export type SentRow = MessageRow &
  Omit<NotifiedRow, 'connection_id' | 'notifications'> & {
    status: Refusal | 'sent' | 'duplicate'
    retry_after_ms: number | null
    simple: boolean | null
    sends_left: number | null
    room_title: string | null
    limit_count: number | null
    limit_seconds: number | null
    connection_id: string | null
    notifications: string | null
  }

export interface Stored {
  /** In the order of the sends. */
  readonly outcomes: (Sent | ChatError)[]
  /** Who is to be told, of each room that got a message. */
  readonly audiences: Audience[]
  /** [N1] The first of those who were notified. */
  readonly notified: NotifiedRow[]
}

/** Stores messages, one or many, in one statement. */
export async function storeMessages(
  db: Db,
  { frames, sends: limit, repeats }: Pick<Limits, 'frames' | 'sends' | 'repeats'>,
  sends: readonly Send[],
): Promise<Stored> {
  const batch = sends.map((send) => ({
    session_id: send.sessionId,
    connection_id: send.connectionId,
    room_id: send.roomId,
    text: send.text,
    client_id: send.clientId,
    reply_to: send.replyTo,
    mentions: findMentions(send.text),
  }))
  const { rows } = await sql<SentRow>`
    select * from send_messages_v3(${JSON.stringify(batch)},
      ${frames.count}, ${frames.seconds}, ${limit.count}, ${limit.seconds},
      ${repeats.count}, ${repeats.seconds}, ${sql.lit(recipientsAsked)}, ${sql.lit(unreadMax)})`.execute(
    db,
  )
  return readSent(rows)
}

/** What the rows of send_messages_v3 say, and those of publish_held_v1. */
export function readSent(rows: readonly SentRow[]): Stored {
  const outcomes: (Sent | ChatError)[] = []
  const audiences = new Map<number, Recipient[]>()
  const notified: NotifiedRow[] = []
  for (const row of rows) {
    const { connection_id, notifications, user_id, unread } = row
    if (connection_id === null) outcomes.push(toOutcome(row))
    else if (notifications !== null) {
      notified.push({ connection_id, notifications, user_id, unread })
    } else {
      const recipient = { connectionId: connection_id, isSimple: row.simple ?? false }
      const known = audiences.get(row.room_id)
      if (known) known.push(recipient)
      else audiences.set(row.room_id, [recipient])
    }
  }
  return {
    outcomes,
    audiences: Array.from(audiences, ([roomId, recipients]) => ({ roomId, recipients })),
    notified,
  }
}

function toOutcome(row: SentRow): Sent | ChatError {
  const { status } = row
  if (status === 'sent' || status === 'duplicate') {
    return {
      message: renderMessage(row),
      isDuplicate: status === 'duplicate',
      isSimple: row.simple ?? false,
      sendsLeft: row.sends_left ?? 0,
      roomTitle: row.room_title,
    }
  }
  // Of whose frames are too many it is not looked how many messages are left.
  const tooMany = row.sends_left === null ? tooManyFrames : tooManySends
  const refusal = refusalError({ ...row, status }, { tooMany, needsMember: 'send to it' })
  refusal.sendsLeft = row.sends_left ?? undefined
  return refusal
}
