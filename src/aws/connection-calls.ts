import {
  ApiGatewayManagementApiClient,
  ApiGatewayManagementApiServiceException,
  GoneException,
} from '@aws-sdk/client-apigatewaymanagementapi'
import { createConcurrencyLimit } from './concurrency-limit.ts'

/** Calls under way at once, of all that is pushed. With answers in 20 ms they are 2,500 a second. */
const standardConcurrency = 50

export interface CallOptions {
  /** More is for a function with a whole CPU, which can make some 2,500 calls a second. */
  readonly concurrency?: number
  readonly client?: ApiGatewayManagementApiClient
}

/** What came of calls for many sockets. */
export interface Outcomes {
  readonly gone: string[]
  /** Those whose call failed otherwise. */
  readonly missed: string[]
  throttled: number
  failed: number
  /** The first. */
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
 * Calls of the management API, for many sockets at once. Its address comes from
 * AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI, which an `endpoint` in code would beat, so that the same code runs
 * against any of them. A call that is refused for its rate (429) is made three times by the SDK, with pauses.
 */
export function createConnectionCalls({
  concurrency = standardConcurrency,
  client = createManagementClient(concurrency),
}: CallOptions): ConnectionCalls {
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

function createManagementClient(maxSockets: number): ApiGatewayManagementApiClient {
  return new ApiGatewayManagementApiClient({
    cacheMiddleware: true,
    requestHandler: { httpAgent: { maxSockets }, httpsAgent: { maxSockets } },
  })
}

function isThrottled(error: unknown): boolean {
  return (
    error instanceof ApiGatewayManagementApiServiceException &&
    error.$metadata.httpStatusCode === 429
  )
}
