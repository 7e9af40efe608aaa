import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { SendMessageBatchCommand, SQSClient } from '@aws-sdk/client-sqs'
import { groupOf, type WakeUp, wakeUpsOfNotified, wakeUpsOfRoom } from '../core/fan-out/wake-up.ts'
import type { FanOut, Log } from '../core/ports.ts'
import { currentRequestId } from '../core/monitoring/request-id.ts'
import { currentDeadline } from './deadline.ts'

const attempts = 4
const attemptMs = 2_000
const backoffMs = 100

/**
 * Leaves the pushes to a worker, functions/jobs/fan-out.ts, which a FIFO queue wakes. Each request has wake-ups and
 * deduplication ids of its own. An id made from the message would be wrong: the queue would accept a repeat [M3] within
 * five minutes and never deliver it. When the SDK or this function sends a wake-up twice, the id is the same.
 */
export function createQueuedFanOut(
  log: Log,
  queueUrl: string,
  { client = createSqsClient(), wait = (ms: number): Promise<unknown> => sleep(ms) } = {},
): FanOut {
  /** Takes at most 10 wake-ups, the limit of one request. */
  async function wake(wakeUps: readonly WakeUp[]): Promise<boolean> {
    const batchId = randomUUID()
    const request_id = currentRequestId()
    let left = wakeUps.map((wakeUp, n) => ({
      Id: String(n),
      MessageBody: JSON.stringify({ ...wakeUp, request_id }),
      MessageGroupId: groupOf(wakeUp),
      MessageDeduplicationId: `${batchId}-${n}`,
    }))
    for (let attempt = 1; ; attempt++) {
      const leftMs = (currentDeadline() ?? Infinity) - performance.now()
      let error: unknown
      try {
        const { Failed = [] } = await client.send(
          new SendMessageBatchCommand({ QueueUrl: queueUrl, Entries: left }),
          { abortSignal: AbortSignal.timeout(Math.max(1, Math.ceil(Math.min(attemptMs, leftMs)))) },
        )
        if (Failed.length === 0) return true
        left = left.filter(({ Id }) => Failed.some((failed) => failed.Id === Id))
        error = Failed
      } catch (cause) {
        error = cause
      }
      const waitMs = backoffMs * 2 ** attempt
      if (attempt === attempts || leftMs < waitMs) {
        log.error('wake-ups were not queued', { groups: left.map((e) => e.MessageGroupId), error })
        return false
      }
      await wait(waitMs)
    }
  }

  return {
    toRoom: async (roomId, events) => await wake(wakeUpsOfRoom(roomId, events)),
    toNotified: async (messages) => await wake(wakeUpsOfNotified(messages)),
    toTakenBack: async (room_id, seq) => await wake([{ kind: 'taken_back', room_id, seqs: [seq] }]),
  }
}

/** Makes a client without the SDK's own retries. The retries here use the handler's remaining time. */
function createSqsClient(): SQSClient {
  return new SQSClient({ maxAttempts: 1 })
}
