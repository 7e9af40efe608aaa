import {
  ApiGatewayManagementApiClient,
  ApiGatewayManagementApiServiceException,
  DeleteConnectionCommand,
  GoneException,
  PostToConnectionCommand,
} from '@aws-sdk/client-apigatewaymanagementapi'
import type { Log, Metrics, Sender } from '../core/ports.ts'
import { createConcurrencyLimit } from './concurrency-limit.ts'

/** Calls under way at once, of all that is pushed. With answers in 20 ms they are 2,500 a second. */
const standardConcurrency = 50

export interface SenderOptions {
  readonly log: Log
  readonly metrics: Metrics
  /** More is for a function with a whole CPU, which can make some 2,500 calls a second. */
  readonly concurrency?: number
  readonly client?: ApiGatewayManagementApiClient
}

/**
 * Pushes through the management API. Its address comes from AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI,
 * which an `endpoint` in code would beat, so that the same code runs against any of them. A call that is
 * refused for its rate (429) is made three times by the SDK, with pauses. What then has failed is counted and
 * logged, and no more: the log of the room has what a push did not bring.
 */
export function createApiGatewaySender({
  log,
  metrics,
  concurrency = standardConcurrency,
  client = createManagementClient(concurrency),
}: SenderOptions): Sender {
  const limit = createConcurrencyLimit(concurrency)

  async function forEach(
    connectionIds: readonly string[],
    call: (connectionId: string) => Promise<unknown>,
  ): Promise<Outcomes> {
    const outcomes: Outcomes = { gone: [], throttled: 0, failed: 0, error: undefined }
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
          if (isThrottled(error)) outcomes.throttled++
          else outcomes.failed++
          outcomes.error ??= error
        }
      }
    }
    await Promise.all(Array.from({ length: Math.min(concurrency, connectionIds.length) }, work))
    return outcomes
  }

  return {
    async post(connectionIds, frame) {
      const Data = Buffer.from(frame)
      const { gone, throttled, failed, error } = await forEach(connectionIds, (ConnectionId) =>
        client.send(new PostToConnectionCommand({ ConnectionId, Data })),
      )
      const sent = connectionIds.length - gone.length - throttled - failed
      if (sent > 0) metrics.add('PushesSent', sent)
      if (gone.length > 0) metrics.add('PushesGone', gone.length)
      if (throttled > 0) metrics.add('PushesThrottled', throttled)
      if (failed > 0) metrics.add('PushesFailed', failed)
      if (error !== undefined) log.warn('pushes failed', { sent, throttled, failed, error })
      return gone
    },
    async close(connectionIds) {
      const { gone, throttled, failed, error } = await forEach(connectionIds, (ConnectionId) =>
        client.send(new DeleteConnectionCommand({ ConnectionId })),
      )
      if (error !== undefined) log.warn('sockets were not closed', { throttled, failed, error })
      return gone
    },
  }
}

interface Outcomes {
  readonly gone: string[]
  throttled: number
  failed: number
  /** The first. */
  error: unknown
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
