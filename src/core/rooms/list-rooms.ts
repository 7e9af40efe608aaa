import { sql } from 'kysely'
import type { Room, RoomDetail } from '../../protocol/rooms.ts'
import { onlineSeconds } from '../../protocol/limits.ts'
import { getCaller } from '../accounts/session.ts'
import type { Db } from '../database.ts'
import { type Page, type PageRequest, toPage } from '../paging.ts'
import { accessRoom } from './access.ts'
import { findRooms, getRoom } from './find-rooms.ts'

export interface RoomFilter {
  /** Only the caller's own rooms. */
  readonly member: boolean
  readonly search: string | undefined
}

/** [R1] Public rooms and the caller's own, the newest first. */
export async function listRooms(
  db: Db,
  sessionId: number,
  filter: RoomFilter,
  request: PageRequest,
): Promise<Page<Room>> {
  const caller = await getCaller(db, sessionId)
  const { cursor } = request
  const isBackward = cursor?.direction === 'before'
  // Each half reads one index in the order of the page, so that others' private rooms cost nothing.
  const order = isBackward ? sql`asc` : sql`desc`
  const position = cursor
    ? isBackward
      ? sql`r.id > ${cursor.key}`
      : sql`r.id < ${cursor.key}`
    : sql`true`
  const matches =
    filter.search === undefined ? sql`true` : titleMatches(like(filter.search), caller.userId)
  const end = sql`order by r.id ${order} limit ${request.limit + 1}`
  const own = sql`(select r.id from memberships own join rooms r on r.id = own.room_id
    where own.user_id = ${caller.userId} and r.deleted_at is null and ${position} and ${matches}
      and ${notBlocked(caller.userId)} ${end})`
  const open = sql`(select r.id from rooms r
    where r.kind = 'public' and r.deleted_at is null and ${position} and ${matches} ${end})`
  const ids = filter.member ? own : sql`${own} union ${open}`
  const rooms = await findRooms(db, caller.userId, sql`select r.id from (${ids}) r ${end}`)
  if (isBackward) rooms.reverse()
  return toPage(
    rooms,
    request,
    (room) => room.id,
    (room) => room,
  )
}

/** [W11] A room that is looked at says how many of its members are online. */
export async function readRoom(db: Db, sessionId: number, roomId: number): Promise<RoomDetail> {
  const { caller } = await accessRoom(db, sessionId, roomId)
  const room = await getRoom(db, caller.userId, roomId)
  const online = await sql<{ count: number }>`
    select count(*) as count
      from memberships m
     where m.room_id = ${roomId}
       and exists (
         select from connections c
          where c.user_id = m.user_id and c.expires_at > now()
            and c.seen_at > now() - make_interval(secs => ${sql.lit(onlineSeconds)})
         offset 0)`.execute(db)
  return { ...room, online_count: online.rows[0]!.count }
}

/** A direct chat's title is the name of the other one: the caller's own name finds none. */
function titleMatches(pattern: string, userId: number) {
  return sql`(r.title ilike ${pattern} or r.kind = 'public' and r.name ilike ${pattern}
    or r.kind = 'direct' and exists (
      select from memberships o join users u on u.id = o.user_id
       where o.room_id = r.id and o.user_id <> ${userId} and u.username ilike ${pattern}))`
}

/** [A6] Whom the caller has blocked, they do not see in their list. */
function notBlocked(userId: number) {
  return sql`(r.kind <> 'direct' or not exists (
    select from memberships o where o.room_id = r.id and is_blocked_v1(o.user_id, ${userId})))`
}

function like(search: string): string {
  return `%${search.replace(/[\\%_]/g, String.raw`\$&`)}%`
}
