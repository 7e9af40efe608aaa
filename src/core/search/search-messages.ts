import { sql } from 'kysely'
import { searchWindow, pageMaxBytes } from '../../protocol/limits.ts'
import type { RoomKind } from '../../protocol/rooms.ts'
import type { Found } from '../../protocol/search.ts'
import type { Caller } from '../identity/caller.ts'
import type { ChatContext } from '../context.ts'
import type { Db, Trx } from '../database/database.ts'
import { IndexingError } from '../errors.ts'
import { isCanceled, isLockTimeout } from '../database/timed-out.ts'
import { inBoundedTime } from '../limits/in-bounded-time.ts'
import type { ProcessLimits } from '../limits/process-limits.ts'
import { joinAuthor, joinReactions, messageColumns } from '../log/message-columns.ts'
import { type StoredMessage, renderMessage } from '../log/render-message.ts'
import { type ListPage, numbersOf, type PageRequest, seek, toPage } from '../paging.ts'
import { accessRoom } from '../rooms/access.ts'
import { directTitle } from '../names/room-titles.ts'
import { highlighter } from './highlights.ts'
import { parseQuery } from './parse-query.ts'

export interface SearchRequest {
  readonly q: string
  /** Searches all rooms that the caller may read if undefined. */
  readonly roomId: number | undefined
}

export type SearchMessages = (
  caller: Caller,
  search: SearchRequest,
  request: PageRequest<string>,
) => Promise<ListPage<Found, string>>

type FoundRow = StoredMessage & {
  rank: number
  name: string
  title: string
  kind: RoomKind
}

/** How long a search indexes new messages, about 100,000 of them, before it is refused. */
const indexingMs = 10_000
/** How long one statement indexes messages before it commits. */
const statementMs = 250

const advice = 'search in one room, or for fewer, longer or rarer words'

/**
 * [M7] Searches messages that the caller may read. The best matches come first, and the newest among equal ones: see
 * docs/decisions/search.md.
 */
export function createMessageSearch({
  db,
  limits,
  processLimits,
}: Pick<ChatContext, 'db' | 'limits'> & { readonly processLimits: ProcessLimits }): SearchMessages {
  async function find(
    { sessionId, userId }: Caller,
    query: string,
    roomId: number | undefined,
    request: PageRequest<string>,
  ): Promise<FoundRow[]> {
    if (roomId !== undefined) await accessRoom(db, sessionId, roomId)
    await indexWaiting(db, userId, roomId, limits.searchMs)
    return await inBoundedTime(db, userId, limits.searchMs, advice, (trx) =>
      findMessages(trx, userId, query, roomId, request),
    )
  }

  return async (caller, { q, roomId }, request) => {
    const query = parseQuery(q)
    const rows = await processLimits.forSearch(caller.userId, () =>
      find(caller, JSON.stringify(query), roomId, request),
    )
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
}

/**
 * Indexes the messages that were sent since the last search. Each statement is short and commits, so that other
 * searches do not wait long for the same messages. Also, a search that is refused leaves less to do for the next one.
 * `lockMs` is how long a statement waits for another search that indexes the same messages.
 */
async function indexWaiting(
  db: Db,
  userId: number,
  roomId: number | undefined,
  lockMs: number,
): Promise<void> {
  const until = performance.now() + indexingMs
  for (;;) {
    const { rows } = await sql<{ is_done: boolean }>`
      select index_words_v2(${userId}, ${roomId ?? null}, ${sql.lit(statementMs)}, ${lockMs}) as is_done`
      .execute(db)
      .catch((error: unknown) => {
        throw isLockTimeout(error) || isCanceled(error)
          ? new IndexingError({ cause: error })
          : error
      })
    if (rows[0]!.is_done) return
    if (performance.now() > until) throw new IndexingError()
  }
}

/** Reads matches in the direction of the cursor: one more than a page has, if there are more. */
async function findMessages(
  trx: Trx,
  userId: number,
  query: string,
  roomId: number | undefined,
  request: PageRequest<string>,
): Promise<FoundRow[]> {
  const key = [sql`rank`, sql`message_id`]
  const { position, order, limit } = seek(key, 'desc', request, numbersOf)
  const { rows } = await sql<FoundRow>`
    with found as materialized (
      select message_id as id, scope
        from find_messages_v2(${userId}, ${query}, ${roomId ?? null}, ${sql.lit(searchWindow)})
       order by message_id desc limit ${sql.lit(searchWindow)}),
    query as materialized (select search_any_v1(search_query_v2(${query})) as words),
    scopes as materialized (
      select s.scope, search_in_v1(query.words, s.scope) as words
        from (select distinct scope from found) s cross join query),
    ranked as materialized (
      select m.id as message_id, cast(ts_rank(w.words, scopes.words) * 1000000 as bigint) as rank
        from found join scopes on scopes.scope = found.scope
        join message_words w on w.message_id = found.id
        join messages m on m.id = found.id and m.text is not null),
    page as (
      select message_id, rank from ranked where ${position} order by ${order} limit ${limit})
    select * from (
      select p.rank, ${messageColumns}, x.reactions, r.name, r.kind,
             case r.kind when 'direct' then ${directTitle('partner')} else r.title end as title,
             sum(octet_length(m.text) + octet_length(x.reactions) + 200)
               over (order by ${order}
                     rows between unbounded preceding and 1 preceding) as bytes_before
        from page p
        join messages m on m.id = p.message_id
        join rooms r on r.id = m.room_id
       ${joinReactions(userId)}
        ${joinAuthor}
        left join lateral (
          select o.display_name, o.username
            from memberships other
            join users o on o.id = other.user_id and o.deleted_at is null
           where r.kind = 'direct' and other.room_id = r.id and other.user_id <> ${userId}
           limit 1) partner on true) sized
     where coalesce(bytes_before, 0) <= ${sql.lit(pageMaxBytes)}
     order by ${order}`.execute(trx)
  return rows
}
