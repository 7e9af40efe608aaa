import type { Pushes } from '../../src/core/push/publish.ts'
import { fanOutNotified } from '../../src/core/fan-out/fan-out-notified.ts'
import { fanOutRoom } from '../../src/core/fan-out/fan-out-room.ts'
import { type WakeUp, wakeUp } from '../../src/core/fan-out/wake-up.ts'
import { deliverTakenBack } from '../../src/core/notifications/announce-taken-back.ts'
import { withRequestId } from '../../src/core/monitoring/request-id.ts'
import { parseJson } from '../parse.ts'
import type { Runtime } from '../runtime.ts'

type FanOutRuntime = Pushes & Pick<Runtime, 'metrics' | 'log'>

/** A batch of a FIFO queue: at most 10 messages, of several groups, each group's in their order. */
export interface QueueEvent {
  readonly Records: readonly QueueRecord[]
}

interface QueueRecord {
  readonly messageId: string
  readonly body: string
  readonly attributes: { readonly MessageGroupId: string }
}

/** The messages that go back to the queue. */
export interface QueueResult {
  readonly batchItemFailures: { readonly itemIdentifier: string }[]
}

/**
 * Makes the pushes that are too many for a handler. The wake-ups of a group are answered together. A group
 * that fails goes back, from its first message that failed to its last, so that its order stays; the others
 * are done.
 */
export function fanOut(runtime: FanOutRuntime) {
  return async ({ Records }: QueueEvent): Promise<QueueResult> => {
    const groups = Map.groupBy(Records, ({ attributes }) => attributes.MessageGroupId)
    const failed = await Promise.all(Array.from(groups.values(), (group) => answer(runtime, group)))
    return {
      batchItemFailures: failed.flat().map(({ messageId }) => ({ itemIdentifier: messageId })),
    }
  }
}

/** Gives the messages of a group that failed. */
async function answer(
  runtime: FanOutRuntime,
  group: readonly QueueRecord[],
): Promise<readonly QueueRecord[]> {
  const wakeUps: WakeUp[] = []
  try {
    for (const { body } of group) wakeUps.push(wakeUp.parse(parseJson(body)))
  } catch (error) {
    // Of a newer release, perhaps: its own worker will know it.
    const { messageId } = group[wakeUps.length]!
    runtime.log.error('a wake-up is of no known form', { messageId, error })
  }
  // Usually one. A search for one of them finds the line.
  const requestIds = [...new Set(wakeUps.flatMap(({ request_id }) => request_id ?? []))].join(' ')
  return await withRequestId(requestIds, () => push(runtime, group, wakeUps))
}

async function push(
  { log, ...context }: FanOutRuntime,
  group: readonly QueueRecord[],
  wakeUps: readonly WakeUp[],
): Promise<readonly QueueRecord[]> {
  try {
    const ofRoom = wakeUps.filter((each) => each.kind === 'room')
    const notified = wakeUps.filter((each) => each.kind === 'notified')
    const takenBack = wakeUps.filter((each) => each.kind === 'taken_back')
    if (ofRoom.length > 0) await fanOutRoom(context, ofRoom)
    if (notified.length > 0) await fanOutNotified(context, notified)
    if (takenBack.length > 0) {
      const seqs = takenBack.flatMap((each) => each.seqs)
      await deliverTakenBack(context, takenBack[0]!.room_id, seqs)
    }
    return group.slice(wakeUps.length)
  } catch (error) {
    log.error('a fan-out failed', { group: group[0]!.attributes.MessageGroupId, error })
    return group
  }
}
