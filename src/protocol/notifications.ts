import * as z from 'zod'
import { namesOrNone } from './accounts.ts'
import { id, page, queryCursor, queryFlag, queryLimit, seq, text, timestamp } from './fields.ts'
import { noticeMaxCodePoints, notificationIdsMax } from './limits.ts'

export const notificationKind = z.enum([
  'mention',
  'direct',
  'message',
  'invitation',
  'notice',
  'opened',
  'report_handled',
  'message_discarded',
])
export type NotificationKind = z.infer<typeof notificationKind>

/**
 * [N1] Fields that do not apply are null: a notice has no room, an invitation no message, a deleted message no
 * text.
 */
export const notification = z.object({
  id,
  kind: notificationKind,
  room_id: id.nullable(),
  room_title: z.string().nullable(),
  message_seq: seq.nullable(),
  message_id: id.nullable(),
  /** The user who sent the message or the invitation; null for actions of admins. */
  user_id: id.nullable(),
  ...namesOrNone,
  /**
   * The beginning of the message, of the discarded message, or of the text of the report; the whole text of a
   * notice.
   */
  text: z.string().nullable(),
  created_at: timestamp,
  read_at: timestamp.nullable(),
})
export type Notification = z.infer<typeof notification>

/** How many notifications are unread in all, counted up to `unreadMax`. */
export const unreadCount = z.object({ unread: z.int() })
export type UnreadCount = z.infer<typeof unreadCount>

export const notificationPage = page(notification).extend(unreadCount.shape)
export type NotificationPage = z.infer<typeof notificationPage>

export const listNotificationsQuery = z.strictObject({
  /** Whether to list only unread notifications. */
  unread: queryFlag.default(false),
  limit: queryLimit,
  cursor: queryCursor.optional(),
})

export const readNotificationsRequest = z
  .object({
    ids: z
      .array(id)
      .refine(
        (ids) => ids.length <= notificationIdsMax,
        `must be at most ${notificationIdsMax} ids`,
      )
      .optional(),
    all: z.literal(true).optional(),
  })
  .refine(({ ids, all }) => (ids === undefined) !== (all === undefined), {
    message: 'give either ids or all',
  })
export type ReadNotificationsRequest = z.infer<typeof readNotificationsRequest>

/** The text of a notice from an admin to one user or to everybody. */
export const noticeText = text(1, noticeMaxCodePoints)
