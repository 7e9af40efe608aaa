import { sql } from 'kysely'
import { connectionLifeSeconds, onlineSeconds } from '../../protocol/limits.ts'
import type { Role } from '../../protocol/rooms.ts'
import type { ChatContext } from '../context.ts'
import { RateLimitedError } from '../errors.ts'
import { type Refusal, refusalError } from '../refusals/refusal.ts'
import { memberEvent } from '../log/event-forms.ts'
import { findRooms } from '../rooms/find-rooms.ts'
import { publish, type Pushes, recipientsAsked, sendTo } from '../push/publish.ts'

export interface Connect {
  readonly connectionId: string
  readonly sessionId: number
  /** The room of a one-room socket; undefined for all rooms of the user. */
  readonly roomName: string | undefined
  /** [W2] A simple client: it knows only `message` and `error`. */
  readonly isSimple: boolean
  /** The IP address of the client. Admins see it while the connection exists. */
  readonly address: string
}

interface ConnectRow {
  status: Refusal | 'ok' | null
  retry_after_ms: number | null
  user_id: number
  username: string
  display_name: string | null
  room_id: number | null
  seq: number | null
  at: Date
  role: Role
  again_in_s: number | null
  event: 'joined' | 'room.added' | 'presence' | null
  connection_id: string
}

export const tooManySockets = 'too many new sockets, or too many joins through sockets'

/**
 * [W1, W2] Lets a socket in and sends the events that follow from it. This takes one statement. It takes one more if
 * the socket joins a room and the user has other connections, which are sent `room.added`. Returns the room of a
 * one-room socket.
 */
export async function connect(
  context: Pushes & Pick<ChatContext, 'fanOut' | 'limits'>,
  request: Connect,
): Promise<number | undefined> {
  const { connects, joins } = context.limits
  const { rows } = await sql<ConnectRow>`
    select * from connect_v4(${request.connectionId}, ${request.sessionId},
      ${request.roomName ?? null}, ${request.isSimple}, ${sql.lit(connectionLifeSeconds)},
      ${sql.lit(onlineSeconds)}, ${context.limits.connectionsPerUser}, ${connects.count},
      ${connects.seconds}, ${joins.count}, ${joins.seconds}, ${context.limits.roomsPerUser}, ${sql.lit(recipientsAsked)},
      ${request.address})`.execute(context.db)
  const [row, ...told] = rows
  const { status, retry_after_ms, again_in_s } = row!
  if (status === 'limited' && retry_after_ms === null)
    throw new RateLimitedError(60_000, 'too many open sockets')
  if (status !== 'ok' && status !== null) {
    const { roomsPerUser } = context.limits
    throw refusalError(
      { status, retry_after_ms, again_in_s },
      { tooMany: tooManySockets, roomsPerUser },
    )
  }
  const { user_id, username, display_name, room_id: roomId, seq, at, role } = row!
  const toldOf = (event: ConnectRow['event']) =>
    told.filter((recipient) => recipient.event === event).map(({ connection_id }) => connection_id)
  if (roomId !== null && seq !== null) {
    await showRoom(context, user_id, roomId, toldOf('room.added'))
    const place = { room_id: roomId, seq, at }
    const member = { id: user_id, username, display_name }
    const recipients = toldOf('joined').map((connectionId) => ({ connectionId, isSimple: false }))
    await publish(context, [memberEvent('member.joined', place, member, role)], {
      roomId,
      recipients,
    })
  }
  await sendTo(
    context,
    { type: 'presence', user_id, username, display_name, online: true },
    toldOf('presence'),
    { mayBeDropped: true },
  )
  return roomId ?? undefined
}

/** Sends `room.added` to the user's other connections, after this socket has joined the room. */
async function showRoom(
  context: Pushes,
  userId: number,
  roomId: number,
  others: readonly string[],
): Promise<void> {
  if (others.length === 0) return
  const [room] = await findRooms(context.db, userId, sql`${roomId}`)
  // If there is no room, it was deleted in the meantime, and the deletion closes this socket.
  if (room) await sendTo(context, { type: 'room.added', room }, others)
}
