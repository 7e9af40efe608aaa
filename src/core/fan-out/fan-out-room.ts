/**
 * The worker of a shard of a large room: it reads the log after what it has pushed, and pushes all that is
 * there, as few frames as it fits. So messages that come while it is busy gather, and share their posts.
 *
 * The cursor moves after the push: a worker that ends in between pushes again. Another one cannot be in the
 * same shard meanwhile, since the queue gives a group's wake-ups to one at a time; so each socket of the
 * shard gets the log in its order.
 */
import { sql } from 'kysely'
import type { DurableEvent } from '../../protocol/socket.ts'
import { measurePush } from '../monitoring/measure-push.ts'
import type { Pushes } from '../push/publish.ts'
import type { ChatContext } from '../context.ts'
import { type LogRow, renderEvent } from '../log/render-event.ts'
import { deliverToRoom } from '../push/deliver-to-room.ts'
import type { RoomWakeUp } from './wake-up.ts'

/** Of the longest messages so many fit an answer of the Data API. */
const eventsAtOnce = 32
/**
 * An event that is older than those it is woken for by this much is not pushed: a handler ends within 30 s,
 * so that nobody will send a wake-up for it any more. It was pushed by its handler, in a room that has
 * grown since, or its clients have found the gap.
 */
const reachBackSeconds = 30
/**
 * Between two moves of the cursor: a third of what a worker has time for, at 2,000 a second. Were it more than
 * that, the worker would end before its cursor moves, and push the same again each time.
 */
const postsAtOnce = 20_000

/** Pushes what a shard has not been sent yet; `wakeUps` are of one group. */
export async function fanOutRoom(
  context: Pushes & Pick<ChatContext, 'metrics'>,
  wakeUps: readonly RoomWakeUp[],
): Promise<void> {
  const { room_id: roomId, shards, shard } = wakeUps[0]!
  const first = Math.min(...wakeUps.map(({ first_seq }) => first_seq))
  const last = Math.max(...wakeUps.map(({ last_seq }) => last_seq))
  let pushed: number | null = null
  for (;;) {
    const { rows }: { rows: LogRow[] } = await sql<LogRow>`
      select * from fan_out_v1(${roomId}, ${shards}, ${shard}, ${first}, ${last}, ${pushed},
        ${sql.lit(reachBackSeconds)}, ${sql.lit(eventsAtOnce)})`.execute(context.db)
    if (rows.length === 0) return
    const events = rows.map(toEvent)
    const count = await deliverToRoom(context, roomId, events, { shards, shard }, postsAtOnce)
    const done = events.slice(0, count)
    measurePush(
      context.metrics,
      done.filter(({ type }) => type === 'message'),
    )
    pushed = done.at(-1)!.seq
  }
}

/** As its handler would have pushed it: reactions that a message has by now are events that follow. */
function toEvent(row: LogRow): DurableEvent {
  const event = renderEvent(row)
  return event.type === 'message' ? { ...event, reactions: [] } : event
}
