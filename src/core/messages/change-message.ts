/** [M5] Changes of a message that was sent: each is one statement, and is pushed when that is committed. */
import { sql } from 'kysely'
import { emojisPerMessage } from '../../protocol/limits.ts'
import { findMentions } from '../../protocol/mentions.ts'
import type { Message } from '../../protocol/messages.ts'
import { publish, recipientsAsked } from '../push/publish.ts'
import type { ChatContext } from '../context.ts'
import {
  accountSuspended,
  ChatError,
  noSuchMessage,
  noSuchRoom,
  RateLimitedError,
  sessionEnded,
} from '../errors.ts'
import { pushTakenBack } from '../notifications/push-taken-back.ts'
import { type LogRow, messageOf, renderEvent } from '../log/render-event.ts'
import { renderMessage } from '../log/render-message.ts'
import { tooManySends } from './send-messages.ts'
import { textRefused, type TextStatus } from '../refusals/text-refused.ts'
import { type WriteStatus, writeRefused } from '../refusals/write-refused.ts'

/** Which message, and whose request it is. */
export interface Place {
  readonly sessionId: number
  readonly room_id: number
  readonly seq: number
}

export interface Changed {
  /** As it is now. */
  readonly message: Message
  /** How many more the user may send at once: a change counts as a send. */
  readonly sendsLeft: number
}

/** Gives another text to a message of the caller's own. */
export async function editMessage(
  context: ChatContext,
  place: Place,
  text: string,
): Promise<Changed> {
  return await change(context, place, { kind: 'message.edited', text })
}

/** Leaves nothing of a message but its place in the log; by its author, or whoever keeps the room in order. */
export async function deleteMessage(context: ChatContext, place: Place): Promise<Changed> {
  return await change(context, place, { kind: 'message.deleted' })
}

/** Puts an emoji of the caller's on a message, or takes it off. */
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
  readonly status:
    | 'changed'
    | 'taken_back'
    | 'unchanged'
    | 'revoked'
    | 'suspended'
    | 'not_found'
    | 'not_a_member'
    | 'no_such_message'
    | 'not_the_author'
    | 'not_a_moderator'
    | 'deleted'
    | 'too_many_emojis'
    | 'limited'
    | TextStatus
    | WriteStatus
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
  if (first!.status !== 'changed' && first!.status !== 'unchanged') {
    const refusal = refused(first!)
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
    if (event.status === 'taken_back') await pushTakenBack(context, roomId, seq)
  }
  return { message: renderMessage(messageOf(first!)), sendsLeft: first!.sends_left }
}

function refused(row: ChangedRow): ChatError {
  const { status, retry_after_ms } = row
  switch (status) {
    case 'revoked':
      return sessionEnded()
    case 'suspended':
      return accountSuspended()
    case 'not_found':
      return noSuchRoom()
    case 'not_a_member':
      return new ChatError('forbidden', 'join the room before you change what is in it')
    case 'not_the_author':
      return new ChatError('forbidden', 'only its author can edit a message')
    case 'not_a_moderator':
      return new ChatError(
        'forbidden',
        'only its author, and in a room its owner or a moderator, can delete a message',
      )
    case 'deleted':
      return new ChatError('conflict', 'this message was deleted')
    case 'too_many_emojis':
      return new ChatError(
        'conflict',
        `a message has at most ${emojisPerMessage} different emojis: use one of them`,
      )
    case 'too_long':
    case 'room_limited':
    case 'held':
    case 'too_many_held':
      return textRefused({ ...row, status })
    case 'archived':
    case 'blocking':
    case 'blocked':
    case 'partner_gone':
      return writeRefused(status)
    case 'limited':
      return new RateLimitedError(retry_after_ms ?? 1_000, tooManySends)
    case 'no_such_message':
    case 'changed':
    case 'taken_back':
    case 'unchanged':
      return noSuchMessage()
  }
}
