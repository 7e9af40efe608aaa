import { sql } from 'kysely'
import { unreadMax } from '../../protocol/limits.ts'
import { findMentions } from '../../protocol/mentions.ts'
import type { Message } from '../../protocol/messages.ts'
import { type KnownPage, knownAudiencesOf } from '../push/known-audiences.ts'
import { type Audience, recipientsAsked } from '../push/publish.ts'
import type { Limits } from '../context.ts'
import type { Db, Trx } from '../database/database.ts'
import type { ChatError } from '../errors.ts'
import { type Refusal, refusalError, tooManyFrames } from '../refusals/refusal.ts'
import type { NotifiedRow } from '../notifications/announce-notified.ts'
import { type StoredMessage, renderMessage } from '../log/render-message.ts'

/** A message to send. It comes from a session over HTTP or from a connection over its socket. */
export interface Send {
  readonly sessionId?: number
  readonly connectionId?: string
  /** A one-room socket may leave it out. */
  readonly roomId?: number | undefined
  readonly text: string
  /**
   * [M3] Makes a repeat harmless. If the client gives none, the handler makes one, since the AWS SDK may repeat a call.
   */
  readonly clientId: string
  readonly replyTo?: number | undefined
}

export interface Sent {
  readonly message: Message
  readonly isDuplicate: boolean
  /** Whether it came from a simple client, which gets no `ack`. */
  readonly isSimple: boolean
  /** How many more messages the user may send at once. */
  readonly sendsLeft: number
  /** null for a direct chat. */
  readonly roomTitle: string | null
}

export const tooManySends = 'too many messages and changes of messages'

export type SentRow = StoredMessage &
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
    audience: string | null
  }

export interface Stored {
  /** In the order of the sends. */
  readonly outcomes: (Sent | ChatError)[]
  /** The audience of each room that got a message. */
  readonly audiences: Audience[]
  /** [N1] Connections of notified users, at most as many as were asked for: then there may be more. */
  readonly notified: NotifiedRow[]
}

/**
 * Stores one or more messages in one statement. `roomIds` are the rooms of the messages, as far as they are known. The
 * statement returns at most `asked` recipients of each room, and `asked` notified connections.
 */
export async function storeMessages(
  db: Db,
  { frames, sends: limit, repeats }: Pick<Limits, 'frames' | 'sends' | 'repeats'>,
  sends: readonly Send[],
  roomIds: Iterable<number> = sends.flatMap(({ roomId }) => roomId ?? []),
  asked = recipientsAsked,
): Promise<Stored> {
  const audiences = knownAudiencesOf(db)
  const known = new Map<number, KnownPage>()
  for (const roomId of roomIds) {
    const page = audiences.get(String(roomId))
    if (page) known.set(roomId, page)
  }
  const states = Object.fromEntries(Array.from(known, ([roomId, { state }]) => [roomId, state]))
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
    select * from send_messages_v4(${JSON.stringify(batch)},
      ${frames.count}, ${frames.seconds}, ${limit.count}, ${limit.seconds},
      ${repeats.count}, ${repeats.seconds}, ${sql.lit(asked)}, ${sql.lit(unreadMax)},
      ${JSON.stringify(states)})`.execute(db)
  return readSent(db, rows, known, asked)
}

/**
 * Reads the rows of send_messages_v4 or publish_held_v1. `known` holds the audiences whose states the statement named.
 */
export function readSent(
  db: Db | Trx,
  rows: readonly SentRow[],
  known?: ReadonlyMap<number, KnownPage>,
  asked = recipientsAsked,
): Stored {
  const outcomes: (Sent | ChatError)[] = []
  const audiences: Audience[] = []
  const notified: NotifiedRow[] = []
  for (const row of rows) {
    const { connection_id, notifications, user_id, unread, audience, room_id: roomId } = row
    if (audience !== null) {
      const { recipients } = knownAudiencesOf(db).read(String(roomId), audience, known?.get(roomId))
      audiences.push({ roomId, recipients, isWhole: recipients.length < asked })
    } else if (connection_id !== null && notifications !== null) {
      notified.push({ connection_id, notifications, user_id, unread })
    } else outcomes.push(toOutcome(row))
  }
  return { outcomes, audiences, notified }
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
  // Without `sends_left` the limit of frames refused the send, before the limit of sends was read.
  const tooMany = row.sends_left === null ? tooManyFrames : tooManySends
  const refusal = refusalError({ ...row, status }, { tooMany, needsMember: 'send to it' })
  refusal.sendsLeft = row.sends_left ?? undefined
  return refusal
}
