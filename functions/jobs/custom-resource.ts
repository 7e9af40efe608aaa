import { setTimeout as sleep } from 'node:timers/promises'
import type { CloudFormationCustomResourceEvent } from 'aws-lambda'
import { withDeadline } from '../../src/aws/deadline.ts'

/** What the work may not take of the function's time: for its last calls to end, and for the answer. */
const reservedMs = { work: 20_000, answer: 15_000 }
const attempts = 3
const attemptMs = 4_000
/** CloudFormation takes an answer of 4,096 bytes. */
const reasonMaxCharacters = 800

interface Context {
  readonly logStreamName: string
  getRemainingTimeInMillis(): number
}

/**
 * A custom resource of CloudFormation that stands for what `work` does. It always answers, since without
 * one the stack waits for an hour. Its id never changes: another would make CloudFormation delete it.
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

/** What follows the first line of a database's error are the values that it came of. */
function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error)
  const [firstLine = ''] = message.split('\n')
  const sqlState = /; SQLState: \w+$/.exec(message)?.[0] ?? ''
  const reason = firstLine.endsWith(sqlState) ? firstLine : firstLine + sqlState
  return reason.slice(0, reasonMaxCharacters)
}

/** When it fails, Lambda runs the function again. */
async function put(url: string, body: string): Promise<void> {
  for (let failed = 0; ;) {
    try {
      // As bytes: the address was signed for a request without a content type.
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
