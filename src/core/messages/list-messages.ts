import { sql } from 'kysely'
import type { ListMessagesQuery, Message } from '../../protocol/messages.ts'
import { pageMaxBytes } from '../../protocol/limits.ts'
import type { Db } from '../database/database.ts'
import { cutToBytes, type ListPage } from '../paging.ts'
import { accessRoom } from '../rooms/access.ts'
import { joinAuthor, joinReactions, messageColumns } from '../log/message-columns.ts'
import { type StoredMessage, renderMessage } from '../log/render-message.ts'

/** [M4] A page of a room's messages, oldest first: the newest page, or the page at a position of the log. */
export async function listMessages(
  db: Db,
  sessionId: number,
  roomId: number,
  { before, after, around, limit }: ListMessagesQuery,
): Promise<ListPage<Message>> {
  const { caller } = await accessRoom(db, sessionId, roomId)
  const view = { db, roomId, userId: caller.userId }
  if (around !== undefined) {
    const older = await readOlder(view, around, Math.floor(limit / 2), pageMaxBytes / 2)
    const rest = limit - older.messages.length
    const newer = await readNewer(view, around - 1, rest, pageMaxBytes - older.bytes)
    return pageOf([...older.messages, ...newer.messages], older.hasMore, newer.hasMore)
  }
  if (after !== undefined) {
    const { messages, hasMore } = await readNewer(view, after, limit)
    return pageOf(messages, after > 0, hasMore)
  }
  const { messages, hasMore } = await readOlder(view, before, limit)
  return pageOf(messages, hasMore, before !== undefined)
}

/** A room and the user who reads it. */
interface View {
  readonly db: Db
  readonly roomId: number
  readonly userId: number
}

interface Slice {
  readonly messages: Message[]
  readonly bytes: number
  readonly hasMore: boolean
}

async function readOlder(
  view: View,
  before: number | undefined,
  limit: number,
  maxBytes = pageMaxBytes,
): Promise<Slice> {
  if (limit === 0) return { messages: [], bytes: 0, hasMore: true }
  const position = before === undefined ? sql`true` : sql`m.seq < ${before}`
  const slice = await readSlice(view, position, sql`desc`, limit, maxBytes)
  return { ...slice, messages: slice.messages.toReversed() }
}

async function readNewer(
  view: View,
  after: number,
  limit: number,
  maxBytes = pageMaxBytes,
): Promise<Slice> {
  return await readSlice(view, sql`m.seq > ${after}`, sql`asc`, limit, maxBytes)
}

/**
 * Reads up to `limit` messages of at most `maxBytes` together. The database cuts too, because the size of its answers
 * is limited.
 */
async function readSlice(
  { db, roomId, userId }: View,
  position: ReturnType<typeof sql>,
  order: ReturnType<typeof sql>,
  limit: number,
  maxBytes: number,
): Promise<Slice> {
  const { rows } = await sql<StoredMessage & { found: number }>`
    select * from (
      select ${messageColumns}, x.reactions, count(*) over () as found,
             sum(coalesce(octet_length(m.text), 0) + octet_length(x.reactions) + 200)
               over (order by m.seq ${order}) as bytes
        from (
          select * from messages m
           where m.room_id = ${roomId} and ${position}
           order by m.seq ${order}
           limit ${limit + 1}) m
       ${joinReactions(userId)}
        ${joinAuthor}) sized
     where bytes <= ${maxBytes}
     order by seq ${order}`.execute(db)
  const messages = cutToBytes(
    rows.slice(0, limit).map((row) => ({ item: renderMessage(row) })),
    maxBytes,
  ).map(({ item }) => item)
  const bytes = Buffer.byteLength(JSON.stringify(messages))
  return { messages, bytes, hasMore: messages.length < (rows[0]?.found ?? 0) }
}

function pageOf(results: Message[], hasOlder: boolean, hasNewer: boolean): ListPage<Message> {
  const [first, last] = [results.at(0), results.at(-1)]
  return {
    results,
    next: hasNewer && last ? { direction: 'after', key: last.seq } : null,
    previous: hasOlder && first ? { direction: 'before', key: first.seq } : null,
  }
}
