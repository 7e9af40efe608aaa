import { randomUUID } from 'node:crypto'

/** The part of Lambda's context that a handler may read. */
export interface LambdaContext {
  awsRequestId: string
  functionName: string
  getRemainingTimeInMillis(): number
}

// A method type is bivariant, so handlers may name the event that they expect (`APIGatewayProxyEventV2`).
export type LambdaHandler = {
  handle(event: unknown, context: LambdaContext): Promise<unknown>
}['handle']

export type InvocationOutcome =
  | { kind: 'returned'; value: unknown }
  | { kind: 'threw'; error: unknown }
  | { kind: 'timed_out'; error: Error }

export interface InvokeOptions {
  functionName: string
  timeoutMs: number
  /** Called with an error that a handler throws after its time is over. */
  onLateError: (error: unknown) => void
}

/**
 * Calls a handler. Never rejects. A handler that runs longer than its time is not stopped, as in an execution
 * environment of Lambda. Its late result is ignored.
 */
export function invoke(
  handler: LambdaHandler,
  event: unknown,
  { functionName, timeoutMs, onLateError }: InvokeOptions,
): Promise<InvocationOutcome> {
  const deadline = performance.now() + timeoutMs
  const context: LambdaContext = {
    awsRequestId: randomUUID(),
    functionName,
    getRemainingTimeInMillis: () => Math.max(0, Math.round(deadline - performance.now())),
  }
  return new Promise((resolve) => {
    let late = false
    const timer = setTimeout(() => {
      late = true
      const error = new Error(`${functionName} took more than ${timeoutMs} ms: make it faster`)
      resolve({ kind: 'timed_out', error })
    }, timeoutMs)
    timer.unref()
    const settle = (outcome: InvocationOutcome) => {
      clearTimeout(timer)
      resolve(outcome)
    }
    call(handler, event, context).then(
      (value) => settle({ kind: 'returned', value }),
      (error: unknown) => (late ? onLateError(error) : settle({ kind: 'threw', error })),
    )
  })
}

// Makes a handler that throws before its first await reject like any other handler.
async function call(handler: LambdaHandler, event: unknown, context: LambdaContext) {
  return await handler(event, context)
}
