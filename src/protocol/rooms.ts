import * as z from 'zod'
import {
  type Cursor,
  cursorFault,
  description,
  directionOf,
  id,
  page,
  queryCursor,
  queryFlag,
  queryLimit,
  seq,
  timestamp,
  title,
  visibleLine,
} from './fields.ts'
import { names, namesOrNone, username } from './accounts.ts'
import { roomNamePattern, titleMaxCodePoints } from './limits.ts'

export const roomKind = z.enum(['public', 'private', 'direct'])
export type RoomKind = z.infer<typeof roomKind>

export const role = z.enum(['owner', 'moderator', 'member'])
export type Role = z.infer<typeof role>

/** [N2] Which messages of a room a member is notified of. */
export const notify = z.enum(['all', 'mentions', 'none'])
export type Notify = z.infer<typeof notify>

export const roomName = z
  .string()
  .regex(roomNamePattern, 'must be 1 to 64 letters, digits or underscores')

/** The beginning of a room's last message, for lists of rooms. A deleted message has no text. */
export const lastMessage = z.object({
  seq,
  user_id: id.nullable(),
  ...namesOrNone,
  text: z.string().nullable().describe('The first 200 characters; `…` follows when there are more'),
  timestamp,
})
export type LastMessage = z.infer<typeof lastMessage>

/** [S3] What members can know before they send: an admin may have set limits for the room. */
export const shownLimits = {
  text_max: z
    .int()
    .describe(
      'The characters (code points) that a text may have: 4,000, or fewer as an admin has set',
    ),
  send_limit: z
    .object({ count: z.int(), seconds: z.int() })
    .nullable()
    .describe(
      'So many messages and edits each member may send in so many seconds; null: no own limit',
    ),
}

export const room = z.object({
  id,
  name: roomName,
  title: z.string(),
  description: z.string(),
  kind: roomKind,
  created_at: timestamp,
  created_by: z.string().nullable(),
  created_by_display_name: names.display_name,
  last_seq: seq,
  last_event_at: timestamp.describe('When the last event of its log happened'),
  last_message: lastMessage.nullable().describe('Null when the room has no messages'),
  member_count: z.int(),
  archived_at: timestamp
    .nullable()
    .describe('Since when the room is archived. Nobody can write to an archived room'),
  ...shownLimits,
  role: role
    .nullable()
    .describe("The caller's role; null in a public room that they have not joined"),
  last_read_seq: seq.nullable(),
  unread: z.int().nullable().describe('Counted up to 100. Clients show 100 as 99+'),
  notify: notify
    .nullable()
    .describe('Which messages the caller is notified of; null when they are not a member'),
  partner: z
    .object({
      id,
      ...names,
      online: z.boolean(),
      read_seq: seq
        .nullable()
        .describe('How far they have read; null when the caller may not know it'),
    })
    .nullable()
    .describe('The other user of a direct chat'),
})
export type Room = z.infer<typeof room>

/** The answer for a single room also says how many of its members are online, and who they are [W11]. */
export const roomDetail = room.extend({
  online_count: z.int(),
  online_more: z
    .boolean()
    .describe('There may be more than `online_count`: only the first 1,000 sockets are counted'),
  online_ids: z
    .array(id)
    .nullable()
    .describe(
      'The ids of the members that `online_count` counts; null when the caller is not a member',
    ),
})
export type RoomDetail = z.infer<typeof roomDetail>

export const createRoomRequest = z
  .object({
    title,
    description: description.default(''),
    name: roomName.optional(),
    kind: z.enum(['public', 'private'], 'must be public or private').default('public'),
  })
  .refine((body) => body.kind === 'public' || body.name === undefined, {
    path: ['name'],
    message: 'must be left out: a private room gets a random name',
  })
export type CreateRoomRequest = z.infer<typeof createRoomRequest>

export const updateRoomRequest = z
  .object({ title: title.optional(), description: description.optional() })
  .refine((body) => body.title !== undefined || body.description !== undefined, {
    message: 'give a title, a description or both',
  })
export type UpdateRoomRequest = z.infer<typeof updateRoomRequest>

export const roomOrder = z.enum(['newest', 'activity'])
export type RoomOrder = z.infer<typeof roomOrder>

/** The key is the id (`a12`), or in the order of activity the time and the id (`a1764547200000-12`). */
const roomCursor = z
  .string()
  // listRoomsQuery checks that a valid cursor belongs to the given order.
  .regex(/^[ab](\d{1,16}-)?\d{1,16}$/, { error: cursorFault, abort: true })
  .transform((given): Cursor<string> => ({ direction: directionOf(given), key: given.slice(1) }))
  .refine(({ key }) => key.split('-').map(Number).every(Number.isSafeInteger), cursorFault)
  .meta(queryCursor.meta() ?? {})

export const listRoomsQuery = z
  .strictObject({
    member: queryFlag.default(false),
    search: visibleLine(1, titleMaxCodePoints).optional(),
    order: roomOrder.default('newest'),
    limit: queryLimit,
    cursor: roomCursor.optional(),
  })
  .refine(({ member, order }) => member || order !== 'activity', {
    path: ['order'],
    message: "activity sorts only the caller's own rooms: add member=true",
  })
  .refine(({ order, cursor }) => !cursor || cursor.key.includes('-') === (order === 'activity'), {
    path: ['cursor'],
    message: cursorFault,
  })

export const directRequest = z.object({ username })

export const member = z.object({
  user_id: id,
  ...names,
  role,
  joined_at: timestamp,
})
export type Member = z.infer<typeof member>

export const listMembersQuery = z.strictObject({
  limit: queryLimit,
  cursor: queryCursor.optional(),
})

/** PUT …/members/<username>/ invites a user, or changes the role of a member. */
export const putMemberRequest = z.object({
  role: role
    .optional()
    .describe('Without it, a new member gets the role `member`, and a member keeps their role'),
})

export const readRequest = z.object({ seq })
export const readState = z.object({ room_id: id, last_read_seq: seq, unread: z.int() })
export type ReadState = z.infer<typeof readState>

export const notifyRequest = z.object({ notify })
export const notifyState = z.object({ room_id: id, notify })
export type NotifyState = z.infer<typeof notifyState>

export const roomPage = page(room)
export const memberPage = page(member)
