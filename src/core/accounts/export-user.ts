/**
 * [A10] All data that is kept about one user, in pages. A page goes through the kinds of data. It reads each kind by an
 * index that begins with the user, at most 100 rows at a time, or 500 messages. The database cuts messages by their
 * bytes, because the size of its answers is limited. A page ends at 500 rows or 256 KB. It has no texts of other users:
 * a room has its title, and a notification has what it refers to.
 */
import { type RawBuilder, sql } from 'kysely'
import {
  type ExportKind,
  exportKinds,
  type ExportPosition,
  type ExportRows,
} from '../../protocol/exports.ts'
import { exportPageRows, pageMaxBytes } from '../../protocol/limits.ts'
import type { Db } from '../database/database.ts'
import { seek, type Seek } from '../paging.ts'
import { wireTime, wireTimeOrNull } from '../time.ts'
import { renderUser, userColumns } from './render-user.ts'

/** Rows of one statement. So many of the longest rows fit into one answer of the Data API. */
const rowsAtOnce = 100

type Key = ExportPosition['key']
type Row<K extends ExportKind> = NonNullable<ExportRows[K]>[number]

/**
 * A row that a reader has found, and its key. `row` is null if nothing of it belongs in the export, as for a deleted
 * message.
 */
interface Found<K extends ExportKind> {
  readonly key: Key
  readonly row: Row<K> | null
}

type Reader<K extends ExportKind> = (
  db: Db,
  userId: number,
  after: Key | undefined,
  room: { readonly rows: number; readonly bytes: number },
) => Promise<{ readonly found: readonly Found<K>[]; readonly hasMore: boolean }>

/** A page of a user's data from a position on. `next` is the position of the next page. */
export async function exportUser(
  db: Db,
  userId: number,
  from: ExportPosition | undefined,
): Promise<{ readonly rows: ExportRows; readonly next: ExportPosition | null }> {
  const page: Partial<Record<ExportKind, unknown[]>> = {}
  let rowsLeft = exportPageRows
  let bytesLeft = pageMaxBytes
  let at = from
  const kinds = exportKinds.slice(from ? exportKinds.indexOf(from.kind) : 0)
  for (const kind of kinds) {
    let key = at?.kind === kind ? at.key : undefined
    for (;;) {
      const { found, hasMore } = await readers[kind](db, userId, key, {
        rows: rowsLeft,
        bytes: bytesLeft,
      })
      for (const each of found) {
        const size = each.row === null ? 0 : Buffer.byteLength(JSON.stringify(each.row)) + 1
        // A page has at least one row, so that every page makes progress.
        if (rowsLeft < exportPageRows && (size > bytesLeft || rowsLeft === 0)) {
          return { rows: toRows(page), next: at ?? null }
        }
        rowsLeft -= 1
        bytesLeft -= size
        if (each.row !== null) (page[kind] ??= []).push(each.row)
        key = each.key
        at = { kind, key }
      }
      if (!hasMore) break
      if (rowsLeft <= 0 || bytesLeft <= 0) return { rows: toRows(page), next: at ?? null }
    }
  }
  return { rows: toRows(page), next: null }
}

function toRows(page: Partial<Record<ExportKind, unknown[]>>): ExportRows {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- each list has the rows of its own reader
  return page as ExportRows
}

/** The rows after a key, whose last part may be a text. */
function seekAfter(
  columns: readonly RawBuilder<unknown>[],
  after: Key | undefined,
  limit: number,
): Seek {
  const cursor = after && { direction: 'after' as const, key: after }
  return seek(columns, 'asc', { limit, cursor }, (key) =>
    key.map((part) =>
      typeof part === 'number' ? sql`cast(${part} as bigint)` : sql`cast(${part} as text)`,
    ),
  )
}

/** Reads up to `rowsAtOnce` rows in the order of a column of numbers, whose value `keyOf` returns. */
function byNumber<K extends ExportKind, R>(
  column: string,
  select: (userId: number, seek: Seek) => RawBuilder<R>,
  keyOf: (row: R) => number,
  render: (row: R) => Row<K>,
): Reader<K> {
  return async (db, userId, after, { rows: most }) => {
    const limit = Math.min(rowsAtOnce, most)
    const { rows } = await select(userId, seekAfter([sql.ref(column)], after, limit)).execute(db)
    return {
      found: rows.slice(0, limit).map((row) => ({ key: [keyOf(row)], row: render(row) })),
      hasMore: rows.length > limit,
    }
  }
}

const readers: { readonly [K in ExportKind]: Reader<K> } = {
  async profile(db, userId, after) {
    if (after) return { found: [], hasMore: false }
    const user = await db
      .selectFrom('users')
      .where('id', '=', userId)
      .where('deleted_at', 'is', null)
      .select(userColumns)
      .executeTakeFirst()
    const found = user ? [{ key: [user.id], row: renderUser(user) }] : []
    return { found, hasMore: false }
  },

  sessions: byNumber(
    'id',
    (userId, { position, order, limit }) => sql<{
      id: number
      created_at: Date
      used_at: Date
      expires_at: Date
      revoked_at: Date | null
      address: string | null
      user_agent: string | null
    }>`
      select id, created_at, used_at, expires_at, revoked_at, address, user_agent from sessions
       where user_id = ${userId} and ${position} order by ${order} limit ${limit}`,
    ({ id }) => id,
    ({ id, created_at, used_at, expires_at, revoked_at, address, user_agent }) => ({
      id,
      created_at: wireTime(created_at),
      used_at: wireTime(used_at),
      expires_at: wireTime(expires_at),
      ended_at: wireTimeOrNull(revoked_at),
      address,
      user_agent,
    }),
  ),

  rooms: byNumber(
    'm.room_id',
    (userId, { position, order, limit }) => sql<Row<'rooms'> & { joined: Date }>`
      select m.room_id, r.kind, m.role, m.joined_at as joined, m.last_read_seq, m.notify,
             case when r.kind <> 'direct' then r.title else coalesce((
               select u.username from memberships o join users u on u.id = o.user_id
                where o.room_id = r.id and o.user_id <> m.user_id limit 1), '') end as title
        from memberships m join rooms r on r.id = m.room_id
       where m.user_id = ${userId} and ${position} and r.deleted_at is null
       order by ${order} limit ${limit}`,
    ({ room_id }) => room_id,
    ({ room_id, kind, title, role, joined, last_read_seq, notify }) => ({
      room_id,
      kind,
      title,
      role,
      joined_at: wireTime(joined),
      last_read_seq,
      notify,
    }),
  ),

  bans: byNumber(
    'b.room_id',
    (userId, { position, order, limit }) => sql<{
      room_id: number
      created_at: Date
      expires_at: Date | null
    }>`
      select b.room_id, b.created_at, b.expires_at from bans b join rooms r on r.id = b.room_id
       where b.user_id = ${userId} and ${position} and coalesce(b.expires_at > now(), true)
         -- [C7] Outsiders must not learn whether any other room still exists.
         and r.kind = 'public' and r.deleted_at is null
       order by ${order} limit ${limit}`,
    ({ room_id }) => room_id,
    ({ room_id, created_at, expires_at }) => ({
      room_id,
      banned_at: wireTime(created_at),
      until: wireTimeOrNull(expires_at),
    }),
  ),

  blocks: byNumber(
    'b.blocked_id',
    (userId, { position, order, limit }) => sql<{
      id: number
      username: string
      display_name: string | null
      created_at: Date
    }>`
      select u.id, u.username, u.display_name, b.created_at from blocks b join users u on u.id = b.blocked_id
       where b.user_id = ${userId} and ${position} order by ${order} limit ${limit}`,
    ({ id }) => id,
    ({ id, username, display_name, created_at }) => ({
      user_id: id,
      username,
      display_name,
      blocked_at: wireTime(created_at),
    }),
  ),

  reports: byNumber(
    'o.case_id',
    (userId, { position, order, limit }) => sql<
      Omit<Row<'reports'>, 'created_at'> & { case_id: number; created: Date }
    >`
      select o.case_id, c.room_id, c.message_seq, c.subject_id as user_id, o.reason, o.text,
             o.created_at as created
        from reports o join report_cases c on c.id = o.case_id
       where o.reporter_id = ${userId} and ${position} order by ${order} limit ${limit}`,
    ({ case_id }) => case_id,
    ({ room_id, message_seq, user_id, reason, text, created }) => ({
      room_id,
      message_seq,
      user_id,
      reason,
      text,
      created_at: wireTime(created),
    }),
  ),

  held_messages: byNumber(
    'id',
    (userId, { position, order, limit }) => sql<{
      id: number
      room_id: number
      message_seq: number | null
      text: string
      created_at: Date
    }>`
      select id, room_id, message_seq, text, created_at from held_messages
       where user_id = ${userId} and ${position} order by ${order} limit ${limit}`,
    ({ id }) => id,
    ({ room_id, message_seq, text, created_at }) => ({
      room_id,
      message_seq,
      message: text,
      created_at: wireTime(created_at),
    }),
  ),

  notifications: byNumber(
    'n.id',
    (userId, { position, order, limit }) => sql<{
      id: number
      kind: Row<'notifications'>['kind']
      room_id: number | null
      message_seq: number | null
      actor_id: number | null
      text: string | null
      created_at: Date
      read_at: Date | null
    }>`
      select n.id, n.kind, n.room_id, n.message_seq, n.actor_id, n.text, n.created_at, n.read_at
        from notifications n
       where n.user_id = ${userId} and ${position} and n.removed_at is null
         -- [C7] A former member must not learn whether the room still exists.
         and (n.room_id is null or exists (
           select from memberships own join rooms r on r.id = own.room_id
            where own.room_id = n.room_id and own.user_id = n.user_id and r.deleted_at is null))
       order by ${order} limit ${limit}`,
    ({ id }) => id,
    ({ id, kind, room_id, message_seq, actor_id, text, created_at, read_at }) => ({
      id,
      kind,
      room_id,
      message_seq,
      user_id: actor_id,
      text,
      created_at: wireTime(created_at),
      read_at: wireTimeOrNull(read_at),
    }),
  ),

  async messages(db, userId, after, room) {
    const { position, order, limit } = seekAfter(
      [sql`o.room_id`, sql`o.client_id`],
      after,
      Math.min(exportPageRows, room.rows),
    )
    const { rows } = await sql<ExportedMessageRow>`
      select * from (
        select m.id, m.room_id, m.seq, m.client_id, m.text, m.reply_to, m.created_at, m.edited_at,
               m.deleted_at, count(*) over () as found,
               sum(coalesce(octet_length(m.text), 0) + 200)
                 over (order by m.room_id, m.client_id rows unbounded preceding) as bytes,
               row_number() over (order by m.room_id, m.client_id) as n
          from (
            select * from messages o
             where o.user_id = ${userId} and o.client_id is not null and ${position}
             order by ${order}
             limit ${limit}) m) sized
       -- At least one row is read, since it says whether there are more.
       where (bytes <= ${room.bytes} or n = 1) and n <= ${Math.max(1, room.rows)}
       order by n`.execute(db)
    return {
      found: rows.map((row) => ({
        key: [row.room_id, row.client_id],
        row: row.text === null || row.deleted_at ? null : exportMessage(row, row.text),
      })),
      hasMore: rows.length < (rows[0]?.found ?? 0),
    }
  },

  async reactions(db, userId, after, room) {
    const most = Math.min(exportPageRows, room.rows)
    const page = seekAfter([sql`o.message_id`, sql`o.emoji`], after, most)
    const { rows } = await sql<Row<'reactions'>>`
      select r.message_id, m.room_id, m.seq, r.emoji
        from (
          select * from reactions o
           where o.user_id = ${userId} and ${page.position}
           order by ${page.order}
           limit ${page.limit}) r
        join messages m on m.id = r.message_id
       order by r.message_id, r.emoji`.execute(db)
    return {
      found: rows.slice(0, most).map((row) => ({ key: [row.message_id, row.emoji], row })),
      hasMore: rows.length > most,
    }
  },
}

interface ExportedMessageRow {
  readonly id: number
  readonly room_id: number
  readonly seq: number
  readonly client_id: string
  readonly text: string | null
  readonly reply_to: number | null
  readonly created_at: Date
  readonly edited_at: Date | null
  readonly deleted_at: Date | null
  readonly found: number
}

function exportMessage(row: ExportedMessageRow, message: string): Row<'messages'> {
  return {
    id: row.id,
    room_id: row.room_id,
    seq: row.seq,
    message,
    client_id: row.client_id,
    reply_to: row.reply_to,
    timestamp: wireTime(row.created_at),
    edited_at: wireTimeOrNull(row.edited_at),
  }
}
