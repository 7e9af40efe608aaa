/**
 * The worker of a shard of a large room. It reads the log after the shard's cursor and sends all events that it finds,
 * in as few frames as possible. So messages that arrive while the worker is busy share their posts.
 *
 * The cursor moves after the push. If a worker ends between the two, its events are sent again. The queue gives the
 * wake-ups of a group to one worker at a time, so no second worker serves the same shard. So each connection of the
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

/** So many of the longest messages fit into one answer of the Data API. */
const eventsAtOnce = 32
/**
 * An event is skipped if it is this much older than the events of the wake-up. A handler ends within 30 s, so no
 * wake-up for the older event will come. Either its handler has sent it, because the room was smaller then, or its
 * clients have found the gap.
 */
const reachBackSeconds = 30
/**
 * Posts between two moves of the cursor. At 2,000 posts per second they take a third of a worker's time limit. If they
 * took longer than the limit, the worker would end before it moves the cursor, and would send the same events again
 * each time.
 */
const postsAtOnce = 20_000

/** Delivers to a shard the events that it has not been sent yet. `wakeUps` are of one group. */
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

/**
 * The event as a handler would have sent it. Reactions that the message has by now are separate events, which follow.
 */
function toEvent(row: LogRow): DurableEvent {
  const event = renderEvent(row)
  return event.type === 'message' ? { ...event, reactions: [] } : event
}
