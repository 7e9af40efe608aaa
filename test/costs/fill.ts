import type { Client } from 'pg'

export interface Room {
  readonly id: number
  /** A v1 socket of a member. */
  readonly connectionId: string
}

let rooms = 0

/** Makes a room with this many members, and this many of them with a v1 socket. */
export async function fillRoom(client: Client, members: number, online: number): Promise<Room> {
  const room = await client.query<{ id: number }>(
    `insert into rooms (kind, name, title, member_count)
     values ('public', $1, 'Counted', $2) returning cast(id as float8) as id`,
    [`counted_${++rooms}`, members],
  )
  const { id } = room.rows[0]!
  const prefix = `member_of_${id}_`
  await client.query(
    `insert into users (username, password_hash)
     select $1 || n, '' from generate_series(1, cast($2 as int)) n`,
    [prefix, members],
  )
  await client.query(
    `insert into memberships (room_id, user_id, role, notify)
     select $1, id, 'member', 'mentions' from users where starts_with(username, $2)`,
    [id, prefix],
  )
  await client.query(
    `insert into sessions (user_id, expires_at, refresh_family)
     select id, now() + interval '30 days', username || ' family'
       from users where starts_with(username, $1) order by id limit $2`,
    [prefix, online],
  )
  // The ids are as long as API Gateway's.
  const connections = await client.query<{ id: string }>(
    `insert into connections (id, user_id, session_id, simple, expires_at)
     select 'L0SM9c' || lpad(cast(s.id as text), 9, '0') || '=', s.user_id, s.id, false,
            now() + interval '2 hours'
       from sessions s join users u on u.id = s.user_id and starts_with(u.username, $1)
     returning id`,
    [prefix],
  )
  await client.query(
    `insert into subscriptions (room_id, connection_id)
     select $1, c.id from connections c join memberships m on m.user_id = c.user_id and m.room_id = $1`,
    [id],
  )
  await client.query('analyze')
  return { id, connectionId: connections.rows[0]!.id }
}
