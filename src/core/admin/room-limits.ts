/** [S3] Limits that an admin sets for one room, in addition to the limits of all rooms. */
import { sql } from 'kysely'
import type { RoomKind } from '../../protocol/rooms.ts'
import type { ChatContext } from '../context.ts'
import type { Db } from '../database/database.ts'
import { noSuchRoom } from '../errors.ts'
import { readSockets, sendTo } from '../push/publish.ts'
import { announceUpdate, logUpdate } from '../rooms/change-room.ts'
import { findRooms } from '../rooms/find-rooms.ts'
import { writeAudit } from './audit-log.ts'
import { enterRoom } from './enter-room.ts'
import type { Admin } from './session.ts'

/** null: only the limits of all rooms apply. */
export interface RoomLimits {
  /** The maximum length of a text, in characters. */
  readonly textMax: number | null
  /** The messages and edits that each member may make. */
  readonly sends: { readonly count: number; readonly seconds: number } | null
}

export const roomSendsMax = 1_000
export const roomSendSecondsMax = 86_400

export interface LimitedRoom extends RoomLimits {
  readonly id: number
  readonly kind: RoomKind
  readonly title: string
}

export async function getLimitedRoom(db: Db, roomId: number): Promise<LimitedRoom> {
  const room = await db
    .selectFrom('rooms')
    .where('id', '=', roomId)
    .where('deleted_at', 'is', null)
    .select(['id', 'kind', 'title', 'text_max', 'send_count', 'send_seconds'])
    .executeTakeFirst()
  if (!room) throw noSuchRoom()
  const { id, kind, title, ...limits } = room
  return { id, kind, title, ...toLimits(limits) }
}

function toLimits(row: {
  text_max: number | null
  send_count: number | null
  send_seconds: number | null
}): RoomLimits {
  const { text_max: textMax, send_count: count, send_seconds: seconds } = row
  return { textMax, sends: count === null || seconds === null ? null : { count, seconds } }
}

/**
 * Sets a room's limits. They apply to everything that is sent from then on, over HTTP or a socket. The members' clients
 * are told: by `room.updated`, and in a direct chat, whose title each member sees differently, by `room.added`.
 */
export async function setRoomLimits(
  context: ChatContext,
  admin: Admin,
  roomId: number,
  limits: RoomLimits,
): Promise<void> {
  const set = await context.db.transaction().execute(async (trx) => {
    const access = await enterRoom(trx, admin, roomId)
    const room = await trx
      .selectFrom('rooms')
      .where('id', '=', roomId)
      .select(['text_max', 'send_count', 'send_seconds'])
      .executeTakeFirstOrThrow()
    const { textMax, sends } = limits
    const [before, after] = [toLimits(room), { textMax, sends }]
    if (JSON.stringify(before) === JSON.stringify(after)) return null
    await sql`
      update rooms
         set text_max = cast(${textMax} as bigint),
             send_count = cast(${sends?.count ?? null} as bigint),
             send_seconds = cast(${sends?.seconds ?? null} as bigint)
       where id = ${roomId}`.execute(trx)
    await writeAudit(trx, admin, {
      action: 'set_limits',
      roomId,
      before,
      after,
      reason: `room ${roomId}: ${described(after)}`,
    })
    return { updated: access.kind === 'direct' ? null : await logUpdate(trx, access) }
  })
  if (set?.updated) await announceUpdate(context, set.updated)
  else if (set) await showDirect(context, roomId)
}

/** Shows a direct chat to its members again, except to a member who has blocked the other [A6]. */
async function showDirect(context: ChatContext, roomId: number): Promise<void> {
  const { db } = context
  const { rows } = await sql<{ user_id: number }>`
    select m.user_id from memberships m
     where m.room_id = ${roomId}
       and not exists (select from memberships o
                        where o.room_id = m.room_id and is_blocked_v1(o.user_id, m.user_id))`.execute(
    db,
  )
  for (const { user_id: userId } of rows) {
    const [room] = await findRooms(db, userId, sql`${roomId}`)
    if (!room) return
    await sendTo(context, { type: 'room.added', room }, await readSockets(db, userId))
  }
}

function described({ textMax, sends }: RoomLimits): string {
  const parts = [
    textMax === null ? '' : `texts of at most ${textMax} characters`,
    sends === null ? '' : `at most ${sends.count} messages in ${sends.seconds} s`,
  ].filter((part) => part !== '')
  return parts.length === 0 ? 'no limits of its own' : parts.join(', ')
}
