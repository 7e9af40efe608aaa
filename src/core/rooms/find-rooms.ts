import { sql, type RawBuilder } from 'kysely'
import type { Notify, Role, Room, RoomKind } from '../../protocol/rooms.ts'
import {
  onlineSeconds,
  previewMaxCodePoints,
  unreadMax,
  unreadWindow,
} from '../../protocol/limits.ts'
import { preview } from '../../protocol/preview.ts'
import type { Db, Trx } from '../database/database.ts'
import { noSuchRoom } from '../errors.ts'
import { type LimitColumns, limitsForm } from '../log/event-forms.ts'
import { titleWithoutPartner } from '../names/room-titles.ts'
import { wireTime, wireTimeOrNull } from '../time.ts'

interface RoomRow extends LimitColumns {
  id: number
  name: string
  title: string
  description: string
  kind: RoomKind
  created_at: Date
  created_by: string | null
  created_by_display_name: string | null
  last_seq: number
  last_event_at: Date
  member_count: number
  archived_at: Date | null
  role: Role | null
  last_read_seq: number | null
  unread: number | null
  notify: Notify | null
  partner_id: number | null
  partner_username: string | null
  partner_display_name: string | null
  partner_online: boolean | null
  partner_read_seq: number | null
  said_seq: number | null
  said_by_id: number | null
  said_by_username: string | null
  said_by_display_name: string | null
  said_text: string | null
  said_at: Date
}

/**
 * The rooms whose ids `ids` selects, as `userId` sees them. They come newest first, or in `order`. This function does
 * not check access.
 */
export async function findRooms(
  db: Db | Trx,
  userId: number,
  ids: RawBuilder<unknown>,
  order = sql`r.id desc`,
): Promise<Room[]> {
  const result = await sql<RoomRow>`
    select r.id, r.name, r.title, r.description, r.kind, r.created_at, creator.username as created_by,
           creator.display_name as created_by_display_name, r.last_seq, r.last_event_at, r.member_count, r.archived_at,
           r.text_max, r.send_count, r.send_seconds, m.role, m.last_read_seq, m.notify,
           case when m.user_id is not null then unread.count end as unread,
           partner.id as partner_id, partner.username as partner_username,
           partner.display_name as partner_display_name, partner.online and not partner.apart as partner_online,
           case when partner.receipts and not partner.apart then partner.last_read_seq end as partner_read_seq,
           said.seq as said_seq, speaker.id as said_by_id, speaker.username as said_by_username,
           speaker.display_name as said_by_display_name, said.text as said_text, said.created_at as said_at
      from rooms r
      left join users creator on creator.id = r.created_by and creator.deleted_at is null
      left join memberships m on m.room_id = r.id and m.user_id = ${userId}
      left join lateral (
        select count(*) as count from (
          select from (
            select x.user_id, x.deleted_at from messages x
             where x.room_id = m.room_id and x.seq > m.last_read_seq
             order by x.seq desc limit ${sql.lit(unreadWindow)}) newest
           where newest.user_id is distinct from m.user_id and newest.deleted_at is null
           limit ${sql.lit(unreadMax)}) counted) unread on true
      left join lateral (
        select u.id, u.username, u.display_name,
               is_online_v1(u.id, '', ${sql.lit(onlineSeconds)}) as online,
               are_apart_v1(u.id, ${userId}) as apart, u.read_receipts and viewer.read_receipts as receipts,
               o.last_read_seq
          from memberships o join users u on u.id = o.user_id and u.deleted_at is null
          join users viewer on viewer.id = ${userId}
         where r.kind = 'direct' and o.room_id = r.id and o.user_id <> ${userId}
         limit 1) partner on true
      left join lateral (
        select x.seq, x.user_id, x.created_at,
               case when x.deleted_at is null then left(x.text, ${sql.lit(previewMaxCodePoints + 1)}) end as text
          from messages x
         where x.room_id = r.id
         order by x.seq desc limit 1) said on true
      left join users speaker on speaker.id = said.user_id and speaker.deleted_at is null
     where r.id in (${ids}) and r.deleted_at is null
     order by ${order}`.execute(db)
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
    // The title of a direct chat is the name of the other user.
    title:
      row.kind === 'direct'
        ? (row.partner_display_name ?? row.partner_username ?? titleWithoutPartner)
        : row.title,
    description: row.description,
    kind: row.kind,
    created_at: wireTime(row.created_at),
    created_by: row.created_by,
    created_by_display_name: row.created_by_display_name,
    last_seq: row.last_seq,
    last_event_at: wireTime(row.last_event_at),
    last_message:
      row.said_seq === null
        ? null
        : {
            seq: row.said_seq,
            user_id: row.said_by_id,
            username: row.said_by_username,
            display_name: row.said_by_display_name,
            text: row.said_text && preview(row.said_text),
            timestamp: wireTime(row.said_at),
          },
    member_count: row.member_count,
    archived_at: wireTimeOrNull(row.archived_at),
    ...limitsForm(row),
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
            display_name: row.partner_display_name,
            online: row.partner_online ?? false,
            read_seq: row.partner_read_seq,
          },
  }
}
