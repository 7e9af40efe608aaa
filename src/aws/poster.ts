import { PostToConnectionCommand } from '@aws-sdk/client-apigatewaymanagementapi'
import type { Log, Metrics, Poster } from '../core/ports.ts'
import {
  type CallOptions,
  type ConnectionCalls,
  createConnectionCalls,
} from './connection-calls.ts'

export interface PosterOptions extends CallOptions {
  readonly log: Log
  readonly metrics: Metrics
}

/** Pushes, and does not close: for functions whose role may not. */
export function createApiGatewayPoster(options: PosterOptions): Poster {
  return postWith(createConnectionCalls(options), options)
}

/** What has failed is counted and logged, and no more: the log of the room has what a push did not bring. */
export function postWith(
  { client, forEach }: ConnectionCalls,
  { log, metrics }: Pick<PosterOptions, 'log' | 'metrics'>,
): Poster {
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
  }
}
