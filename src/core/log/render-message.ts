import * as z from 'zod'
import { type Message, reaction } from '../../protocol/messages.ts'
import { wireTime, wireTimeOrNull } from '../time.ts'

export interface StoredMessage {
  readonly message_id: number
  readonly room_id: number
  readonly seq: number
  readonly user_id: number | null
  readonly username: string | null
  readonly display_name: string | null
  readonly text: string | null
  readonly client_id: string | null
  readonly reply_to: number | null
  readonly created_at: Date
  readonly edited_at: Date | null
  readonly deleted_at: Date | null
  /** The result of reactions_v1. Absent for a new message, which has no reactions. */
  readonly reactions?: string | null
}

const reactionsText = z.array(reaction)

/**
 * [M2] A message in the form of the wire. Its text is in the field `message`, because the first clients of this chat
 * know it by that name.
 */
export function renderMessage(row: StoredMessage): Message {
  return renderMessageOf(row.room_id, row)
}

/** The same for a row of a room that is known. */
export function renderMessageOf(roomId: number, row: Omit<StoredMessage, 'room_id'>): Message {
  return {
    id: row.message_id,
    room_id: roomId,
    seq: row.seq,
    user_id: row.user_id,
    username: row.username,
    display_name: row.display_name,
    message: row.deleted_at ? null : row.text,
    client_id: row.client_id,
    reply_to: row.reply_to,
    timestamp: wireTime(row.created_at),
    edited_at: wireTimeOrNull(row.edited_at),
    deleted_at: wireTimeOrNull(row.deleted_at),
    reactions: readReactions(row.reactions),
  }
}

/** Skips the parser for the many messages without reactions. */
function readReactions(text: string | null | undefined): Message['reactions'] {
  return text && text !== '[]' ? reactionsText.parse(JSON.parse(text)) : []
}
