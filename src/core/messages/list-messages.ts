import { sql } from 'kysely'
import type { ListMessagesQuery, Message } from '../../protocol/messages.ts'
import { pageMaxBytes } from '../../protocol/limits.ts'
import type { Db } from '../database/database.ts'
import { cutToBytes, type ListPage } from '../paging.ts'
import { refusalError } from '../refusals/refusal.ts'
import { accessRoom, type ReadStatus } from '../rooms/access.ts'
import { type StoredMessage, renderMessageOf } from '../log/render-message.ts'

/** [M4] A page of a room's messages, oldest first: the newest page, or the page at a position of the log. */
export async function listMessages(
  db: Db,
  sessionId: number,
  roomId: number,
  { before, after, around, limit }: ListMessagesQuery,
): Promise<ListPage<Message>> {
  const read = async (part: Part) => await readParts(db, sessionId, roomId, part)
  const cut = (rows: Rows, count: number, maxBytes?: number) =>
    renderFirst(roomId, rows, count, maxBytes)
  if (around !== undefined) {
    const count = Math.floor(limit / 2)
    const parts = await read({ position: around - 1, older: count, newer: true, limit })
    const older = cut(parts.older, count, pageMaxBytes / 2)
    const rest = limit - Math.min(count, parts.older.length)
    const newer = cut(parts.newer, rest, pageMaxBytes - bytesOf(older.messages))
    const messages = [...older.messages.toReversed(), ...newer.messages]
    return pageOf(messages, count === 0 || older.hasMore, newer.hasMore)
  }
  if (after !== undefined) {
    const { newer } = await read({ position: after, older: 0, newer: true, limit })
    const { messages, hasMore } = cut(newer, limit)
    return pageOf(messages, after > 0, hasMore)
  }
  const position = before === undefined ? Number.MAX_SAFE_INTEGER : before - 1
  const { older } = await read({ position, older: limit, newer: false, limit })
  const { messages, hasMore } = cut(older, limit)
  return pageOf(messages.toReversed(), hasMore, before !== undefined)
}

/** The parameters of message_page_v1 that choose the messages. */
interface Part {
  readonly position: number
  readonly older: number
  readonly newer: boolean
  readonly limit: number
}

/** Messages of a room. The one that is nearest to the position comes first. */
type Rows = readonly MessageOfRoom[]
type MessageOfRoom = Omit<StoredMessage, 'room_id'>

/**
 * Reads the messages on both sides of a position, in one statement with the checks of `accessRoom`. Each side has one
 * message more than was asked for if there are more. The database cuts long texts off, too, because the size of its
 * answers is limited. Then it also returns one message more than fits.
 */
async function readParts(
  db: Db,
  sessionId: number,
  roomId: number,
  { position, older, newer, limit }: Part,
): Promise<{ readonly older: Rows; readonly newer: Rows }> {
  const result = await sql<MessageOfRoom & { status: ReadStatus | null }>`
    select * from message_page_v1(${sessionId}, ${roomId}, ${position}, ${older}, ${newer}, ${limit}, ${pageMaxBytes})`.execute(
    db,
  )
  const [head, ...found] = result.rows
  const status = head!.status!
  if (status !== 'ok') {
    // This throws the error with the reason of a suspension.
    await accessRoom(db, sessionId, roomId)
    throw refusalError({ status })
  }
  const rows = found.toSorted((a, b) => a.seq - b.seq)
  const middle = rows.findIndex(({ seq }) => seq > position)
  const end = middle === -1 ? rows.length : middle
  return { older: rows.slice(0, end).toReversed(), newer: rows.slice(end) }
}

interface Slice {
  readonly messages: Message[]
  readonly hasMore: boolean
}

/** Renders the first `limit` messages, and of these the first with at most `maxBytes` of JSON together. */
function renderFirst(roomId: number, rows: Rows, limit: number, maxBytes = pageMaxBytes): Slice {
  const kept = rows.slice(0, limit)
  const messages = kept.map((row) => renderMessageOf(roomId, row))
  const most = kept.reduce((sum, row) => sum + mostBytesOf(row), 0)
  const fitting =
    most <= maxBytes
      ? messages
      : cutToBytes(
          messages.map((item) => ({ item })),
          maxBytes,
        ).map(({ item }) => item)
  return { messages: fitting, hasMore: fitting.length < rows.length }
}

/**
 * A bound for the JSON of a message, which saves most pages from being measured: a UTF-16 unit takes at most six bytes,
 * as `\u0001` does. The rest of a message has less than 600 bytes.
 */
function mostBytesOf({ text, display_name, client_id, reactions }: MessageOfRoom): number {
  return 600 + 6 * (unitsOf(text) + unitsOf(display_name) + unitsOf(client_id) + unitsOf(reactions))
}

function unitsOf(text: string | null | undefined): number {
  return text?.length ?? 0
}

function bytesOf(messages: readonly Message[]): number {
  return Buffer.byteLength(JSON.stringify(messages))
}

function pageOf(results: Message[], hasOlder: boolean, hasNewer: boolean): ListPage<Message> {
  const [first, last] = [results.at(0), results.at(-1)]
  return {
    results,
    next: hasNewer && last ? { direction: 'after', key: last.seq } : null,
    previous: hasOlder && first ? { direction: 'before', key: first.seq } : null,
  }
}
