/**
 * The axes inside of the database: what is filled, what is measured in each step, and how much each operation may grow.
 */
import type { Client } from 'pg'
import {
  countMembers,
  fillMessages,
  fillRooms,
  fillSockets,
  fillUsers,
  frequentWord,
  prepareMessages,
  rareWord,
} from './fill.ts'
import type { Operation } from './measure.ts'
import { join, open, page, rooms, search, send } from './operations.ts'
import { type GrowthOptions, stepsOf } from './options.ts'

/** What an operation may cost more in the last step than in the first, and why. */
export interface Growth {
  /** The most pages that a call may touch at this size. */
  readonly atMost: (size: number) => number
  readonly why: string
}

export interface Series {
  readonly operation: Operation
  /** Without it the pages may not grow, except by the levels of an index: see `isSteady`. */
  readonly growth?: Growth
}

export interface Axis {
  readonly title: string
  /** The unit of a step's size. */
  readonly unit: string
  readonly steps: readonly number[]
  /** Fills the migrated database before the first step. */
  readonly begin: (client: Client, say: (line: string) => void) => Promise<void>
  /** Fills what this step has more than the one before. */
  readonly grow: (client: Client, size: number, say: (line: string) => void) => Promise<void>
  readonly series: (size: number) => readonly Series[]
}

/**
 * An index has a level more when its table grows a hundredfold and more. So the same look-ups touch up to three times
 * as many pages, where a table grows from one page to millions of rows.
 */
export function isSteady(first: number, last: number): boolean {
  return last <= 3 * first + 16
}

const kindOf = (isPublic: boolean) => (isPublic ? ('public' as const) : ('private' as const))

const range = (count: number) => Array.from({ length: count }, (_, index) => index + 1)

/**
 * 200 rooms, half of them private. A fifth of the messages is in room 1, which is public, and another fifth in room 2,
 * which is private. User 21 is in five rooms, user 22 in a hundred.
 */
export function messagesAxis({ messages }: Pick<GrowthOptions, 'messages'>): Axis {
  const slots = 1_000
  const few = 21
  const many = 22
  let stored = 0
  return {
    title: 'messages stored',
    unit: 'messages',
    steps: stepsOf(1_000, messages),
    async begin(client) {
      await fillUsers(client, 1_000)
      await fillRooms(
        client,
        range(200).map((n) => ({ name: `room_${n}`, kind: kindOf(n % 2 === 1) })),
      )
      await client.query(`
        insert into memberships (room_id, user_id, role)
          select r.id, u.id, 'member' from rooms r cross join users u
           where u.id <= 10 or r.id <= 2 and u.id <= 20 or u.id = ${few} and r.id <= 5
              or u.id = ${many} and r.id <= 100`)
      await countMembers(client)
      await fillSockets(client, `id <= ${many}`)
      await prepareMessages(
        client,
        `select n as slot, case n % 5 when 0 then 1 when 1 then 2 else 3 + n * 61 % 198 end as room_id
           from generate_series(0, ${slots - 1}) n`,
      )
    },
    async grow(client, size, say) {
      await fillMessages(client, stored / slots, size / slots, (count) => {
        if (count % 1_000_000 === 0) say(`${count.toLocaleString('en')} messages are stored`)
      })
      stored = size
    },
    series: (size) => [
      { operation: send('send', few, 1) },
      { operation: page('newest page', few, 1) },
      { operation: page('page in the middle', few, 1, size / 10) },
      {
        operation: rooms('rooms with unread counts', many, 'activity', 50),
        growth: {
          atMost: () => 50 * 130 + 1_500,
          why: 'Unread messages are counted up to 100 for each room of the page. At first the rooms have fewer messages.',
        },
      },
      ...[
        { user: few, who: 'few', scopes: 2 },
        { user: many, who: 'many', scopes: 50 },
      ].flatMap(({ user, who, scopes }) => [
        {
          operation: search(`search, rare word, ${who} rooms`, { user, q: rareWord, found: 2 }),
          growth: {
            atMost: (messages: number) =>
              1_500 + 20 * (messages / 4_096 + messages / 2_048) + scopes * 40,
            why: 'A word that is in none of the newest messages is looked up once for each 4,096 public messages, and for each 1,024 messages of each private room of the caller.',
          },
        },
        {
          operation: search(`search, frequent word, ${who} rooms`, {
            user,
            q: frequentWord,
            found: 50,
          }),
          growth: {
            atMost: () => 12_000 + scopes * 1_100,
            why: 'The newest stretch of all public rooms (4,096 messages), and of each private room of the caller (1,024 messages), is read, and older ones only while they may have some of the newest 1,000 matches. At first there are fewer messages.',
          },
        },
      ]),
      { operation: open('connect', few) },
    ],
  }
}

/**
 * For each size two public rooms with so many members: in one nobody but the caller is online, in the other everybody
 * is. Each room has 2,000 messages.
 */
export function membersAxis(): Axis {
  const steps = stepsOf(10, 10_000)
  const most = steps.at(-1)!
  const callers = 20
  const isOnline = `id <= ${callers} or id > ${callers + most} and id <= ${callers + 2 * most}`
  const callerOf = (size: number) => steps.indexOf(size) + 11
  const roomOf = (size: number, online: boolean) => 2 * steps.indexOf(size) + (online ? 2 : 1)
  const socketsWhy =
    'The message is for each socket of the room. The process keeps the list of sockets. Under the lock the database compares up to 201 of them with the list by an index, and then, for a larger room, all of them in pages of 1,000.'
  return {
    title: 'members of a room',
    unit: 'members',
    steps,
    async begin(client) {
      await fillUsers(client, callers + 2 * most + 100)
      await fillRooms(
        client,
        steps.flatMap((size) => [
          { name: `quiet_${size}`, kind: kindOf(true) },
          { name: `live_${size}`, kind: kindOf(true) },
        ]),
      )
      for (const size of steps) {
        await client.query(`
          insert into memberships (room_id, user_id, role)
            select ${roomOf(size, false)}, id, 'member' from users
             where id = ${callerOf(size)} or id > ${callers} and id < ${callers + size};
          insert into memberships (room_id, user_id, role)
            select ${roomOf(size, true)}, id, 'member' from users
             where id = ${callerOf(size)} or id > ${callers + most} and id < ${callers + most + size}`)
      }
      await countMembers(client)
      await fillSockets(client, isOnline)
      await prepareMessages(
        client,
        `select n as slot, n + 1 as room_id from generate_series(0, 7) n`,
      )
      await fillMessages(client, 0, 2_000, () => undefined)
    },
    async grow() {},
    series: (size) => [
      { operation: send('send, members offline', callerOf(size), roomOf(size, false)) },
      {
        operation: send('send, members online', callerOf(size), roomOf(size, true)),
        growth: { atMost: (members) => 300 + members, why: socketsWhy },
      },
      { operation: page('newest page', callerOf(size), roomOf(size, true)) },
      { operation: rooms('rooms with unread counts', callerOf(size), 'activity', 2) },
      {
        operation: search('search in the room, rare word', {
          user: callerOf(size),
          q: rareWord,
          roomId: roomOf(size, true),
          found: size === steps[0] ? 1 : 0,
        }),
      },
      {
        operation: search('search in the room, frequent word', {
          user: callerOf(size),
          q: frequentWord,
          roomId: roomOf(size, true),
          found: 50,
        }),
      },
      { operation: open('connect, members offline', callerOf(size), `quiet_${size}`) },
      { operation: open('connect, members online', callerOf(size), `live_${size}`) },
      {
        operation: join('connect and join, members online', callers + 2 * most + 1, `live_${size}`),
        growth: {
          atMost: (members) => 1_500 + 8 * members,
          why: 'The other members’ sockets are told. The list of sockets that the process keeps is no longer the same, and is read again.',
        },
      },
    ],
  }
}

/**
 * 1,000 rooms of 10 members and 60 messages, half of them private. For each size there is a user who is in so many of
 * them.
 */
export function roomsAxis(): Axis {
  const steps = stepsOf(1, 1_000)
  const callerOf = (size: number) => steps.indexOf(size) + 11
  return {
    title: 'rooms of a user',
    unit: 'rooms',
    steps,
    async begin(client) {
      await fillUsers(client, 1_000)
      await fillRooms(
        client,
        range(1_000).map((n) => ({ name: `room_${n}`, kind: kindOf(n % 2 === 0) })),
      )
      await client.query(`
        insert into memberships (room_id, user_id, role)
          select r.id, u.id, 'member' from rooms r cross join users u
           where u.id > 100 and (u.id * 7 + r.id) % 100 = 0 or u.id = 1`)
      for (const size of steps) {
        await client.query(`
          insert into memberships (room_id, user_id, role)
            select id, ${callerOf(size)}, 'member' from rooms where id <= ${size}`)
      }
      await countMembers(client)
      await fillSockets(client, 'id > 10')
      await prepareMessages(
        client,
        'select n as slot, n + 1 as room_id from generate_series(0, 999) n',
      )
      await fillMessages(client, 0, 60, () => undefined)
    },
    async grow() {},
    series: (size) => [
      { operation: send('send', callerOf(size), 1) },
      { operation: page('newest page', callerOf(size), 1) },
      ...(['activity', 'newest'] as const).map((order) => ({
        operation: rooms(
          order === 'activity'
            ? 'rooms with unread counts, by activity'
            : 'rooms with unread counts, newest',
          callerOf(size),
          order,
          Math.min(50, size),
        ),
        growth: {
          atMost: (count: number) => 200 + 130 * Math.min(51, count) + 8 * count,
          why:
            order === 'activity'
              ? 'A page has 50 rooms, with up to 100 unread messages each. To find the latest ones, the last event of each room of the caller is read.'
              : 'A page has 50 rooms, with up to 100 unread messages each.',
        },
      })),
      {
        operation: search('search, rare word', { user: callerOf(size), q: rareWord, found: 2 }),
        growth: {
          atMost: (count) => 1_500 + 20 * count,
          why: 'The word is looked up in each private room of the caller. While there are few messages, PostgreSQL reads all of them to rank what was found.',
        },
      },
      {
        operation: search('search, frequent word', {
          user: callerOf(size),
          q: frequentWord,
          found: 50,
        }),
        growth: {
          atMost: (count) => 12_000 + 80 * count,
          why: 'The newest stretch of each private room of the caller is read, unless its last message is older than the newest 1,000 matches.',
        },
      },
      {
        operation: open('connect', callerOf(size)),
        growth: {
          atMost: (count) => 100 + 30 * count,
          why: 'The socket is subscribed to each room of its user.',
        },
      },
    ],
  }
}
