import { PostToConnectionCommand } from '@aws-sdk/client-apigatewaymanagementapi'
import type { Log, Metrics, Poster, PostOptions } from '../core/ports.ts'
import {
  type ConnectionCallOptions,
  type ConnectionCalls,
  createConnectionCalls,
  type Outcomes,
} from './connection-calls.ts'

export interface PosterOptions extends ConnectionCallOptions {
  readonly log: Log
  readonly metrics: Metrics
  readonly now?: () => number
}

/**
 * [W4] How long ephemeral frames are dropped after API Gateway refused a push for its rate. The account's rate is
 * needed for durable frames. The account's burst takes less time than this to fill again (5,000 at 10,000 per second),
 * but other processes send, too.
 */
const dropMs = 5_000

/** Makes a poster, which sends to connections but does not close them. It is for functions whose role may not close sockets. */
export function createApiGatewayPoster(options: PosterOptions): Poster {
  const post = postWith(createConnectionCalls(options), options)
  return { post: async (...push) => (await post(...push)).gone }
}

/**
 * Counts and logs failed pushes, and does nothing else about them: the log of the room has what a push did not deliver.
 */
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
