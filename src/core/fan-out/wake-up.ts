/**
 * What the queue of pushes holds: that there is something to push, and where to read it; never what it says.
 * A field that a release adds is optional: for the minute of a deploy the other side is of another one.
 */
import * as z from 'zod'
import type { DurableEvent } from '../../protocol/socket.ts'
import type { Notifying } from '../ports.ts'

const id = z.int().positive()

const common = {
  room_id: id,
  /** Of the request that the push is for: the worker's log has it. */
  request_id: z.string().max(100).optional(),
}

const roomWakeUp = z.object({
  kind: z.literal('room'),
  ...common,
  shards: z.int().positive(),
  shard: z.int().nonnegative(),
  /** Of the events that it was sent for. */
  first_seq: id,
  last_seq: id,
})

const notifiedWakeUp = z.object({
  kind: z.literal('notified'),
  ...common,
  /** Of the messages. */
  seqs: z.array(id),
})

const takenBackWakeUp = notifiedWakeUp.extend({ kind: z.literal('taken_back') })

export const wakeUp = z.discriminatedUnion('kind', [roomWakeUp, notifiedWakeUp, takenBackWakeUp])
export type WakeUp = z.infer<typeof wakeUp>
export type RoomWakeUp = z.infer<typeof roomWakeUp>
export type NotifiedWakeUp = z.infer<typeof notifiedWakeUp>

/**
 * Workers of a large room. Each posts some 2,000 frames a second, so that these reach what an account may
 * post (10,000/s, with all else); more would cost statements and no post would be sooner.
 */
const shards = 4

/** One for each shard of a room. */
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

/** One for each room. */
export function wakeUpsOfNotified(messages: readonly Notifying[]): NotifiedWakeUp[] {
  const rooms = Map.groupBy(messages, ({ message }) => message.room_id)
  return Array.from(rooms, ([room_id, those]) => ({
    kind: 'notified',
    room_id,
    seqs: those.map(({ message }) => message.seq),
  }))
}

/**
 * Wake-ups of a group are answered one after another, by one worker at a time: that notifications were taken back
 * comes after they were made.
 */
export function groupOf(wakeUp: WakeUp): string {
  return wakeUp.kind === 'room'
    ? `room-${wakeUp.room_id}-${wakeUp.shard}-of-${wakeUp.shards}`
    : `notified-${wakeUp.room_id}`
}
