import { withDeadline } from '../src/aws/deadline.ts'
import type { Environment } from './env.ts'

/** Kept of a handler's time for its answer, when the database does not give one. */
const answerMs = 1_000

/**
 * The export that Lambda calls: `start` makes what the handler works with of the environment, once per
 * cold start. It imports the AWS SDK then, so that the local server, which calls `create` itself, never
 * loads it.
 */
export function onColdStart<Runtime, Event, Result>(
  start: (environment: Environment) => Promise<Runtime>,
  create: (runtime: Runtime) => (event: Event) => Promise<Result>,
): (event: Event, context: { getRemainingTimeInMillis(): number }) => Promise<Result> {
  let handler: Promise<(event: Event) => Promise<Result>> | undefined
  return async (event, context) => {
    const endsAt = performance.now() + context.getRemainingTimeInMillis() - answerMs
    handler ??= start(process.env).then(create)
    const handle = await handler
    return await withDeadline(endsAt, () => handle(event))
  }
}
