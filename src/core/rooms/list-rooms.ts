import * as z from 'zod'
import { type RawBuilder, sql } from 'kysely'
import type { Room, RoomDetail, RoomOrder } from '../../protocol/rooms.ts'
import { onlineSeconds, onlineSocketsMax } from '../../protocol/limits.ts'
import { getCaller } from '../identity/session.ts'
import type { ChatContext } from '../context.ts'
import type { Db } from '../database/database.ts'
import { foldName, foldText } from '../names/fold-case.ts'
import { inBoundedTime } from '../limits/in-bounded-time.ts'
import type { ProcessLimits } from '../limits/process-limits.ts'
import { type ListPage, numbersOf, type PageRequest, seek, toPage } from '../paging.ts'
import { accessRoom } from './access.ts'
import { findRooms, getRoom } from './find-rooms.ts'

export interface RoomFilter {
  /** Only rooms that the caller is a member of. */
  readonly member: boolean
  readonly search: string | undefined
  readonly order: RoomOrder
}

const advice = 'search for a longer part of the title, or only in your own rooms with member=true'

type ListContext = Pick<ChatContext, 'db' | 'limits'> & { readonly processLimits: ProcessLimits }

/**
 * [R1] Lists public rooms and the caller's own rooms, the newest first; or the caller's own rooms by their last event,
 * the latest first.
 */
export async function listRooms(
  { db, limits, processLimits }: ListContext,
  sessionId: number,
  filter: RoomFilter,
  request: PageRequest<string>,
): Promise<ListPage<Room, string>> {
  const { userId } = await getCaller(db, sessionId)
  const { key, keyOf } = orders[filter.order]
  const { position, order, limit } = seek(key, 'desc', request, numbersOf)
  const matches = filter.search === undefined ? sql`true` : titleMatches(filter.search, userId)
  const end = sql`order by ${order} limit ${limit}`
  const own = sql`(select r.id from memberships own join rooms r on r.id = own.room_id
    where own.user_id = ${userId} and r.deleted_at is null and ${position} and ${matches}
      and ${notBlocked(userId)} ${end})`
  const open = sql`(select r.id from rooms r
    where r.kind = 'public' and r.deleted_at is null and ${position} and ${matches} ${end})`
  // Each half reads one index in the order of the page. So other users' private rooms are never read.
  const ids = filter.member ? own : sql`select r.id from (${own} union ${open}) r ${end}`
  const find = (on: Db) => findRooms(on, userId, ids, order)
  // A search without a match reads all public rooms. So searches are limited.
  const rooms =
    filter.search === undefined
      ? await find(db)
      : await processLimits.forSearch(userId, () =>
          inBoundedTime(db, userId, limits.searchMs, advice, find),
        )
  return toPage(rooms, request, keyOf, (room) => room)
}

/** The order of a list of rooms, in the database and in its cursors. */
const orders: Record<RoomOrder, { key: RawBuilder<unknown>[]; keyOf: (room: Room) => string }> = {
  newest: { key: [sql`r.id`], keyOf: ({ id }) => String(id) },
  // This reads all rooms of the caller. An index would make every message more expensive, because each message would
  // move its room in the index.
  activity: {
    key: [sql`cast(extract(epoch from r.last_event_at) * 1000 as bigint)`, sql`r.id`],
    keyOf: ({ id, last_event_at }) => `${Date.parse(last_event_at)}-${id}`,
  },
}

const idsText = z.array(z.int())

/** [W11] One room, with the number of its members who are online. Members also learn who these are. */
export async function readRoom(db: Db, sessionId: number, roomId: number): Promise<RoomDetail> {
  const { caller } = await accessRoom(db, sessionId, roomId)
  const room = await getRoom(db, caller.userId, roomId)
  const { rows } = await sql<{
    online_count: number
    online_more: boolean
    online_ids: string | null
  }>`
    select online_count, online_more, online_ids
      from online_members_v2(${roomId}, ${caller.userId}, ${sql.lit(onlineSocketsMax)},
        ${sql.lit(onlineSeconds)})`.execute(db)
  const { online_ids, ...counted } = rows[0]!
  return {
    ...room,
    ...counted,
    online_ids: online_ids === null ? null : idsText.parse(JSON.parse(online_ids)),
  }
}

/**
 * The title of a direct chat is the name of the other user. So a search for the caller's own name does not find all
 * direct chats.
 */
function titleMatches(search: string, userId: number) {
  // A subquery, so that the word is folded only once. A word of accents alone folds to nothing and matches no room.
  const word = sql`(select nullif(${foldText(sql.val(search))}, ''))`
  const has = (text: RawBuilder<unknown>) => sql`strpos(${text}, ${word}) > 0`
  return sql`(${has(sql`r.title_folded`)} or r.kind = 'public' and ${has(foldName(sql.ref('r.name')))}
    or r.kind = 'direct' and exists (
      select from memberships o join users u on u.id = o.user_id
       where o.room_id = r.id and o.user_id <> ${userId}
         and (${has(foldName(sql.ref('u.username')))} or ${has(foldText(sql.ref('u.display_name')))})))`
}

/** [A6] Leaves out direct chats with users whom the caller has blocked. */
function notBlocked(userId: number) {
  return sql`(r.kind <> 'direct' or not exists (
    select from memberships o where o.room_id = r.id and is_blocked_v1(o.user_id, ${userId})))`
}
