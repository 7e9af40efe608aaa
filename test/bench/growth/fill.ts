/** Fills a database by SQL as years of use would. */
import { dictionary } from '@zxcvbn-ts/language-common'
import type { Client } from 'pg'
import { createChance } from '../../support/chance.ts'

/** Words that make up about half of an English text. The most frequent one is first. */
const frequentWords = (
  'the to and of a in is it you that for on with this was are be have not but they we from at or an can what there so ' +
  'if out up about all will who get just when your them some me time like no into good could now than then look only ' +
  'come its over think also back after use two how our work first well way even new want because any day'
).split(' ')

/** A word that is in the first messages of two rooms, and nowhere else. */
export const rareWord = 'axolotl'
/** A word that about half of all messages have. */
export const frequentWord = 'the'

const sentences = 10_000
/** Rows of a statement that fills `messages`. */
const chunk = 100_000
/** From so many new rows on it is quicker to make the indexes again. */
const manyRows = 50_000

/** Makes the users 1 to `count`, each with a session of the same number. */
export async function fillUsers(client: Client, count: number): Promise<void> {
  await client.query(`
    insert into users (username, display_name, password_hash)
      select 'user_' || n, 'User ' || n, '' from generate_series(1, ${count}) n;
    insert into sessions (user_id, expires_at, refresh_family)
      select id, now() + interval '30 days', 'family ' || id from users order by id;
    insert into user_limits (user_id) select id from users`)
}

/** Makes rooms with the given names, with ids from 1. */
export async function fillRooms(
  client: Client,
  rooms: readonly { readonly name: string; readonly kind: 'public' | 'private' }[],
): Promise<void> {
  await client.query(
    `insert into rooms (kind, name, title)
       select x.kind, x.name, 'Room ' || x.name
         from jsonb_to_recordset(cast($1 as jsonb)) as x(name text, kind text)`,
    [JSON.stringify(rooms)],
  )
}

/** Completes the counters of members and of users' rooms. To be called when all memberships are there. */
export async function countMembers(client: Client): Promise<void> {
  await client.query(`
    update rooms r set member_count = (select count(*) from memberships where room_id = r.id);
    insert into membership_counts (user_id, rooms, directs)
      select user_id, count(*), 0 from memberships group by user_id`)
}

/** Opens a v1 socket for all rooms of each of these users: their rows, without a real socket. */
export async function fillSockets(client: Client, users: string): Promise<void> {
  await client.query(`
    insert into connections (id, user_id, session_id, simple, expires_at)
      select 'socket ' || id, id, id, false, now() + interval '2 hours' from users where ${users};
    insert into subscriptions (room_id, connection_id)
      select m.room_id, c.id from connections c join memberships m on m.user_id = c.user_id`)
}

/** Prepares the texts of messages, with their words. A database that has this one as its template has them, too. */
export async function prepareSentences(client: Client): Promise<void> {
  await client.query(`
    create schema bench;
    create table bench.sentences (id bigint primary key, text text, words text)`)
  await client.query(
    `insert into bench.sentences (id, text, words)
       select t.n, t.text, cast(search_vector_v2(t.text, 'scope') as text)
         from jsonb_array_elements_text(cast($1 as jsonb)) with ordinality as t(text, n)`,
    [JSON.stringify(makeSentences())],
  )
}

/**
 * Prepares the rooms of messages: `slots` is a query of (slot, room_id) for the slots from 0. Blocks of messages have
 * one message for each slot.
 */
export async function prepareMessages(client: Client, slots: string): Promise<void> {
  await client.query(`
    create table bench.slots as
      select s.slot, s.room_id, r.kind,
             row_number() over (partition by s.room_id order by s.slot) as place,
             count(*) over (partition by s.room_id) as per_block
        from (${slots}) s join rooms r on r.id = s.room_id;
    analyze bench.slots, bench.sentences`)
}

/** Sentences of 3 to 20 words. The frequency of a word falls with its rank, as in a natural language (Zipf). */
function makeSentences(): string[] {
  const chance = createChance(1)
  const rest = dictionary['diceware-common'].map(String)
  for (let at = rest.length - 1; at > 0; at--) {
    const other = Math.floor(chance() * (at + 1))
    ;[rest[at], rest[other]] = [rest[other]!, rest[at]!]
  }
  const words = [...frequentWords, ...rest]
  const sums: number[] = []
  for (const rank of words.keys()) sums.push((sums.at(-1) ?? 0) + 1 / (rank + 2))
  const word = () => {
    const place = chance() * sums.at(-1)!
    let [low, high] = [0, sums.length - 1]
    while (low < high) {
      const middle = (low + high) >> 1
      if (sums[middle]! < place) low = middle + 1
      else high = middle
    }
    return words[low]!
  }
  return Array.from({ length: sentences }, () =>
    Array.from({ length: 3 + Math.floor(chance() * 18) }, word).join(' '),
  )
}

interface Index {
  readonly name: string
  readonly definition: string
}

/**
 * Adds the messages of the blocks from `first` up to but not including `end`, with their log. A twentieth of them has
 * a reaction. The words are indexed as index_words_v2 does it, in a tenth of its time: the index entries of a sentence
 * are computed once, and get the scopes of each message. `onChunk` gets the number of messages that are stored.
 */
export async function fillMessages(
  client: Client,
  first: number,
  end: number,
  onChunk: (messages: number) => void,
): Promise<void> {
  const { rows: counted } = await client.query<{ count: number }>(
    'select cast(count(*) as int) as count from bench.slots',
  )
  const slots = counted[0]!.count
  const { rows: indexes } = await client.query<Index>(
    `select c.relname as name, pg_get_indexdef(c.oid) as definition
       from pg_index i join pg_class c on c.oid = i.indexrelid
      where i.indrelid in (cast('messages' as regclass), cast('room_events' as regclass), cast('message_words' as regclass))
        and not i.indisprimary`,
  )
  const isMany = (end - first) * slots >= manyRows
  // Foreign keys are not checked, and triggers do not run. The statements respect the foreign keys.
  await client.query('set session_replication_role = replica')
  // What was sent since the last step would have the numbers of the next messages.
  const last = [first * slots]
  await client.query('delete from room_events where message_id > $1', last)
  await client.query('delete from message_words where message_id > $1', last)
  await client.query('delete from messages where id > $1', last)
  await client.query('truncate unindexed_messages')
  if (isMany) for (const { name } of indexes) await client.query(`drop index ${name}`)
  const blocks = Math.max(1, Math.floor(chunk / slots))
  for (let block = first; block < end; block += blocks) {
    const next = Math.min(end, block + blocks)
    await client.query(insertMessages(slots), [block, next])
    const ids = [block * slots + 1, next * slots]
    await client.query(insertWords, ids)
    await client.query(
      `insert into room_events (room_id, seq, kind, created_at, actor_id, message_id)
         select room_id, seq, 'message', created_at, user_id, id from messages where id between $1 and $2`,
      ids,
    )
    await client.query(
      `insert into reactions (message_id, emoji, user_id, first_seq)
         select id, '👍', user_id, seq from messages where id between $1 and $2 and id % 20 = 0`,
      ids,
    )
    onChunk(next * slots)
  }
  if (isMany) for (const { definition } of indexes) await client.query(definition)
  await client.query('set session_replication_role = origin')
  if (first === 0) {
    // A trigger of the product lets the next search index these texts again.
    await client.query(
      `update messages set text = text || ' ${rareWord}' where room_id in (1, 2) and seq = 1`,
    )
  }
  await client.query(
    `update rooms r
        set last_seq = coalesce((select max(seq) from messages where room_id = r.id), 0);
     select setval(pg_get_serial_sequence('messages', 'id'), (select max(id) from messages))`,
  )
  // As autovacuum would.
  await client.query('vacuum (analyze)')
}

/** The authors are the users 1 to 10. */
const insertMessages = (slots: number) => `
  insert into messages (id, room_id, seq, user_id, text, client_id, created_at)
  overriding system value
    select m.id, m.room_id, m.seq, 1 + m.id % 10, t.text, 'client ' || m.id,
           now() - interval '365 days' + make_interval(secs => m.id)
      from (select b.block * ${slots} + s.slot + 1 as id, s.room_id, s.kind, b.block * s.per_block + s.place as seq
              from generate_series(cast($1 as bigint), $2 - 1) b(block) cross join bench.slots s) m
      join bench.sentences t on t.id = 1 + mod(m.id * 7919, ${sentences})
     order by m.id`

const insertWords = `
  insert into message_words (message_id, room_id, words)
    select m.id, m.room_id,
           cast((select string_agg(replace(t.words, '''scope/', '''' || s.scope || '/'), ' ')
                   from string_to_table(search_scopes_v1(r.kind, m.room_id, m.seq, m.id), ' ') s(scope)) as tsvector)
      from messages m
      join rooms r on r.id = m.room_id
      join bench.sentences t on t.id = 1 + mod(m.id * 7919, ${sentences})
     where m.id between $1 and $2
     order by m.id`
