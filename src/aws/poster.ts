import { PostToConnectionCommand } from '@aws-sdk/client-apigatewaymanagementapi'
import type { Log, Metrics, Poster, PostOptions } from '../core/ports.ts'
import {
  type CallOptions,
  type ConnectionCalls,
  createConnectionCalls,
  type Outcomes,
} from './connection-calls.ts'

export interface PosterOptions extends CallOptions {
  readonly log: Log
  readonly metrics: Metrics
  readonly now?: () => number
}

/**
 * [W4] So long after API Gateway refused a push for its rate, frames that may be dropped are: the account's rate is
 * for those that may not. It is as long as the account's burst takes to fill again (5,000 at 10,000 a second), and
 * then some, since other processes push too.
 */
const dropMs = 5_000

/** Pushes, and does not close: for functions whose role may not. */
export function createApiGatewayPoster(options: PosterOptions): Poster {
  const post = postWith(createConnectionCalls(options), options)
  return { post: async (...push) => (await post(...push)).gone }
}

/** What has failed is counted and logged, and no more: the log of the room has what a push did not bring. */
export function postWith(
  { client, forEach }: ConnectionCalls,
  { log, metrics, now = () => performance.now() }: Pick<PosterOptions, 'log' | 'metrics' | 'now'>,
) {
  let dropsUntil = -Infinity
  return async (
    connectionIds: readonly string[],
    frame: string,
    { mayBeDropped = false }: PostOptions = {},
  ): Promise<Pick<Outcomes, 'gone' | 'missed'>> => {
    if (mayBeDropped && now() < dropsUntil) return { gone: [], missed: [] }
    const Data = Buffer.from(frame)
    const outcomes = await forEach(connectionIds, (ConnectionId) =>
      client.send(new PostToConnectionCommand({ ConnectionId, Data })),
    )
    const { gone, throttled, failed, error } = outcomes
    const sent = connectionIds.length - gone.length - throttled - failed
    if (sent > 0) metrics.add('PushesSent', sent)
    if (gone.length > 0) metrics.add('PushesGone', gone.length)
    if (throttled > 0) {
      metrics.add('PushesThrottled', throttled)
      dropsUntil = now() + dropMs
    }
    if (failed > 0) metrics.add('PushesFailed', failed)
    if (error !== undefined) log.warn('pushes failed', { sent, throttled, failed, error })
    return outcomes
  }
}
