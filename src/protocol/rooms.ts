import * as z from 'zod'
import {
  description,
  id,
  page,
  queryCursor,
  queryFlag,
  queryLimit,
  seq,
  text,
  timestamp,
  title,
} from './fields.ts'
import { username } from './accounts.ts'
import { roomNamePattern } from './limits.ts'

export const roomKind = z.enum(['public', 'private', 'direct'])
export type RoomKind = z.infer<typeof roomKind>

export const role = z.enum(['owner', 'moderator', 'member'])
export type Role = z.infer<typeof role>

/** [N2] What of a room a member is notified of. */
export const notify = z.enum(['all', 'mentions', 'none'])
export type Notify = z.infer<typeof notify>

export const roomName = z
  .string()
  .regex(roomNamePattern, 'must be 1 to 64 letters, digits or underscores')

export const room = z.object({
  id,
  name: roomName,
  title: z.string(),
  description: z.string(),
  kind: roomKind,
  created_at: timestamp,
  created_by: z.string().nullable(),
  last_seq: seq,
  member_count: z.int(),
  role: role.nullable().describe("The caller's; null in a public room that they have not joined"),
  last_read_seq: seq.nullable(),
  unread: z.int().nullable().describe('Counted to 100, to be shown as 99+'),
  notify: notify.nullable().describe('What of it the caller is notified of; null for no member'),
  partner: z
    .object({ id, username, online: z.boolean() })
    .nullable()
    .describe('The other one of a direct chat'),
})
export type Room = z.infer<typeof room>

/** One room that is looked at also says how many of its members are online [W11]. */
export const roomDetail = room.extend({
  online_count: z.int(),
  online_more: z
    .boolean()
    .describe('There may be more than online_count: only the first 1,000 sockets are looked at'),
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
    message: 'a private room gets a random name: leave it out',
  })
export type CreateRoomRequest = z.infer<typeof createRoomRequest>

export const updateRoomRequest = z
  .object({ title: title.optional(), description: description.optional() })
  .refine((body) => body.title !== undefined || body.description !== undefined, {
    message: 'give a title, a description or both',
  })
export type UpdateRoomRequest = z.infer<typeof updateRoomRequest>

export const listRoomsQuery = z.strictObject({
  member: queryFlag.default(false),
  search: text(1, 100).optional(),
  limit: queryLimit,
  cursor: queryCursor.optional(),
})

export const directRequest = z.object({ username })

export const member = z.object({
  user_id: id,
  username,
  role,
  joined_at: timestamp,
})
export type Member = z.infer<typeof member>

export const listMembersQuery = z.strictObject({
  limit: queryLimit,
  cursor: queryCursor.optional(),
})

/** PUT …/members/<username>/: invites, or changes the role of a member. */
export const putMemberRequest = z.object({
  role: role.optional().describe('Left out: a new member is a member, and who is one keeps theirs'),
})

export const readRequest = z.object({ seq })
export const readState = z.object({ room_id: id, last_read_seq: seq, unread: z.int() })
export type ReadState = z.infer<typeof readState>

export const notifyRequest = z.object({ notify })
export const notifyState = z.object({ room_id: id, notify })
export type NotifyState = z.infer<typeof notifyState>

export const roomPage = page(room)
export const memberPage = page(member)
