import * as z from 'zod'
import { type Message, reaction } from '../../protocol/messages.ts'
import { wireTime, wireTimeOrNull } from '../time.ts'

export interface MessageRow {
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
  /** As reactions_v1 gives them; a new message has none. */
  readonly reactions?: string | null
}

const reactionsText = z.array(reaction)

/** [M2] A message as it is sent: its text is `message`, as the seed's clients know it. */
export function renderMessage(row: MessageRow): Message {
  return {
    id: row.message_id,
    room_id: row.room_id,
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

/** Most messages have none: then there is nothing to parse. */
function readReactions(text: string | null | undefined): Message['reactions'] {
  return text && text !== '[]' ? reactionsText.parse(JSON.parse(text)) : []
}
