import { withDeadline } from '../src/aws/deadline.ts'
import type { Runtime } from './runtime.ts'

/** Kept of a handler's time for its answer, when the database does not give one. */
const answerMs = 1_000

/**
 * The export that Lambda calls: its runtime is built from the environment, once per cold start.
 * The AWS SDK is imported then, so that the local server, which calls `create` itself, never loads it.
 */
export function onColdStart<Event, Result>(
  create: (runtime: Runtime) => (event: Event) => Promise<Result>,
): (event: Event, context: { getRemainingTimeInMillis(): number }) => Promise<Result> {
  let handler: Promise<(event: Event) => Promise<Result>> | undefined
  return async (event, context) => {
    const endsAt = performance.now() + context.getRemainingTimeInMillis() - answerMs
    handler ??= import('./cold-start.ts').then(({ createLambdaRuntime }) =>
      create(createLambdaRuntime(process.env)),
    )
    const handle = await handler
    return await withDeadline(endsAt, () => handle(event))
  }
}
