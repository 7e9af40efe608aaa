import type { Log, Sender } from '../core/ports.ts'
import type { Connections } from './gateway/connections.ts'

/**
 * Pushes to the sockets of the local gateway, in this process. A socket that has fallen behind is cut, whatever
 * its client: it connects again, and reads what it has missed.
 */
export function createGatewaySender(
  connections: Pick<Connections, 'post' | 'delete' | 'cut'>,
  log: Log,
): Sender {
  return {
    post: async (connectionIds, frame) => {
      const gone: string[] = []
      for (const connectionId of connectionIds) {
        const result = connections.post(connectionId, frame)
        if (result === 'gone') gone.push(connectionId)
        else if (result !== 'sent') {
          connections.cut(connectionId)
          log.warn('a socket was cut: it could not be pushed to', { connectionId, result })
        }
      }
      return gone
    },
    close: async (connectionIds) =>
      connectionIds.filter((connectionId) => connections.delete(connectionId) === 'gone'),
  }
}
