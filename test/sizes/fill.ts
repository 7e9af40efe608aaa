import { Client } from 'pg'
import type { TestDatabase } from '../support/database.ts'

export const sizes = {
  users: 20_000,
  rooms: 10_000,
  messages: 1_000_000,
  /** Members of the largest room. */
  largestRoom: 5_000,
  /** Rooms of the user with the most rooms. */
  mostRooms: 1_000,
}

export interface Filled {
  readonly largestRoomId: number
  readonly largestRoomName: string
}

/**
 * Fills a database as years of use would: 10,000 rooms of 6 to 20 members, one of 5,000, a million messages with their
 * log, and everybody online except two users: `busy` becomes a member of 1,000 rooms, and `owner` owns the largest
 * room.
 */
export async function fill(
  database: TestDatabase,
  { busy, owner }: { busy: number; owner: number },
): Promise<Filled> {
  const client = new Client({ ...database.connection, user: 'postgres' })
  await client.connect()
  try {
    // Foreign keys are not checked. The following statements respect them.
    await client.query('set session_replication_role = replica')
    // Making an index of a full table takes a fraction of the time of filling the table with the index in place.
    await client.query(`set maintenance_work_mem = '256MB'`)
    const { rows: indexes } = await client.query<{ name: string; definition: string }>(
      `select c.relname as name, pg_get_indexdef(c.oid) as definition
         from pg_index i join pg_class c on c.oid = i.indexrelid
        where i.indrelid in (cast('messages' as regclass), cast('message_words' as regclass)) and not i.indisprimary`,
    )
    for (const { name } of indexes) await client.query(`drop index ${name}`)
    for (const statement of statementsUpToMessages(busy, owner)) await client.query(statement)
    for (const { definition } of indexes) await client.query(definition)
    for (const statement of statementsAfterMessages(busy)) await client.query(statement)
    await client.query('analyze')
    await client.query('set session_replication_role = origin')
    const { rows } = await client.query<{ id: number; name: string }>(
      `select id::float8, name from rooms where title = 'The largest'`,
    )
    return { largestRoomId: rows[0]!.id, largestRoomName: rows[0]!.name }
  } finally {
    await client.end()
  }
}

/** The words of a message, each in the first or the second of its scopes. */
const scopedWords = (nth: '1' | '2') => {
  const scope = `split_part(s.scopes, ' ', ${nth})`
  return `'''' || ${scope} || '/' || replace(t.text, ' ', ''':1 ''' || ${scope} || '/') || ''':1'`
}

const newest = `(select max(id) from rooms)`

function statementsUpToMessages(busy: number, owner: number): string[] {
  const { users, rooms, messages, largestRoom, mostRooms } = sizes
  return [
    // Every search word matches the display names of many users.
    `insert into users (username, display_name, email, password_hash)
      select 'many_' || n, 'Another ' || n, 'many_' || n || '@example.org', '' from generate_series(1, ${users}) n`,
    `insert into sessions (user_id, expires_at, refresh_family)
      select id, now() + interval '30 days', 'family ' || id
        from users where username like 'many%'`,
    `insert into rooms (kind, name, title)
      select case n % 3 when 0 then 'public' else 'private' end, 'sized_' || n, 'Room ' || n
        from generate_series(1, ${rooms}) n`,
    `insert into rooms (kind, name, title) values ('public', 'the_largest', 'The largest')`,

    // Members: a few users for each room, the busy user in every second room, and the members of the largest room.
    `insert into memberships (room_id, user_id, role)
      select r.id, u.id, case m when 0 then 'owner' else 'member' end
        from rooms r
       cross join lateral generate_series(0, 5 + r.id % 15) m
        join users u on u.username = 'many_' || (1 + (r.id * 37 + m * 101) % ${users})
       where r.name like 'sized%'
      on conflict do nothing`,
    `insert into memberships (room_id, user_id, role)
      select id, ${busy}, 'member' from rooms where name like 'sized%' order by id limit ${mostRooms}`,
    `insert into memberships (room_id, user_id, role)
      select ${newest}, id, 'member' from users where username like 'many%' order by id limit ${largestRoom - 1}`,
    `insert into memberships (room_id, user_id, role) select ${newest}, ${owner}, 'owner'`,

    // A tenth of the messages are in the largest room, the others are spread evenly. What is said in private rooms is
    // said nowhere else.
    `insert into messages (id, room_id, seq, user_id, text, client_id, created_at)
      overriding system value
      select i.id, r.id, n.seq, m.user_id, t.text, 'client ' || n.seq,
             now() - make_interval(secs => n.count - n.seq)
        from rooms r
       cross join lateral (
         select case r.name when 'the_largest' then ${messages / 10} else ${(messages * 0.9) / rooms} end) c (count)
       cross join lateral (select s as seq, c.count from generate_series(1, cast(c.count as bigint)) s) n
        join lateral (
          select user_id from memberships where room_id = r.id and role = 'owner') m on true
       cross join lateral (
         select 'message ' || n.seq || ' about ' || case r.kind when 'public' then 'tea and rain'
                                                                else 'silence' end) t (text)
       cross join lateral (
         select nextval((select pg_get_serial_sequence('messages', 'id'))) + 0 * n.seq) i (id)`,
    // The words are indexed here in the same way as by index_words_v2, in a tenth of its time.
    `insert into message_words (message_id, room_id, words)
      select t.id, r.id,
             cast(${scopedWords('1')} || case r.kind when 'public' then ' ' || ${scopedWords('2')} else '' end
                  as tsvector)
        from messages t
        join rooms r on r.id = t.room_id
       cross join lateral (select search_scopes_v1(r.kind, r.id, t.seq, t.id)) s (scopes)`,
  ]
}

function statementsAfterMessages(busy: number): string[] {
  const { users, largestRoom } = sizes
  return [
    `insert into room_events (room_id, seq, kind, created_at, actor_id, message_id)
      select room_id, seq, 'message', created_at, user_id, id from messages`,
    `insert into reactions (message_id, emoji, user_id, first_seq)
      select m.id, e.emoji, m.user_id, m.seq
        from messages m cross join (values ('👍'), ('🎉')) e (emoji) where m.id % 10 = 0`,
    `update rooms r set
        last_seq = coalesce((select max(seq) from messages where room_id = r.id), 0),
        member_count = (select count(*) from memberships where room_id = r.id)`,

    // A quarter of the messages have notified somebody, who has read a third of the notifications. The busy user has
    // three unread ones in each room.
    `insert into notifications (user_id, kind, room_id, message_seq, actor_id, created_at, read_at)
      select u.id, 'mention', m.room_id, m.seq, m.user_id, m.created_at, case m.id % 3 when 0 then now() end
        from messages m join users u on u.username = 'many_' || (1 + m.id % ${users}) where m.id % 4 = 0`,
    `insert into notifications (user_id, kind, room_id, message_seq, actor_id)
      select ${busy}, 'mention', r.id, r.last_seq - n, r.created_by
        from memberships m join rooms r on r.id = m.room_id cross join generate_series(0, 2) n
       where m.user_id = ${busy}`,
    `insert into blocks (user_id, blocked_id)
      select id, id + 1 from users where username like 'many%' and id % 2 = 0`,

    `insert into bans (room_id, user_id, expires_at)
      select ${newest}, id, case when id % 2 = 0 then now() + interval '1 hour' end
        from users where username like 'many%' order by id desc limit ${largestRoom}`,
    `insert into membership_counts (user_id, rooms, directs)
      select user_id, count(*), 0 from memberships group by user_id`,

    // Everybody is online. There is nobody to push to, and a gone socket is forgotten once it is older than 35 s. So
    // these stay young.
    `insert into connections (id, user_id, session_id, simple, connected_at, expires_at)
      select 'socket ' || s.user_id, s.user_id, s.id, false, now() + interval '1 hour', now() + interval '2 hours'
        from sessions s where s.refresh_family like 'family%'`,
    `insert into subscriptions (room_id, connection_id)
      select m.room_id, c.id from connections c join memberships m on m.user_id = c.user_id`,
    `insert into rate_limits (key, full_at)
      select 'login:' || n, now() + interval '1 hour' from generate_series(1, 20000) n`,
  ]
}
