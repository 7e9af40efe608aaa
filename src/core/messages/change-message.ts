/** [M5] Changes of a stored message. Each change is one statement, and is published after its commit. */
import { sql } from 'kysely'
import { emojisPerMessage } from '../../protocol/limits.ts'
import { findMentions } from '../../protocol/mentions.ts'
import type { Message } from '../../protocol/messages.ts'
import { publish, recipientsAsked } from '../push/publish.ts'
import type { ChatContext } from '../context.ts'
import { announceTakenBack } from '../notifications/announce-taken-back.ts'
import { type LogRow, messageRowOf, renderEvent } from '../log/render-event.ts'
import { renderMessage } from '../log/render-message.ts'
import { tooManySends } from './send-messages.ts'
import { type Refusal, refusalError } from '../refusals/refusal.ts'

/** The message, and the session of the request. */
export interface Place {
  readonly sessionId: number
  readonly room_id: number
  readonly seq: number
}

export interface Changed {
  /** The message after the change. */
  readonly message: Message
  /** How many more messages the user may send at once. A change counts as a send. */
  readonly sendsLeft: number
}

/** Edits a message of the caller. */
export async function editMessage(
  context: ChatContext,
  place: Place,
  text: string,
): Promise<Changed> {
  return await change(context, place, { kind: 'message.edited', text })
}

/**
 * Erases a message's text and reactions. Its place in the log remains. The author may do this, and so may the room's
 * owner and moderators.
 */
export async function deleteMessage(context: ChatContext, place: Place): Promise<Changed> {
  return await change(context, place, { kind: 'message.deleted' })
}

/** Adds or removes a reaction of the caller. */
export async function react(
  context: ChatContext,
  place: Place,
  emoji: string,
  reacted: boolean,
): Promise<Changed> {
  return await change(context, place, { kind: 'reaction', emoji, reacted })
}

interface Change {
  readonly kind: 'message.edited' | 'message.deleted' | 'reaction'
  readonly text?: string
  readonly emoji?: string
  readonly reacted?: boolean
}

interface ChangedRow extends LogRow {
  readonly status: Refusal | 'changed' | 'taken_back' | 'unchanged'
  readonly retry_after_ms: number | null
  readonly limit_count: number | null
  readonly limit_seconds: number | null
  readonly sends_left: number
  readonly connection_id: string | null
}

async function change(
  context: ChatContext,
  { sessionId, room_id: roomId, seq }: Place,
  { kind, text, emoji, reacted }: Change,
): Promise<Changed> {
  const { sends } = context.limits
  const { rows } = await sql<ChangedRow>`
    select status, retry_after_ms, limit_count, limit_seconds, connection_id, (event).*,
           coalesce(sends_left, (
             select tokens_left_v1(u.sends_full_at, ${sends.count}, ${sends.seconds})
               from sessions s join users u on u.id = s.user_id
              where s.id = ${sessionId})) as sends_left
      from change_message_v2(${sessionId}, ${roomId}, ${seq}, ${kind}, ${text ?? null},
        ${text === undefined ? null : JSON.stringify(findMentions(text))}, ${emoji ?? null}, ${reacted ?? null}, ${sql.lit(emojisPerMessage)}, ${sends.count},
        ${sends.seconds}, ${sql.lit(recipientsAsked)})`.execute(context.db)
  const [first, event, ...told] = rows
  const { status } = first!
  if (status !== 'changed' && status !== 'unchanged' && status !== 'taken_back') {
    const words = { tooMany: tooManySends, needsMember: 'change its messages' }
    const refusal = refusalError({ ...first!, status }, words)
    if (refusal.code !== 'session_revoked') refusal.sendsLeft = first!.sends_left
    throw refusal
  }
  if (event) {
    await publish(context, [renderEvent(event)], {
      roomId,
      recipients: told.map(({ connection_id }) => ({
        connectionId: connection_id!,
        isSimple: false,
      })),
    })
    if (event.status === 'taken_back') await announceTakenBack(context, roomId, seq)
  }
  return { message: renderMessage(messageRowOf(first!)), sendsLeft: first!.sends_left }
}
