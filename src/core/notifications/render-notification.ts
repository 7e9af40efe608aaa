import type { Notification, NotificationKind } from '../../protocol/notifications.ts'
import { preview } from '../../protocol/preview.ts'
import { wireTime, wireTimeOrNull } from '../time.ts'

export interface StoredNotification {
  readonly id: number
  readonly kind: NotificationKind
  readonly room_id: number | null
  readonly room_title: string | null
  readonly message_seq: number | null
  readonly message_id: number | null
  readonly user_id: number | null
  readonly username: string | null
  readonly display_name: string | null
  /** The text of a message, a notice, a report or a discarded message. */
  readonly text: string | null
  readonly created_at: Date
  readonly read_at: Date | null
}

/** Default columns of a new notification: unread, without a room, message or user. */
export const newNotification = {
  room_id: null,
  room_title: null,
  message_seq: null,
  message_id: null,
  user_id: null,
  username: null,
  display_name: null,
  text: null,
  read_at: null,
} as const

export function renderNotification(row: StoredNotification): Notification {
  return {
    id: row.id,
    kind: row.kind,
    room_id: row.room_id,
    room_title: row.room_title,
    message_seq: row.message_seq,
    message_id: row.message_id,
    user_id: row.user_id,
    username: row.username,
    display_name: row.display_name,
    text: row.kind === 'notice' ? row.text : row.text && preview(row.text),
    created_at: wireTime(row.created_at),
    read_at: wireTimeOrNull(row.read_at),
  }
}
