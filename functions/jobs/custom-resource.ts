import { setTimeout as sleep } from 'node:timers/promises'
import type { CloudFormationCustomResourceEvent } from 'aws-lambda'
import { withDeadline } from '../../src/aws/deadline.ts'

/**
 * Milliseconds before the end of the function's time. At `work`, the calls of the work must have their answers. At
 * `answer`, the work is given up, and the answer is sent.
 */
const reservedMs = { work: 20_000, answer: 15_000 }
const attempts = 3
const attemptMs = 4_000
/** CloudFormation accepts an answer of up to 4,096 bytes. */
const reasonMaxCharacters = 800

interface Context {
  readonly logStreamName: string
  getRemainingTimeInMillis(): number
}

/**
 * Runs `work` as a custom resource of CloudFormation. It always answers, because without an answer the stack waits
 * for an hour. Its id never changes, because CloudFormation would delete the resource that had the old id.
 */
export function customResource(
  id: string,
  work: (event: CloudFormationCustomResourceEvent) => Promise<void>,
): (event: CloudFormationCustomResourceEvent, context: Context) => Promise<void> {
  return async (event, context) => {
    const endsAt = performance.now() + context.getRemainingTimeInMillis()
    let failure: string | undefined
    try {
      await inTime(
        withDeadline(endsAt - reservedMs.work, () => work(event)),
        endsAt - reservedMs.answer,
      )
    } catch (error) {
      failure = reasonOf(error)
    }
    const answer = {
      Status: failure === undefined ? 'SUCCESS' : 'FAILED',
      Reason: `${failure ?? 'done'} (log stream ${context.logStreamName})`,
      PhysicalResourceId: 'PhysicalResourceId' in event ? event.PhysicalResourceId : id,
      StackId: event.StackId,
      RequestId: event.RequestId,
      LogicalResourceId: event.LogicalResourceId,
    }
    await put(event.ResponseURL, JSON.stringify(answer))
  }
}

async function inTime<T>(work: Promise<T>, at: number): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(
    () => reject(new Error('the time of the function ran out')),
    at - performance.now(),
  )
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}

/**
 * Returns a short reason without data. The later lines of a database's error contain the values that caused it, so
 * only the SQLSTATE is taken from them.
 */
function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error)
  const [firstLine = ''] = message.split('\n')
  const sqlState = /; SQLState: \w+$/.exec(message)?.[0] ?? ''
  const reason = firstLine.endsWith(sqlState) ? firstLine : firstLine + sqlState
  return reason.slice(0, reasonMaxCharacters)
}

/** Sends the answer to CloudFormation. If this fails, Lambda runs the function again. */
async function put(url: string, body: string): Promise<void> {
  for (let failed = 0; ;) {
    try {
      // The body is bytes, because fetch would add a content type to a text. The URL was signed for a request without
      // one.
      const response = await fetch(url, {
        method: 'PUT',
        body: Buffer.from(body),
        signal: AbortSignal.timeout(attemptMs),
      })
      await response.arrayBuffer()
      if (response.ok) return
      throw new Error(`the answer to CloudFormation was refused with ${response.status}`)
    } catch (error) {
      if (++failed === attempts) throw error
      await sleep(200 * failed)
    }
  }
}
