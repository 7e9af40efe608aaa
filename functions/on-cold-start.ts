import type { Runtime } from './runtime.ts'

/**
 * The export that Lambda calls: its runtime is built from the environment, once per cold start.
 * The AWS SDK is imported then, so that the local server, which calls `create` itself, never loads it.
 */
export function onColdStart<Event, Result>(
  create: (runtime: Runtime) => (event: Event) => Promise<Result>,
): (event: Event) => Promise<Result> {
  let handler: Promise<(event: Event) => Promise<Result>> | undefined
  return async (event) => {
    handler ??= import('./cold-start.ts').then(({ createLambdaRuntime }) =>
      create(createLambdaRuntime(process.env)),
    )
    return await (
      await handler
    )(event)
  }
}
