/**
 * [A11] Erases the messages and reactions of a deleted account, in batches. Each batch is one transaction with the lock
 * of one room. The room's members are told of each deletion, as of any other [M5]. The row of the erasure records the
 * progress. So after a crash, or at the end of a request's time, an admin or the logins of others continue after the
 * last batch.
 */
import { sql } from 'kysely'
import * as z from 'zod'
import { erasedAtOnce } from '../../protocol/limits.ts'
import type { DurableEvent } from '../../protocol/socket.ts'
import { type Audience, publish, readAudience } from '../push/publish.ts'
import type { ChatContext } from '../context.ts'
import type { Trx } from '../database/database.ts'
import { type LogRow, renderEvent } from '../log/render-event.ts'
import { deliverTakenBack } from '../notifications/announce-taken-back.ts'

/** Begins an erasure. The account has to be deleted in the same transaction. */
export async function beginErasure(trx: Trx, userId: number): Promise<void> {
  await sql`insert into erasures (user_id) values (${userId})`.execute(trx)
}

/** Continues until everything is erased or the time is over. Returns whether everything is erased. */
export async function continueErasure(
  context: ChatContext,
  userId: number,
  seconds: number,
  rows: number = erasedAtOnce,
): Promise<boolean> {
  const endsAt = performance.now() + seconds * 1_000
  for (;;) {
    const isDone = await eraseBatch(context, userId, rows)
    if (isDone || performance.now() > endsAt) return isDone
  }
}

/** After this time, nobody is still working on an erasure. */
const unfinishedAfterSeconds = 60

/** Continues an unfinished erasure with one batch. The login of another user does this work. */
export async function finishErasure(context: ChatContext): Promise<void> {
  const { rows } = await sql<{ user_id: number }>`
    update erasures set continued_at = now()
     where user_id = (
       select user_id from erasures
        where finished_at is null
          and continued_at < now() - make_interval(secs => ${sql.lit(unfinishedAfterSeconds)})
        order by continued_at limit 1 for update skip locked)
    returning user_id`.execute(context.db)
  if (rows[0]) await eraseBatch(context, rows[0].user_id, erasedAtOnce)
}

interface Batch {
  readonly is_done: boolean
  readonly room_id: number | null
  readonly before_seq: number | null
  readonly events: number | null
  /** A JSON array. */
  readonly taken_back: string | null
}

interface Erased {
  readonly isDone: boolean
  readonly audience?: Audience
  readonly events?: readonly DurableEvent[]
  readonly takenBack?: readonly number[]
}

const seqs = z.array(z.int())

async function eraseBatch(context: ChatContext, userId: number, rows: number): Promise<boolean> {
  const { isDone, audience, events, takenBack } = await context.db
    .transaction()
    .execute(async (trx) => await eraseInRoom(trx, userId, rows))
  if (audience && events) {
    await publish(context, events, audience)
    if (takenBack && takenBack.length > 0)
      await deliverTakenBack(context, audience.roomId, takenBack)
  }
  return isDone
}

async function eraseInRoom(trx: Trx, userId: number, rows: number): Promise<Erased> {
  const result = await sql<Batch>`
    select is_done, room_id, before_seq, events, taken_back
      from erase_batch_v1(${userId}, ${rows})`.execute(trx)
  const { is_done: isDone, room_id: roomId, before_seq: before, events } = result.rows[0]!
  if (roomId === null || before === null || !events) return { isDone }
  const log = await sql<LogRow>`
    select * from log_v1(${roomId}, cast(null as bigint), ${before}, ${events})`.execute(trx)
  return {
    isDone,
    audience: await readAudience(trx, roomId),
    events: log.rows.map(renderEvent),
    takenBack: seqs.parse(JSON.parse(result.rows[0]!.taken_back ?? '[]')),
  }
}
