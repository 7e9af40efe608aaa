import { withDeadline } from '../src/aws/deadline.ts'
import { withoutWaitingForResume } from '../src/core/database/resuming.ts'
import type { Tally } from '../src/core/monitoring/tally.ts'
import type { Environment } from './env.ts'
import type { FlushedMetrics } from './metrics.ts'

/** Kept of a handler's time for its answer, when the database does not give one. */
const answerMs = 1_000

/** What the database has for the counts of failures, once a minute and process, and only when something failed. */
const tallyMs = 1_500

/** What a handler works with, with metrics and counts that are written at its end. */
export type OnLambda<Runtime> = Runtime & {
  readonly metrics: FlushedMetrics
  readonly tally?: Tally
}

/**
 * The export that Lambda calls: `start` makes what the handler works with of the environment, once per
 * cold start.
 */
export function onColdStart<Runtime, Event, Result>(
  start: (environment: Environment) => OnLambda<Runtime>,
  create: (runtime: Runtime) => (event: Event) => Promise<Result>,
): (event: Event, context: { getRemainingTimeInMillis(): number }) => Promise<Result> {
  function prepare() {
    const runtime = start(process.env)
    return { handle: create(runtime), metrics: runtime.metrics, tally: runtime.tally }
  }
  let prepared: ReturnType<typeof prepare> | undefined
  return async (event, context) => {
    const endsAt = performance.now() + context.getRemainingTimeInMillis() - answerMs
    prepared ??= prepare()
    const { handle, metrics, tally } = prepared
    try {
      return await withDeadline(endsAt, () => handle(event))
    } finally {
      // Nobody waits longer for an answer because of what is counted.
      const until = Math.min(endsAt, performance.now() + tallyMs)
      await withDeadline(until, async () => {
        await withoutWaitingForResume(() => tally?.flush())
      })
      metrics.flush()
    }
  }
}
