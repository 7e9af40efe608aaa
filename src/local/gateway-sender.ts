import type { Log, Sender } from '../core/ports.ts'
import type { Connections } from './gateway/connections.ts'

/** Pushes to the sockets of the local gateway, in this process. */
export function createGatewaySender(connections: Connections, log: Log): Sender {
  return {
    post: async (connectionIds, frame) => {
      const data = Buffer.from(frame)
      const gone: string[] = []
      for (const connectionId of connectionIds) {
        const result = connections.post(connectionId, data)
        if (result === 'gone') gone.push(connectionId)
        else if (result !== 'sent') log.warn('a push failed', { connectionId, result })
      }
      return gone
    },
    close: async (connectionIds) =>
      connectionIds.filter((connectionId) => connections.delete(connectionId) === 'gone'),
  }
}
