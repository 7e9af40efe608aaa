/**
 * The WebSocket wire: the frames that a client may send and receive (docs/protocol.md, W1–W11).
 * The subprotocol names the version of the wire. Clients must ignore unknown types and fields.
 */
import * as z from 'zod'
import { names, namesOrNone } from './accounts.ts'
import { announcement } from './announcements.ts'
import { errorCode } from './errors.ts'
import { id, page, queryLimit, querySeq, seq, timestamp } from './fields.ts'
import { helloMaxRooms } from './limits.ts'
import { message, sendFields } from './messages.ts'
import { notification } from './notifications.ts'
import { role, room, shownLimits } from './rooms.ts'

export const protocolV1 = 'quick-connect.v1'

const requestId = z.union([z.string().max(64), z.number()]).optional()

const sendmessage = sendFields.extend({
  action: z.literal('sendmessage'),
  id: requestId,
  room_id: id.optional(),
})
const hello = z.object({
  action: z.literal('hello'),
  id: requestId,
  /** For each room the last `seq` that the client holds. */
  rooms: z
    .record(z.string().regex(/^\d{1,16}$/, 'must be a room id'), seq)
    .refine((rooms) => Object.keys(rooms).length <= helloMaxRooms, {
      message: `must be at most ${helloMaxRooms} rooms: give the most recent ones`,
    })
    .optional(),
})
const heads = z.object({ action: z.literal('heads'), id: requestId })
const typing = z.object({ action: z.literal('typing'), id: requestId, room_id: id.optional() })
const read = z.object({ action: z.literal('read'), id: requestId, room_id: id.optional(), seq })

/** [W3] A frame from a client. `room_id` may be left out on a one-room socket. */
export const clientFrame = z.discriminatedUnion('action', [sendmessage, hello, heads, typing, read])
export type ClientFrame = z.infer<typeof clientFrame>

const durable = { room_id: id, seq, timestamp }
/** The names are null when the account is deleted. The id then still identifies the former member. */
const ofMember = { user_id: id, ...namesOrNone }
/** The other user who did it; null when the user did it themselves. The names of a deleted account are null. */
const byAnother = z.object(ofMember).nullable()
/** The message that an event concerns. */
const about = { message_seq: seq, message_id: id }

/**
 * [W4] Durable events, numbered in their room's log. They carry states, not differences, so a client may apply
 * one twice. Events that are read from the log show the present state [M6].
 */
export const durableEvent = z.discriminatedUnion('type', [
  message.extend({ type: z.literal('message') }),
  z.object({
    type: z.literal('message.edited'),
    ...durable,
    ...about,
    /** null when the message was deleted since. */
    message: z.string().nullable(),
    edited_at: timestamp,
  }),
  z.object({
    type: z.literal('message.deleted'),
    ...durable,
    ...about,
    deleted_at: timestamp,
    /** null when its author deleted it. */
    deleted_by: byAnother,
  }),
  z.object({
    type: z.literal('reaction'),
    ...durable,
    ...about,
    ...ofMember,
    emoji: z.string(),
    /** Whether the user has this reaction on the message. */
    reacted: z.boolean(),
    /** How many users have this reaction on the message. */
    count: z.int(),
    /** See `reaction`; null when nobody has this reaction any more. */
    first_seq: seq.nullable(),
  }),
  z.object({ type: z.literal('member.joined'), ...durable, ...ofMember, role }),
  z.object({
    type: z.literal('member.left'),
    ...durable,
    ...ofMember,
    /** null when they left by themselves. */
    removed_by: byAnother,
  }),
  z.object({ type: z.literal('member.updated'), ...durable, ...ofMember, role }),
  z.object({
    type: z.literal('room.updated'),
    ...durable,
    title: z.string(),
    description: z.string(),
    archived_at: timestamp.nullable(),
    ...shownLimits,
  }),
  z.object({ type: z.literal('room.deleted'), ...durable }),
])
export type DurableEvent = z.infer<typeof durableEvent>

/** [M6] */
export const listEventsQuery = z.strictObject({ after: querySeq.default(0), limit: queryLimit })
export const eventPage = page(durableEvent)

export const roomHead = z.object({
  room_id: id,
  last_seq: seq,
  last_read_seq: seq,
  /** [W11] Only in a direct chat whose partner still has an account. */
  partner_online: z.boolean().optional(),
  /** [M9] How far the partner has read; null when the user may not know it. */
  partner_read_seq: seq.nullable().optional(),
  /** [A6] The user has blocked the partner of this direct chat. The list of rooms does not contain it. */
  hidden: z.literal(true).optional(),
})
export type RoomHead = z.infer<typeof roomHead>

/** Why the server is about to close a socket. */
export const byeCode = z.enum([
  'unknown_connection',
  'session_revoked',
  'suspended',
  'removed',
  'room_deleted',
  'closed',
  'rotate',
])

/**
 * [W6] Why a room was not replayed: it has too many new events (`too_many`), the `hello` would replay too many or
 * too large events in all (`too_much`), the user has had too many replays (`too_often`), or the client's position
 * is beyond the log (`ahead`).
 */
export const resyncReason = z.enum(['too_many', 'too_much', 'too_often', 'ahead'])

const listing = { id: requestId, rooms: z.array(roomHead), done: z.boolean() }

/** [W4] Everything else that a socket may be sent. */
export const otherEvent = z.discriminatedUnion('type', [
  z.object({ type: z.literal('typing'), room_id: id, user_id: id, ...names }),
  z.object({ type: z.literal('presence'), user_id: id, ...names, online: z.boolean() }),
  z.object({ type: z.literal('read'), room_id: id, last_read_seq: seq, unread: z.int() }),
  z.object({ type: z.literal('seen'), room_id: id, partner_read_seq: seq }),
  notification.extend({ type: z.literal('notification'), unread: z.int() }),
  z.object({
    type: z.literal('notifications.read'),
    /** The notifications that were read. Otherwise `all` is true. */
    ids: z.array(id).optional(),
    all: z.literal(true).optional(),
    unread: z.int(),
  }),
  z.object({
    type: z.literal('notifications.removed'),
    /** The notifications that clients must not show any more. */
    ids: z.array(id),
    unread: z.int(),
  }),
  z.object({ type: z.literal('room.added'), room }),
  z.object({ type: z.literal('room.removed'), room_id: id }),
  z.object({
    type: z.literal('resync'),
    room_id: id,
    /** See `resyncReason`. */
    reason: resyncReason,
  }),
  announcement.extend({ type: z.literal('announcement') }),
  z.object({
    type: z.literal('ack'),
    id: requestId,
    room_id: id,
    seq,
    message_id: id,
    timestamp,
    duplicate: z.boolean(),
  }),
  z.object({
    type: z.literal('error'),
    id: requestId,
    code: errorCode,
    message: z.string(),
    retryable: z.boolean(),
    retry_after_ms: z.int().optional(),
  }),
  z.object({
    type: z.literal('hello'),
    connection_id: z.string(),
    user: z.object({ id, ...names }),
    server_time: timestamp,
    ...listing,
  }),
  z.object({ type: z.literal('heads'), ...listing }),
  z.object({
    type: z.literal('bye'),
    code: byeCode,
    message: z.string().optional().describe('Only with `suspended`: why, and until when'),
    reconnect: z.boolean(),
    after_ms: z.int(),
  }),
])
export type OtherEvent = z.infer<typeof otherEvent>

export type ServerEvent = DurableEvent | OtherEvent
