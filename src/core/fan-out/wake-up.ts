/**
 * The messages of the fan-out's queue. A wake-up says that there is something to send and where to read it. It never
 * holds the content. A new field must be optional: for about a minute during a deploy, sender and worker are of
 * different releases.
 */
import * as z from 'zod'
import type { DurableEvent } from '../../protocol/socket.ts'
import type { Notifying } from '../ports.ts'

const id = z.int().positive()

const common = {
  room_id: id,
  /** The request that the push is for. The worker logs it. */
  request_id: z.string().max(100).optional(),
}

const roomWakeUp = z.object({
  kind: z.literal('room'),
  ...common,
  shards: z.int().positive(),
  shard: z.int().nonnegative(),
  /** The first and last `seq` of the events that the wake-up was sent for. */
  first_seq: id,
  last_seq: id,
})

const notifiedWakeUp = z.object({
  kind: z.literal('notified'),
  ...common,
  /** The `seq` of each message. */
  seqs: z.array(id),
})

const takenBackWakeUp = notifiedWakeUp.extend({ kind: z.literal('taken_back') })

export const wakeUp = z.discriminatedUnion('kind', [roomWakeUp, notifiedWakeUp, takenBackWakeUp])
export type WakeUp = z.infer<typeof wakeUp>
export type RoomWakeUp = z.infer<typeof roomWakeUp>
export type NotifiedWakeUp = z.infer<typeof notifiedWakeUp>

/**
 * The number of workers of a large room. Each sends about 2,000 frames a second. Together they reach what an account
 * may post (10,000 per second, together with all other posts). More workers would cost more statements, and no frame
 * would arrive sooner.
 */
const shards = 4

/** One wake-up for each shard of a room. */
export function wakeUpsOfRoom(roomId: number, events: readonly DurableEvent[]): RoomWakeUp[] {
  const seqs = events.map(({ seq }) => seq)
  return Array.from({ length: shards }, (_, shard) => ({
    kind: 'room',
    room_id: roomId,
    shards,
    shard,
    first_seq: Math.min(...seqs),
    last_seq: Math.max(...seqs),
  }))
}

/** One wake-up for each room. */
export function wakeUpsOfNotified(messages: readonly Notifying[]): NotifiedWakeUp[] {
  const rooms = Map.groupBy(messages, ({ message }) => message.room_id)
  return Array.from(rooms, ([room_id, those]) => ({
    kind: 'notified',
    room_id,
    seqs: those.map(({ message }) => message.seq),
  }))
}

/**
 * The group of a wake-up. One worker at a time handles the wake-ups of a group, one after another. So users first get a
 * notification, and then the event that it was taken back.
 */
export function groupOf(wakeUp: WakeUp): string {
  return wakeUp.kind === 'room'
    ? `room-${wakeUp.room_id}-${wakeUp.shard}-of-${wakeUp.shards}`
    : `notified-${wakeUp.room_id}`
}
