import { sql } from 'kysely'
import { searchWindow, pageMaxBytes } from '../../protocol/limits.ts'
import type { RoomKind } from '../../protocol/rooms.ts'
import type { Found } from '../../protocol/search.ts'
import type { Caller } from '../accounts/caller.ts'
import type { Db } from '../database.ts'
import { joinAuthor, messageColumns } from '../messages/message-columns.ts'
import { type MessageRow, renderMessage } from '../messages/render-message.ts'
import { type Page, type PageRequest, toPage } from '../paging.ts'
import { accessRoom } from '../rooms/access.ts'
import { highlighter } from './highlights.ts'
import { parseQuery } from './parse-query.ts'

type FoundRow = MessageRow & {
  rank: number
  name: string
  title: string
  kind: RoomKind
}

/**
 * [M7] Messages that the caller may read, those first that say most of what is looked for, and among
 * equals the newest: see docs/decisions/search.md. In one room, or in all.
 */
export async function searchMessages(
  db: Db,
  { sessionId, userId }: Caller,
  { q, roomId }: { q: string; roomId: number | undefined },
  request: PageRequest<string>,
): Promise<Page<Found>> {
  if (roomId !== undefined) await accessRoom(db, sessionId, roomId)
  const query = parseQuery(q)
  const rows = await findMessages(db, userId, JSON.stringify(query), roomId, request)
  const highlight = highlighter(query)
  return toPage(
    rows,
    request,
    (row) => `${row.rank}-${row.message_id}`,
    (row) => ({
      ...renderMessage(row),
      room: { id: row.room_id, name: row.name, title: row.title, kind: row.kind },
      rank: row.rank,
      highlights: highlight(row.text ?? ''),
    }),
  )
}

/** In the direction of the cursor, one more than a page holds if there are more. */
async function findMessages(
  db: Db,
  userId: number,
  query: string,
  roomId: number | undefined,
  { cursor, limit }: PageRequest<string>,
): Promise<FoundRow[]> {
  const isBackward = cursor?.direction === 'before'
  const order = isBackward ? sql`asc` : sql`desc`
  const [rank, id] = cursor?.key.split('-').map(Number) ?? []
  const position = cursor
    ? sql`(rank, id) ${isBackward ? sql`>` : sql`<`} (${rank}, ${id})`
    : sql`true`
  const { rows } = await sql<FoundRow>`
    with found as materialized (
      select message_id as id, scope
        from find_messages_v1(${userId}, ${query}, ${roomId ?? null}, ${sql.lit(searchWindow)})
       order by message_id desc limit ${sql.lit(searchWindow)}),
    query as (select search_query_v2(${query}) as words),
    ranked as materialized (
      select m.id, cast(ts_rank(m.search, search_in_v1(query.words, found.scope)) * 1000000 as bigint) as rank
        from found join messages m on m.id = found.id cross join query),
    page as (
      select id, rank from ranked where ${position}
       order by rank ${order}, id ${order} limit ${limit + 1})
    select * from (
      select p.rank, ${messageColumns}, x.reactions,
             r.name, r.kind, coalesce(partner.title, r.title) as title,
             sum(octet_length(m.text) + octet_length(x.reactions) + 200)
               over (order by p.rank ${order}, p.id ${order}
                     rows between unbounded preceding and 1 preceding) as bytes_before
        from page p
        join messages m on m.id = p.id
        join rooms r on r.id = m.room_id
       cross join lateral (select reactions_v1(m.id, ${userId}) as reactions) x
        ${joinAuthor}
        left join lateral (
          select coalesce(o.display_name, o.username) as title from memberships other join users o on o.id = other.user_id and o.deleted_at is null
           where r.kind = 'direct' and other.room_id = r.id and other.user_id <> ${userId}
           limit 1) partner on true) sized
     where coalesce(bytes_before, 0) <= ${sql.lit(pageMaxBytes)}
     order by rank ${order}, message_id ${order}`.execute(db)
  return rows
}
