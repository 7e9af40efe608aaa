import * as z from 'zod'
import { names, session, user } from './accounts.ts'
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

/** Up to where an export has come: the row that was read last. */
export interface ExportPosition {
  readonly kind: ExportKind
  readonly key: readonly (string | number)[]
}

/** What is not of the page's own making is refused: its keys go into statements as they are. */
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
      // Told below.
    }
    context.addIssue({ code: 'custom', message: cursorFault })
    return z.NEVER
  })
  .meta({ description: 'Where a page begins: as in `next` of another' })

/** Numbers, but for the last part of two kinds, which is a text that is stored somewhere. */
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
  title: z.string().describe('Of a direct chat, the username of the other one; empty when deleted'),
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
 * [A10] A page of what is kept of one user: of each kind that it has something of, the rows. The pages together are the
 * export: a list of the whole is the lists of the pages, one after another.
 */
export const exportPage = z.object({
  profile: z.array(user).optional(),
  sessions: z
    .array(session.omit({ current: true }).extend({ ended_at: timestamp.nullable() }))
    .optional(),
  rooms: z.array(exportedRoom).optional(),
  bans: z
    .array(z.object({ room_id: id, banned_at: timestamp, until: timestamp.nullable() }))
    .optional()
    .describe('Rooms that the user is kept out of; a removal keeps out until a time'),
  blocks: z
    .array(z.object({ user_id: id, ...names, blocked_at: timestamp }))
    .optional()
    .describe('Whom the user blocks'),
  reports: z
    .array(
      z.object({
        ...about,
        user_id: id.nullable().describe('Who is reported, or whose message is'),
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
        text: z.string().nullable().describe('Of what is for the user alone, such as a notice'),
        created_at: timestamp,
        read_at: timestamp.nullable(),
      }),
    )
    .optional(),
  messages: z
    .array(exportedMessage)
    .optional()
    .describe('That the user wrote and did not delete; by room, and there in no order'),
  reactions: z
    .array(z.object({ message_id: id, room_id: id, seq, emoji: z.string() }))
    .optional()
    .describe('That the user put on messages'),
  next: z.string().nullable(),
})
export type ExportPage = z.infer<typeof exportPage>
export type ExportRows = Omit<ExportPage, 'next'>
