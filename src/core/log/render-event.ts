import type { Role } from '../../protocol/rooms.ts'
import type { DurableEvent } from '../../protocol/socket.ts'
import {
  actorForm,
  type LimitColumns,
  limitsForm,
  memberEvent,
  memberLeft,
  placeForm,
  roomDeleted,
  roomUpdated,
  userForm,
} from './event-forms.ts'
import { renderMessage } from './render-message.ts'
import { wireTime, wireTimeOrNull } from '../time.ts'

/**
 * A row of log_v1: an event with the message, user or room that it refers to, as they are at the time of reading.
 * Columns that do not belong to the event's kind are null. A deleted account has its id, and no names.
 */
export interface LogRow extends LimitColumns {
  readonly room_id: number
  readonly seq: number
  readonly kind: DurableEvent['type']
  readonly created_at: Date
  readonly actor_id: number
  readonly actor_username: string | null
  readonly actor_display_name: string | null
  /** For `message.deleted`: the author of the message, also if that account is deleted. */
  readonly subject_id: number
  readonly subject_username: string | null
  readonly subject_display_name: string | null
  readonly role: Role
  readonly title: string
  readonly description: string
  readonly message_id: number
  readonly message_seq: number
  readonly author_id: number | null
  readonly author_username: string | null
  readonly author_display_name: string | null
  readonly text: string | null
  readonly client_id: string | null
  readonly reply_to: number | null
  readonly sent_at: Date
  readonly edited_at: Date | null
  readonly deleted_at: Date | null
  readonly reactions: string | null
  readonly emoji: string
  readonly emoji_count: number
  readonly emoji_first_seq: number | null
  readonly reacted: boolean
  readonly archived_at: Date | null
}

/**
 * [M6] An event of the log in the form of the wire. An event that is sent at once looks the same as one that is read
 * later, unless its message, user or room has changed.
 */
export function renderEvent(row: LogRow): DurableEvent {
  const place = { room_id: row.room_id, seq: row.seq, at: row.created_at }
  const about = {
    ...placeForm(place),
    message_seq: row.message_seq,
    message_id: row.message_id,
  }
  const subject = {
    id: row.subject_id,
    username: row.subject_username,
    display_name: row.subject_display_name,
  }
  const actor = {
    id: row.actor_id,
    username: row.actor_username,
    display_name: row.actor_display_name,
  }
  switch (row.kind) {
    case 'message':
      return { type: row.kind, ...renderMessage(messageRowOf(row)) }
    case 'message.edited':
      return {
        type: row.kind,
        ...about,
        message: row.deleted_at ? null : row.text,
        edited_at: wireTime(row.edited_at ?? row.created_at),
      }
    case 'message.deleted':
      return {
        type: row.kind,
        ...about,
        deleted_at: wireTime(row.deleted_at ?? row.created_at),
        deleted_by: actorForm(subject, actor),
      }
    case 'reaction':
      return {
        type: row.kind,
        ...about,
        ...userForm(actor),
        emoji: row.emoji,
        reacted: row.reacted,
        count: row.emoji_count,
        first_seq: row.emoji_first_seq,
      }
    case 'member.joined':
    case 'member.updated':
      return memberEvent(row.kind, place, subject, row.role)
    case 'member.left':
      return memberLeft(place, subject, actor)
    case 'room.updated':
      return roomUpdated(place, {
        ...row,
        ...limitsForm(row),
        archived_at: wireTimeOrNull(row.archived_at),
      })
    case 'room.deleted':
      return roomDeleted(place)
  }
}

/** The message of a `message` event. Only this kind of event has all columns of the message. */
export function messageRowOf(row: LogRow) {
  return {
    message_id: row.message_id,
    room_id: row.room_id,
    seq: row.message_seq,
    user_id: row.author_id,
    username: row.author_username,
    display_name: row.author_display_name,
    text: row.text,
    client_id: row.client_id,
    reply_to: row.reply_to,
    created_at: row.sent_at,
    edited_at: row.edited_at,
    deleted_at: row.deleted_at,
    reactions: row.reactions,
  }
}
