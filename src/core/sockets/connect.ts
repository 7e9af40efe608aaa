import { sql } from 'kysely'
import { connectionLifeSeconds, onlineSeconds } from '../../protocol/limits.ts'
import type { Role } from '../../protocol/rooms.ts'
import type { ChatContext } from '../context.ts'
import { type ChatError, RateLimitedError } from '../errors.ts'
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
  /** The place of the request, from 1; null in rows that name sockets to tell. */
  n: number | null
  status: Refusal | 'ok'
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
  /** A JSON array. */
  connection_ids: string | null
}

export const tooManySockets = 'too many new sockets, or too many joins through sockets'

type ConnectContext = Pushes & Pick<ChatContext, 'fanOut' | 'limits'>

/** The room of an accepted one-room socket, undefined for other accepted sockets, or why a socket is refused. */
export type Connected = number | undefined | ChatError

interface Entering {
  /** What became of each socket, in the order of the requests. */
  readonly outcomes: Connected[]
  /**
   * Sends the events that follow. It takes a statement for each socket that joins a room and whose user has other
   * connections, which are sent `room.added`.
   */
  tell(): Promise<void>
}

/** [W1, W2] Lets sockets in, in one statement. Each socket is of another user. */
export async function connect(
  context: ConnectContext,
  requests: readonly Connect[],
): Promise<Entering> {
  const { connects, joins } = context.limits
  const batch = requests.map((request) => ({
    connection_id: request.connectionId,
    session_id: request.sessionId,
    room_name: request.roomName,
    simple: request.isSimple,
    address: request.address,
  }))
  const { rows } = await sql<ConnectRow>`
    select * from connect_v5(${JSON.stringify(batch)}, ${sql.lit(connectionLifeSeconds)},
      ${sql.lit(onlineSeconds)}, ${context.limits.connectionsPerUser}, ${connects.count},
      ${connects.seconds}, ${joins.count}, ${joins.seconds}, ${context.limits.roomsPerUser},
      ${sql.lit(recipientsAsked)})`.execute(context.db)
  const outcomes = rows.filter(({ n }) => n !== null)
  return {
    outcomes: outcomes.map((row) => toConnected(context, row)),
    tell: async () => await tellOfConnects(context, rows, outcomes),
  }
}

async function tellOfConnects(
  context: ConnectContext,
  rows: readonly ConnectRow[],
  outcomes: readonly ConnectRow[],
): Promise<void> {
  const byUser = new Map(outcomes.map((row) => [row.user_id, row]))
  const tellingOf = (event: ConnectRow['event']) => rows.filter((row) => row.event === event)
  // A client has to know a room before it hears of its new member.
  for (const { user_id, connection_ids } of tellingOf('room.added')) {
    await showRoom(context, user_id, byUser.get(user_id)!.room_id!, readIds(connection_ids))
  }
  for (const { room_id, connection_ids } of tellingOf('joined')) {
    const joined = outcomes.filter((row) => row.room_id === room_id && row.seq !== null)
    await publishJoined(context, room_id!, joined, readIds(connection_ids))
  }
  for (const { user_id, connection_ids } of tellingOf('presence')) {
    const { username, display_name } = byUser.get(user_id)!
    await sendTo(
      context,
      { type: 'presence', user_id, username, display_name, online: true },
      readIds(connection_ids),
      { mayBeDropped: true },
    )
  }
}

function readIds(json: string | null): string[] {
  const ids: string[] = JSON.parse(json ?? '[]')
  return ids
}

function toConnected({ limits }: ConnectContext, row: ConnectRow): Connected {
  const { status, retry_after_ms, again_in_s, room_id } = row
  if (status === 'ok') return room_id ?? undefined
  if (status === 'limited' && retry_after_ms === null)
    return new RateLimitedError(60_000, 'too many open sockets')
  return refusalError(
    { status, retry_after_ms, again_in_s },
    { tooMany: tooManySockets, roomsPerUser: limits.roomsPerUser },
  )
}

/** Publishes that users have joined a room, in the order of its log. */
async function publishJoined(
  context: ConnectContext,
  roomId: number,
  joined: readonly ConnectRow[],
  connectionIds: readonly string[],
): Promise<void> {
  const events = joined
    .toSorted((a, b) => a.seq! - b.seq!)
    .map(({ user_id: id, username, display_name, seq, at, role }) =>
      memberEvent(
        'member.joined',
        { room_id: roomId, seq: seq!, at },
        { id, username, display_name },
        role,
      ),
    )
  const recipients = connectionIds.map((connectionId) => ({ connectionId, isSimple: false }))
  await publish(context, events, { roomId, recipients })
}

/** Sends `room.added` to the user's other connections, after this socket has joined the room. */
async function showRoom(
  context: Pushes,
  userId: number,
  roomId: number,
  others: readonly string[],
): Promise<void> {
  const [room] = await findRooms(context.db, userId, sql`${roomId}`)
  // If there is no room, it was deleted in the meantime, and the deletion closes this socket.
  if (room) await sendTo(context, { type: 'room.added', room }, others)
}
