import { PostToConnectionCommand } from '@aws-sdk/client-apigatewaymanagementapi'
import type { Log, Metrics, Poster } from '../core/ports.ts'
import {
  type CallOptions,
  type ConnectionCalls,
  createConnectionCalls,
  type Outcomes,
} from './connection-calls.ts'

export interface PosterOptions extends CallOptions {
  readonly log: Log
  readonly metrics: Metrics
}

/** Pushes, and does not close: for functions whose role may not. */
export function createApiGatewayPoster(options: PosterOptions): Poster {
  const post = postWith(createConnectionCalls(options), options)
  return { post: async (connectionIds, frame) => (await post(connectionIds, frame)).gone }
}

/** What has failed is counted and logged, and no more: the log of the room has what a push did not bring. */
export function postWith(
  { client, forEach }: ConnectionCalls,
  { log, metrics }: Pick<PosterOptions, 'log' | 'metrics'>,
) {
  return async (
    connectionIds: readonly string[],
    frame: string,
  ): Promise<Pick<Outcomes, 'gone' | 'missed'>> => {
    const Data = Buffer.from(frame)
    const outcomes = await forEach(connectionIds, (ConnectionId) =>
      client.send(new PostToConnectionCommand({ ConnectionId, Data })),
    )
    const { gone, throttled, failed, error } = outcomes
    const sent = connectionIds.length - gone.length - throttled - failed
    if (sent > 0) metrics.add('PushesSent', sent)
    if (gone.length > 0) metrics.add('PushesGone', gone.length)
    if (throttled > 0) metrics.add('PushesThrottled', throttled)
    if (failed > 0) metrics.add('PushesFailed', failed)
    if (error !== undefined) log.warn('pushes failed', { sent, throttled, failed, error })
    return outcomes
  }
}
