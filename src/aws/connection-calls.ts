import {
  type ApiGatewayManagementApiClient,
  ApiGatewayManagementApiServiceException,
  GoneException,
} from '@aws-sdk/client-apigatewaymanagementapi'
import { createConcurrencyLimit } from './concurrency-limit.ts'
import { createManagementClient } from './management-client.ts'

/** How many calls run at once, over all pushes. When an answer takes 20 ms, this makes 2,500 calls per second. */
const standardConcurrency = 50

export interface ConnectionCallOptions {
  /** A higher value is for a function with a whole CPU. A post takes about 0.1 ms of it (docs/performance.md). */
  readonly concurrency?: number
  readonly client?: ApiGatewayManagementApiClient
}

/** The outcomes of calls for many sockets. */
export interface Outcomes {
  readonly gone: string[]
  /** The sockets whose call failed for another reason. */
  readonly missed: string[]
  throttled: number
  failed: number
  /** The first error. */
  error: unknown
}

export interface ConnectionCalls {
  readonly client: ApiGatewayManagementApiClient
  /** Makes a call for each socket. */
  readonly forEach: (
    connectionIds: readonly string[],
    call: (connectionId: string) => Promise<unknown>,
  ) => Promise<Outcomes>
}

/**
 * Calls of the management API for many sockets at once. The address of the API comes from
 * AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI, so that the same code runs against any endpoint; an `endpoint` in code
 * would override it. The SDK makes a call that is refused for its rate (429) three times, with pauses.
 */
export function createConnectionCalls({
  concurrency = standardConcurrency,
  client = createManagementClient({ maxSockets: concurrency }),
}: ConnectionCallOptions): ConnectionCalls {
  const limit = createConcurrencyLimit(concurrency)
  return {
    client,
    async forEach(connectionIds, call) {
      const outcomes: Outcomes = {
        gone: [],
        missed: [],
        throttled: 0,
        failed: 0,
        error: undefined,
      }
      const waiting = connectionIds.values()
      async function work(): Promise<void> {
        for (const connectionId of waiting) {
          try {
            await limit(() => call(connectionId))
          } catch (error) {
            if (error instanceof GoneException) {
              outcomes.gone.push(connectionId)
              continue
            }
            outcomes.missed.push(connectionId)
            if (isThrottled(error)) outcomes.throttled++
            else outcomes.failed++
            outcomes.error ??= error
          }
        }
      }
      await Promise.all(Array.from({ length: Math.min(concurrency, connectionIds.length) }, work))
      return outcomes
    },
  }
}

function isThrottled(error: unknown): boolean {
  return (
    error instanceof ApiGatewayManagementApiServiceException &&
    error.$metadata.httpStatusCode === 429
  )
}
