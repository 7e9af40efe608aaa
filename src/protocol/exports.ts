import * as z from 'zod'
import { names, listedSession, user } from './accounts.ts'
import { cursorFault, id, seq, timestamp } from './fields.ts'
import { notificationKind } from './notifications.ts'
import { reportReason } from './reports.ts'
import { notify, role, roomKind } from './rooms.ts'

/** [A10] The kinds of data of an export, in the order in which they come. */
export const exportKinds = [
  'profile',
  'sessions',
  'rooms',
  'bans',
  'blocks',
  'reports',
  'held_messages',
  'notifications',
  'messages',
  'reactions',
] as const
export type ExportKind = (typeof exportKinds)[number]

/** The position of an export: the row that was read last. */
export interface ExportPosition {
  readonly kind: ExportKind
  readonly key: readonly (string | number)[]
}

/** A position that no page of ours could have made is refused, because its keys go into statements unchanged. */
const position = z.object({
  kind: z.enum(exportKinds),
  key: z.array(z.union([z.int(), z.string().max(256)])).max(2),
})

export function writeExportCursor({ kind, key }: ExportPosition): string {
  return `${kind}${JSON.stringify(key)}`
}

export const exportCursor = z
  .string()
  .regex(/^[a-z_]{1,20}\[[^]{1,400}\]$/, { error: cursorFault, abort: true })
  .transform((cursor, context): ExportPosition => {
    const keyAt = cursor.indexOf('[')
    try {
      const key: unknown = JSON.parse(cursor.slice(keyAt))
      const read = position.parse({ kind: cursor.slice(0, keyAt), key })
      if (isKeyOf(read)) return read
    } catch {
      // The issue is added below.
    }
    context.addIssue({ code: 'custom', message: cursorFault })
    return z.NEVER
  })
  .meta({ description: 'Where the page begins. Take it from `next` of another page' })

/** Keys are numbers. Only the last part of the key of two kinds is a text, which goes into a statement. */
function isKeyOf({ kind, key }: ExportPosition): boolean {
  const [first, second] = key
  if (kind === 'messages' || kind === 'reactions') {
    const isText = typeof second === 'string' && !second.includes('\0') && second.isWellFormed()
    return key.length === 2 && typeof first === 'number' && isText
  }
  return key.length === 1 && typeof first === 'number'
}

export const exportQuery = z.strictObject({ cursor: exportCursor.optional() })

const exportedRoom = z.object({
  room_id: id,
  kind: roomKind,
  title: z
    .string()
    .describe("In a direct chat, the partner's username; empty when their account is deleted"),
  role,
  joined_at: timestamp,
  last_read_seq: seq,
  notify,
})

const exportedMessage = z.object({
  id,
  room_id: id,
  seq,
  message: z.string(),
  client_id: z.string().nullable(),
  reply_to: seq.nullable(),
  timestamp,
  edited_at: timestamp.nullable(),
})

const about = { room_id: id.nullable(), message_seq: seq.nullable() }

/**
 * [A10] A page of the stored data of one user. It has a list for each kind of which it has rows. The export is all
 * pages together: join the lists of the same name, page after page.
 */
export const exportPage = z.object({
  profile: z.array(user).optional(),
  sessions: z
    .array(listedSession.omit({ current: true }).extend({ ended_at: timestamp.nullable() }))
    .optional(),
  rooms: z.array(exportedRoom).optional(),
  bans: z
    .array(z.object({ room_id: id, banned_at: timestamp, until: timestamp.nullable() }))
    .optional()
    .describe('Rooms that the user may not join; after a removal `until` says how long'),
  blocks: z
    .array(z.object({ user_id: id, ...names, blocked_at: timestamp }))
    .optional()
    .describe('Users whom the user has blocked'),
  reports: z
    .array(
      z.object({
        ...about,
        user_id: id.nullable().describe('The user who is reported, or whose message is reported'),
        reason: reportReason,
        text: z.string(),
        created_at: timestamp,
      }),
    )
    .optional()
    .describe('Reports that the user made'),
  held_messages: z
    .array(z.object({ ...about, message: z.string(), created_at: timestamp }))
    .optional()
    .describe('Texts that wait for an admin'),
  notifications: z
    .array(
      z.object({
        id,
        kind: notificationKind,
        ...about,
        user_id: id.nullable(),
        text: z
          .string()
          .nullable()
          .describe('Only for notifications that only this user gets, such as a notice'),
        created_at: timestamp,
        read_at: timestamp.nullable(),
      }),
    )
    .optional(),
  messages: z
    .array(exportedMessage)
    .optional()
    .describe('Messages of the user that are not deleted, room by room, in no order within a room'),
  reactions: z
    .array(z.object({ message_id: id, room_id: id, seq, emoji: z.string() }))
    .optional()
    .describe('Reactions of the user to messages'),
  next: z.string().nullable(),
})
export type ExportPage = z.infer<typeof exportPage>
export type ExportRows = Omit<ExportPage, 'next'>
