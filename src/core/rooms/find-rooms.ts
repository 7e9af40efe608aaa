import { sql, type RawBuilder } from 'kysely'
import type { Notify, Role, Room, RoomKind } from '../../protocol/rooms.ts'
import { onlineSeconds, unreadMax } from '../../protocol/limits.ts'
import type { Db, Trx } from '../database.ts'
import { noSuchRoom } from '../errors.ts'
import { wireTime } from '../time.ts'

/** [A5] Of a direct chat whose other one has deleted their account. */
export const titleWithoutPartner = 'Deleted account'

interface RoomRow {
  id: number
  name: string
  title: string
  description: string
  kind: RoomKind
  created_at: Date
  created_by: string | null
  last_seq: number
  member_count: number
  role: Role | null
  last_read_seq: number | null
  unread: number | null
  notify: Notify | null
  partner_id: number | null
  partner_username: string | null
  partner_online: boolean | null
}

/** Rooms as `userId` sees them, of those whose ids `ids` selects, the newest first. It checks no access. */
export async function findRooms(
  db: Db | Trx,
  userId: number,
  ids: RawBuilder<unknown>,
): Promise<Room[]> {
  const result = await sql<RoomRow>`
    select r.id, r.name, r.title, r.description, r.kind, r.created_at, creator.username as created_by,
           r.last_seq, r.member_count, m.role, m.last_read_seq, m.notify,
           case when m.user_id is not null then unread.count end as unread,
           partner.id as partner_id, partner.username as partner_username,
           partner.online as partner_online
      from rooms r
      left join users creator on creator.id = r.created_by and creator.deleted_at is null
      left join memberships m on m.room_id = r.id and m.user_id = ${userId}
      left join lateral (
        select count(*) as count from (
          select from messages x
           where x.room_id = m.room_id and x.seq > m.last_read_seq
             and x.user_id is distinct from m.user_id and x.deleted_at is null
           limit ${sql.lit(unreadMax)}) counted) unread on true
      left join lateral (
        select u.id, u.username,
               is_online_v1(u.id, '', ${sql.lit(onlineSeconds)})
                 and not are_apart_v1(u.id, ${userId}) as online
          from memberships o join users u on u.id = o.user_id and u.deleted_at is null
         where r.kind = 'direct' and o.room_id = r.id and o.user_id <> ${userId}
         limit 1) partner on true
     where r.id in (${ids}) and r.deleted_at is null
     order by r.id desc`.execute(db)
  return result.rows.map(renderRoom)
}

export async function getRoom(db: Db | Trx, userId: number, roomId: number): Promise<Room> {
  const [room] = await findRooms(db, userId, sql`${roomId}`)
  if (!room) throw noSuchRoom()
  return room
}

function renderRoom(row: RoomRow): Room {
  return {
    id: row.id,
    name: row.name,
    // A direct chat is called what the other one is called.
    title: row.kind === 'direct' ? (row.partner_username ?? titleWithoutPartner) : row.title,
    description: row.description,
    kind: row.kind,
    created_at: wireTime(row.created_at),
    created_by: row.created_by,
    last_seq: row.last_seq,
    member_count: row.member_count,
    role: row.role,
    last_read_seq: row.last_read_seq,
    unread: row.unread,
    notify: row.notify,
    partner:
      row.partner_id === null
        ? null
        : {
            id: row.partner_id,
            username: row.partner_username!,
            online: row.partner_online ?? false,
          },
  }
}
