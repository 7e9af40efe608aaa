import { sql } from 'kysely'
import type { Pushes } from '../push/publish.ts'
import { joinAuthor, messageColumns } from '../log/message-columns.ts'
import { type StoredMessage, renderMessage } from '../log/render-message.ts'
import { deliverNotified } from '../notifications/announce-notified.ts'
import type { NotifiedWakeUp } from './wake-up.ts'

/** [N1] Delivers the notifications of a room's messages. `wakeUps` are of one group. Their messages share posts. */
export async function fanOutNotified(
  context: Pushes,
  wakeUps: readonly NotifiedWakeUp[],
): Promise<void> {
  const { room_id: roomId } = wakeUps[0]!
  const seqs = [...new Set(wakeUps.flatMap(({ seqs }) => seqs))]
  const { rows } = await sql<StoredMessage & { room_title: string | null }>`
    select ${messageColumns},
           case when r.kind <> 'direct' then r.title end as room_title
      from jsonb_array_elements_text(cast(${JSON.stringify(seqs)} as jsonb)) x (seq)
      join messages m on m.room_id = ${roomId} and m.seq = cast(x.seq as bigint)
      join rooms r on r.id = m.room_id
      ${joinAuthor}
     order by m.seq`.execute(context.db)
  await deliverNotified(
    context,
    rows.map((row, index) => ({
      n: index + 1,
      message: renderMessage(row),
      roomTitle: row.room_title,
    })),
  )
}
