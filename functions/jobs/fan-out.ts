import type { Pushes } from '../../src/core/push/publish.ts'
import { fanOutNotified } from '../../src/core/fan-out/fan-out-notified.ts'
import { fanOutRoom } from '../../src/core/fan-out/fan-out-room.ts'
import { type WakeUp, wakeUp } from '../../src/core/fan-out/wake-up.ts'
import { deliverTakenBack } from '../../src/core/notifications/announce-taken-back.ts'
import { withRequestId } from '../../src/core/monitoring/request-id.ts'
import { parseJson } from '../parse.ts'
import type { Runtime } from '../runtime.ts'

type FanOutRuntime = Pushes & Pick<Runtime, 'metrics' | 'log'>

/** A batch of a FIFO queue: at most 10 messages of one or more groups. The messages of a group are in order. */
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
 * Delivers what has too many recipients for a handler. All wake-ups of a group are answered together. If a group
 * fails, its messages from the first failed one to the last go back to the queue, so that their order stays. The
 * other groups are done.
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

/** Returns the messages of the group that failed. */
async function answer(
  runtime: FanOutRuntime,
  group: readonly QueueRecord[],
): Promise<readonly QueueRecord[]> {
  const wakeUps: WakeUp[] = []
  try {
    for (const { body } of group) wakeUps.push(wakeUp.parse(parseJson(body)))
  } catch (error) {
    // A newer release may have sent it. The worker of that release will know its form.
    const { messageId } = group[wakeUps.length]!
    runtime.log.error('a wake-up has an unknown form', { messageId, error })
  }
  // Usually this is one id. If there are several, a search for any of them finds the log line.
  const requestIds = [...new Set(wakeUps.flatMap(({ request_id }) => request_id ?? []))].join(' ')
  return await withRequestId(requestIds, () => handOut(runtime, group, wakeUps))
}

async function handOut(
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
