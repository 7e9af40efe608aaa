import { sql } from 'kysely'
import type { Db } from '../../../src/core/database/database.ts'

export const username = 'ana'
export const password = 'a long enough one'

/** The number of messages in the rooms that the bench switches between. */
const usualMessages = 120

export interface World {
  /** Rooms of an ordinary size in the list. */
  readonly rooms: readonly number[]
  /** The room that is scrolled from end to start. */
  readonly largest: number
  /** The room of 10,000 messages. */
  readonly large: number
}

/**
 * Fills a new database with rooms and messages, and one user who is a member of all rooms. The text of each message
 * begins with the id of its room. So the bench sees which room the messages on the screen belong to.
 */
export async function fillWorld(url: string, db: Db, messages: number): Promise<World> {
  const response = await fetch(`${url}/api/register/`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ username, password, email: 'ana@example.org' }),
  })
  if (!response.ok) throw new Error(`no user could be made: ${await response.text()}`)
  await sql`insert into users (username, display_name, email, password_hash)
    select 'person' || n, 'Person ' || n, 'person' || n || '@example.org', '' from generate_series(1, 8) n`.execute(
    db,
  )
  const rooms: number[] = []
  for (let n = 1; n <= 40; n++) rooms.push(await makeRoom(db, `Room ${n}`, usualMessages))
  const large = await makeRoom(db, 'A large room', 10_000)
  const largest = await makeRoom(db, 'The largest room', messages)
  await sql`analyze`.execute(db)
  return { rooms, large, largest }
}

/** All members have read everything, so that only the bench's actions change the list of rooms. */
async function makeRoom(db: Db, title: string, messages: number): Promise<number> {
  const made = await sql<{ id: string }>`
    insert into rooms (kind, name, title, last_seq, last_event_at)
      values ('public', replace(${title}::text, ' ', '_'), ${title}, ${messages}::int, now()) returning id`.execute(
    db,
  )
  const id = Number(made.rows[0]!.id)
  await sql`insert into memberships (room_id, user_id, role, last_read_seq)
    select ${id}::bigint, id, 'member', ${messages}::int from users`.execute(db)
  for (let from = 1; from <= messages; from += 10_000) {
    await addMessages(db, id, from, Math.min(messages, from + 9_999), messages)
  }
  return id
}

/**
 * Adds messages as people write them: most are one line, some are long, and some have markdown, a reply or reactions.
 * Their authors take turns after one to five messages, and there are a few hundred messages per day.
 */
async function addMessages(db: Db, room: number, from: number, to: number, last: number) {
  const words = 'and then we looked at it again, because nobody had said what should come of it'
  await sql`with people as (
      select array_agg(id order by id) as ids from users
    ), added as (
      insert into messages (room_id, seq, user_id, text, created_at, reply_to)
        select ${room}::bigint, n, ids[1 + (n / (1 + n % 5)) % 9],
          '#' || ${room}::text || ' message ' || n || ' ' || case n % 10
            when 0 then repeat(${`${words} `}::text, 6)
            when 1 then '**yes**, with \`npm test\` and _without_ https://example.org/' || n
            when 2 then E'two things:\n\n- the notes\n- the pictures, on a **phone**, too'
            when 3 then E'it says\n\n\`\`\`\nerror 42: no such thing\n  at line 17\n\`\`\`\nand ends'
            when 4 then 'ok'
            when 5 then E'> who does it?\n\nI do, tomorrow'
            else left(${words}::text, 20 + (n * 7) % 50)
          end,
          now() - make_interval(secs => (${last}::int - n) * 200),
          case when n % 25 = 7 then n - 5 end
        from generate_series(${from}::int, ${to}::int) n, people
        returning id, room_id, seq, user_id, created_at
    ), logged as (
      insert into room_events (room_id, seq, kind, created_at, actor_id, message_id)
        select room_id, seq, 'message', created_at, user_id, id from added
    )
    insert into reactions (message_id, emoji, user_id, first_seq)
      select added.id, emoji, ids[2 + seq % 7], seq from added, people, unnest(array['👍', '🎉']) emoji
        where seq % 9 = 0`.execute(db)
}
