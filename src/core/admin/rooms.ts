import { type RawBuilder, sql } from 'kysely'
import type { RoomKind } from '../../protocol/rooms.ts'
import type { Limits } from '../context.ts'
import type { Db } from '../database/database.ts'
import { noSuchRoom } from '../errors.ts'
import { foldName, foldText } from '../names/fold-case.ts'
import { inBoundedTime } from '../limits/in-bounded-time.ts'
import { type ListPage, numbersOf, type PageRequest, seek, toPage } from '../paging.ts'
import { type MemberRow, pageOfMembers } from '../rooms/list-members.ts'
import type { Named } from './audit-log.ts'
import { chosenIds } from './chosen-ids.ts'
import type { Admin } from './session.ts'

/**
 * The orders of a list of rooms, the largest value first. `log` counts all events of a room's log, including messages.
 */
export const adminRoomOrders = ['newest', 'activity', 'members', 'log'] as const
export type AdminRoomOrder = (typeof adminRoomOrders)[number]

export interface AdminRoomFilter {
  readonly search?: string | undefined
  readonly kind?: RoomKind | undefined
  readonly state?: 'open' | 'archived' | undefined
  readonly order: AdminRoomOrder
}

/**
 * In a list, a room's messages are counted up to this number. On a room's own page they are counted up to `figureMax`.
 */
export const listedMessagesMax = 1_000

/** A room in the form that admins see: its figures, and none of its messages. */
export interface ListedRoom {
  readonly id: number
  readonly name: string
  /** For a direct chat: the usernames of its two members. */
  readonly title: string
  readonly kind: RoomKind
  readonly created_at: Date
  readonly last_event_at: Date
  readonly member_count: number
  readonly last_seq: number
  readonly archived_at: Date | null
  /** Counted up to a limit. Deleted messages count. */
  readonly messages: number
  /** The owner who has been a member longest; null if there is no owner, and for a direct chat. */
  readonly owner: Named | null
  readonly owners: number
}

export interface ShownRoom extends ListedRoom {
  readonly description: string
  readonly created_by: Named | null
  readonly sockets: number
  readonly bans: number
}

interface RoomRow extends Omit<ListedRoom, 'owner'> {
  readonly owner_id: number | null
  readonly owner_name: string | null
  readonly owner_display_name: string | null
}

const keys: Record<AdminRoomOrder, { sort: RawBuilder<unknown>; of: (row: RoomRow) => number }> = {
  newest: { sort: sql`r.id`, of: ({ id }) => id },
  activity: {
    sort: sql`cast(extract(epoch from r.last_event_at) * 1000 as bigint)`,
    of: ({ last_event_at }) => last_event_at.getTime(),
  },
  members: { sort: sql`r.member_count`, of: ({ member_count }) => member_count },
  log: { sort: sql`r.last_seq`, of: ({ last_seq }) => last_seq },
}

/**
 * Rooms that are not deleted. Only the order `newest` reads an index. A search and the other orders read all rooms, for
 * at most `searchMs`. An admin can have only one such list at a time.
 */
export async function listRoomsForAdmin(
  { db, limits }: { readonly db: Db; readonly limits: Pick<Limits, 'searchMs'> },
  admin: Admin,
  filter: AdminRoomFilter,
  request: PageRequest<string>,
): Promise<ListPage<ListedRoom, string>> {
  const { sort, of } = keys[filter.order]
  const { position, order, limit } = seek([sort, sql`r.id`], 'desc', request, numbersOf)
  const conditions = [
    sql`r.deleted_at is null`,
    position,
    ...(filter.kind ? [sql`r.kind = ${filter.kind}`] : []),
    ...(filter.state
      ? [filter.state === 'open' ? sql`r.archived_at is null` : sql`r.archived_at is not null`]
      : []),
    ...(filter.search === undefined ? [] : [matches(filter.search)]),
  ]
  const read = (on: Db) =>
    selectRooms(
      on,
      sql`select r.* from rooms r where ${sql.join(conditions, sql` and `)}
        order by ${order} limit ${limit}`,
      listedMessagesMax,
      sql`order by ${order}`,
    )
  const isIndexed = filter.order === 'newest' && filter.search === undefined
  const rows = isIndexed
    ? await read(db)
    : await inBoundedTime(db, admin.userId, limits.searchMs, advice, read)
  return toPage(rows, request, (row) => `${of(row)}-${row.id}`, toListed)
}

const advice = 'list the newest rooms, or the rooms of one kind'

/**
 * SQL for whether a search matches a room: a part of its title or name, or for a direct chat the beginning of a
 * username.
 */
function matches(search: string): RawBuilder<unknown> {
  const word = sql`(select nullif(${foldText(sql.val(search))}, ''))`
  return sql`(strpos(r.title_folded, ${word}) > 0
    or strpos(${foldName(sql.ref('r.name'))}, ${foldName(sql.val(search))}) > 0
    or r.kind = 'direct' and exists (
      select from memberships o join users u on u.id = o.user_id
       where o.room_id = r.id and strpos(${foldName(sql.ref('u.username'))}, ${foldName(sql.val(search))}) = 1))`
}

async function selectRooms(
  db: Db,
  rooms: RawBuilder<unknown>,
  messagesMax: number,
  order = sql``,
): Promise<RoomRow[]> {
  const { rows } = await sql<RoomRow>`
    select r.id, r.name, case r.kind when 'direct' then coalesce(two.names, '') else r.title end as title,
           r.kind, r.created_at, r.last_event_at, r.member_count, r.last_seq, r.archived_at,
           said.count as messages, owner.id as owner_id, owner.username as owner_name,
           owner.display_name as owner_display_name, coalesce(owner.owners, 0) as owners
      from (${rooms}) r
      cross join lateral (
        select count(*) as count from (
          select from messages m where m.room_id = r.id limit ${sql.lit(messagesMax + 1)}) counted) said
      left join lateral (
        select u.id, nullif(u.username, '') as username, u.display_name, count(*) over () as owners
          from memberships m join users u on u.id = m.user_id
         where m.room_id = r.id and m.role = 'owner' and r.kind <> 'direct'
         order by m.joined_at, m.user_id limit 1) owner on true
      left join lateral (
        select string_agg(coalesce(nullif(u.username, ''), 'deleted user ' || u.id), ' and ' order by u.id) as names
          from memberships m join users u on u.id = m.user_id
         where m.room_id = r.id and r.kind = 'direct') two on true
     ${order}`.execute(db)
  return rows
}

function toListed({ owner_id, owner_name, owner_display_name, ...row }: RoomRow): ListedRoom {
  return {
    ...row,
    owner:
      owner_id === null
        ? null
        : { id: owner_id, username: owner_name, displayName: owner_display_name },
  }
}

/** The given rooms that are not deleted, the newest first. Their messages are not counted. */
export async function findRoomsForAdmin(db: Db, ids: readonly number[]): Promise<ListedRoom[]> {
  const rows = await selectRooms(
    db,
    sql`select r.* from rooms r where r.id in ${chosenIds(ids)} and r.deleted_at is null`,
    0,
    sql`order by r.id desc`,
  )
  return rows.map(toListed)
}

export async function getRoomForAdmin(
  db: Db,
  roomId: number,
  messagesMax: number,
): Promise<ShownRoom> {
  const room = sql`select r.* from rooms r where r.id = ${roomId} and r.deleted_at is null`
  const [row] = await selectRooms(db, room, messagesMax)
  if (!row) throw noSuchRoom()
  const { rows } = await sql<{
    description: string
    creator_id: number | null
    creator_name: string | null
    creator_display_name: string | null
    sockets: number
    bans: number
  }>`
    select r.description, u.id as creator_id, nullif(u.username, '') as creator_name,
           u.display_name as creator_display_name,
           (select count(*) from (
             select from subscriptions s where s.room_id = r.id limit ${sql.lit(messagesMax)}) counted) as sockets,
           (select count(*) from bans b where b.room_id = r.id and b.expires_at is null) as bans
      from rooms r left join users u on u.id = r.created_by
     where r.id = ${roomId}`.execute(db)
  const { creator_id, creator_name, creator_display_name, ...more } = rows[0]!
  return {
    ...toListed(row),
    ...more,
    created_by:
      creator_id === null
        ? null
        : { id: creator_id, username: creator_name, displayName: creator_display_name },
  }
}

/** The members of a room, in the order of their registration. An admin need not be one of them. */
export const listMembersForAdmin = (
  db: Db,
  roomId: number,
  request: PageRequest,
): Promise<ListPage<MemberRow>> => pageOfMembers(db, roomId, request, (row) => row)

export interface RoomBan {
  readonly user_id: number
  readonly username: string
  readonly display_name: string | null
  readonly reason: string
  readonly created_at: Date
  /**
   * null: the ban lasts until it is lifted. Otherwise the user was removed from a public room, and is kept out until
   * then.
   */
  readonly expires_at: Date | null
}

/** The users who are kept out of a room, in the order of their registration. */
export async function listBansForAdmin(
  db: Db,
  roomId: number,
  request: PageRequest,
): Promise<ListPage<RoomBan>> {
  const { position, order, limit } = seek('b.user_id', 'asc', request)
  const rows = await db
    .selectFrom('bans as b')
    .innerJoin('users as u', 'u.id', 'b.user_id')
    .where('b.room_id', '=', roomId)
    .where('u.deleted_at', 'is', null)
    .where(sql<boolean>`(b.expires_at is null or b.expires_at > now())`)
    .where(position)
    .orderBy(order)
    .limit(limit)
    .select([
      'b.user_id',
      'u.username',
      'u.display_name',
      'b.reason',
      'b.created_at',
      'b.expires_at',
    ])
    .execute()
  return toPage(
    rows,
    request,
    (row) => row.user_id,
    (row) => row,
  )
}
