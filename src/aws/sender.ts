import { DeleteConnectionCommand } from '@aws-sdk/client-apigatewaymanagementapi'
import type { Sender } from '../core/ports.ts'
import { createConnectionCalls } from './connection-calls.ts'
import { type PosterOptions, postWith } from './poster.ts'

/** Pushes to sockets, and closes them. */
export function createApiGatewaySender(options: PosterOptions): Sender {
  const calls = createConnectionCalls(options)
  return {
    ...postWith(calls, options),
    async close(connectionIds) {
      const { gone, throttled, failed, error } = await calls.forEach(
        connectionIds,
        (ConnectionId) => calls.client.send(new DeleteConnectionCommand({ ConnectionId })),
      )
      if (error !== undefined) {
        options.log.warn('sockets were not closed', { throttled, failed, error })
      }
      return gone
    },
  }
}
