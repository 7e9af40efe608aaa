import { sql } from 'kysely'
import { notificationDays, recipientsAtOnce, unreadMax } from '../../protocol/limits.ts'
import type { ChatContext } from '../context.ts'
import { type FrameRow, throwRefusedFrame } from '../refusals/refusal.ts'
import { sendTo } from '../push/publish.ts'

interface TypingRow extends FrameRow {
  readonly user_id: number
  readonly username: string
  readonly display_name: string | null
  readonly room_id: number
  readonly connection_id: string
}

/**
 * [W3] Shows the others in a room that the user is typing. `typing` is ephemeral, so in a large room only the first 200
 * connections get it.
 */
export async function showTyping(
  context: ChatContext,
  connectionId: string,
  roomId: number | undefined,
): Promise<void> {
  const { frames } = context.limits
  const { rows } =
    await sql<TypingRow>`select * from typing_v3(${connectionId}, ${roomId ?? null}, ${frames.count}, ${frames.seconds},
      ${sql.lit(recipientsAtOnce)})`.execute(context.db)
  const [first, ...others] = rows
  throwRefusedFrame(first!)
  const { room_id, user_id, username, display_name } = first!
  await sendTo(
    context,
    { type: 'typing', room_id, user_id, username, display_name },
    others.map(({ connection_id }) => connection_id),
    { mayBeDropped: true },
  )
}

interface ReadRow extends FrameRow {
  readonly room_id: number
  readonly last_read_seq: number
  readonly unread: number
  readonly connection_id: string
  readonly is_partner: boolean | null
}

/**
 * [M8, M9, W3] Moves the user's read marker forward. Tells the new position to the user's connections and to those of a
 * direct partner.
 */
export async function readByFrame(
  context: ChatContext,
  connectionId: string,
  roomId: number | undefined,
  seq: number,
): Promise<void> {
  const { frames } = context.limits
  const { rows } =
    await sql<ReadRow>`select * from read_v3(${connectionId}, ${roomId ?? null}, ${seq}, ${frames.count},
      ${frames.seconds}, ${sql.lit(unreadMax)}, ${sql.lit(notificationDays)})`.execute(context.db)
  const [first, ...sockets] = rows
  throwRefusedFrame(first!)
  const { room_id, last_read_seq, unread } = first!
  const socketsOf = (isPartner: boolean) =>
    sockets.filter((each) => each.is_partner === isPartner).map((each) => each.connection_id)
  await sendTo(context, { type: 'read', room_id, last_read_seq, unread }, socketsOf(false))
  await sendTo(context, { type: 'seen', room_id, partner_read_seq: last_read_seq }, socketsOf(true))
}
