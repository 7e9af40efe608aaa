import type { ChatContext } from '../src/core/context.ts'
import type { Log } from '../src/core/ports.ts'

/** What a handler needs. It does not ask where it runs. */
export interface Runtime extends ChatContext {
  readonly log: Log
  /** Origins that may open sockets; none: only the host's own. */
  readonly allowedOrigins: readonly string[]
}

/**
 * The export that Lambda calls: its runtime is built from the environment, once per cold start.
 * The AWS SDK is imported then, so that the local server, which calls `create` itself, never loads it.
 */
export function onColdStart<Event, Result>(
  create: (runtime: Runtime) => (event: Event) => Promise<Result>,
): (event: Event) => Promise<Result> {
  let handler: Promise<(event: Event) => Promise<Result>> | undefined
  return async (event) => {
    handler ??= import('./cold-start.ts').then(({ createRuntime }) =>
      create(createRuntime(process.env)),
    )
    return await (
      await handler
    )(event)
  }
}
