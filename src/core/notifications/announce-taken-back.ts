/**
 * [N1] Announces that the notifications of a message were taken back: the message was deleted, or an edit removed
 * mentions.
 */
import { sql } from 'kysely'
import * as z from 'zod'
import { unreadMax } from '../../protocol/limits.ts'
import { type Pushes, recipientsAsked } from '../push/publish.ts'
import type { ChatContext } from '../context.ts'
import { pageSize } from '../push/deliver-to-room.ts'
import { sendToUsers } from '../push/send-to-users.ts'

interface Row {
  readonly user_id: number
  readonly connection_id: string
  readonly unread: number
  /** A JSON array. */
  readonly ids: string
}

const ids = z.array(z.int())

/**
 * Announces it after the commit. If the users have more connections than a handler sends to, all are left to the
 * fan-out.
 */
export async function announceTakenBack(
  context: Pushes & Pick<ChatContext, 'fanOut'>,
  roomId: number,
  seq: number,
): Promise<void> {
  const rows = await readPage(context, roomId, [seq], '', recipientsAsked)
  if (rows.length === recipientsAsked) await context.fanOut.toTakenBack(roomId, seq)
  else await send(context, rows)
}

/**
 * Delivers it to all connections of the users, page by page. This needs no lock of the room, because the event tells
 * nothing about the room.
 */
export async function deliverTakenBack(
  context: Pushes,
  roomId: number,
  seqs: readonly number[],
): Promise<void> {
  let after = ''
  for (;;) {
    const rows = await readPage(context, roomId, seqs, after, pageSize)
    await send(context, rows)
    if (rows.length < pageSize) return
    after = rows.at(-1)!.connection_id
  }
}

async function readPage(
  { db }: Pushes,
  roomId: number,
  seqs: readonly number[],
  after: string,
  limit: number,
): Promise<readonly Row[]> {
  const { rows } = await sql<Row>`
    select * from taken_back_v1(${roomId}, ${JSON.stringify(seqs)}, ${after}, ${sql.lit(limit)},
      ${sql.lit(unreadMax)})`.execute(db)
  return rows
}

async function send(context: Pushes, rows: readonly Row[]): Promise<void> {
  await sendToUsers(context, rows, ({ ids: gone, unread }) => [
    { type: 'notifications.removed', ids: ids.parse(JSON.parse(gone)), unread },
  ])
}
