import { DeleteConnectionCommand } from '@aws-sdk/client-apigatewaymanagementapi'
import type { Sender } from '../core/ports.ts'
import { createConnectionCalls, type Outcomes } from './connection-calls.ts'
import { type PosterOptions, postWith } from './poster.ts'

/** Sends to connections, and closes them. */
export function createApiGatewaySender(options: PosterOptions): Sender {
  const calls = createConnectionCalls(options)
  const post = postWith(calls, options)

  async function close(connectionIds: readonly string[]): Promise<Outcomes> {
    const outcomes = await calls.forEach(connectionIds, (ConnectionId) =>
      calls.client.send(new DeleteConnectionCommand({ ConnectionId })),
    )
    const { throttled, failed, error } = outcomes
    if (error !== undefined) {
      options.log.warn('sockets were not closed', { throttled, failed, error })
    }
    return outcomes
  }

  return {
    close: async (connectionIds) => (await close(connectionIds)).gone,
    async post(connectionIds, frame, options = {}) {
      const { gone, missed } = await post(connectionIds, frame, options)
      if (!options.closeMissed || missed.length === 0) return gone
      // A socket that cannot be closed, either, is reported as gone: it gets no further pushes, so that it never shows
      // a gap.
      return [...gone, ...(await close(missed)).missed]
    },
  }
}
