import {
  ApiGatewayManagementApiClient,
  DeleteConnectionCommand,
  GoneException,
  PostToConnectionCommand,
} from '@aws-sdk/client-apigatewaymanagementapi'
import type { Log, Sender } from '../core/ports.ts'

/** Posts under way at once: the SDK's own number of sockets. */
const concurrency = 50

/**
 * Pushes through the management API. Its address comes from AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI,
 * which an `endpoint` in code would beat, so that the same code runs against any of them.
 */
export function createApiGatewaySender(
  log: Log,
  client = new ApiGatewayManagementApiClient({ cacheMiddleware: true }),
): Sender {
  /** Gives the ids for which the socket is gone; other failures are logged: the log has what a push did not bring. */
  async function forEach(
    connectionIds: readonly string[],
    call: (connectionId: string) => Promise<unknown>,
  ): Promise<string[]> {
    const gone: string[] = []
    const waiting = connectionIds.values()
    async function work(): Promise<void> {
      for (const connectionId of waiting) {
        try {
          await call(connectionId)
        } catch (error) {
          if (error instanceof GoneException) gone.push(connectionId)
          else log.warn('a push failed', { connectionId, error })
        }
      }
    }
    await Promise.all(Array.from({ length: Math.min(concurrency, connectionIds.length) }, work))
    return gone
  }

  return {
    post: async (connectionIds, frame) => {
      const Data = Buffer.from(frame)
      return await forEach(connectionIds, (ConnectionId) =>
        client.send(new PostToConnectionCommand({ ConnectionId, Data })),
      )
    },
    close: async (connectionIds) =>
      await forEach(connectionIds, (ConnectionId) =>
        client.send(new DeleteConnectionCommand({ ConnectionId })),
      ),
  }
}
