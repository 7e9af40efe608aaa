import { withDeadline } from '../src/aws/deadline.ts'
import { withoutWaitingForResume } from '../src/core/database/resuming.ts'
import type { Tally } from '../src/core/monitoring/tally.ts'
import type { Environment } from './env.ts'
import type { FlushedMetrics } from './metrics.ts'

/** The part of a handler's time that is reserved for its answer, in case the database does not answer. */
const answerMs = 1_000

/**
 * How long the database may take to store the counts of failures. A process stores them at most once a minute, and
 * only after failures.
 */
const tallyMs = 1_500

/** The parts that a handler works with, with metrics and counts that are written at the end of each call. */
export type OnLambda<Runtime> = Runtime & {
  readonly metrics: FlushedMetrics
  readonly tally?: Tally
}

/**
 * Creates the function that Lambda calls. `start` makes the parts of the handler from the environment, once per cold
 * start.
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
      // The answer waits for this. So it has little time, and does not wait for a database that resumes.
      const until = Math.min(endsAt, performance.now() + tallyMs)
      await withDeadline(until, async () => {
        await withoutWaitingForResume(() => tally?.flush())
      })
      metrics.flush()
    }
  }
}
