import type { Log, Sender } from '../core/ports.ts'
import type { Connections } from './gateway/connections.ts'

/**
 * Pushes to the sockets of the local gateway, in this process. A socket that has fallen behind is cut, whatever
 * its client: it connects again, and reads what it has missed. Those that keep up come first: so they do not wait for
 * a crowd that may read nothing. The order of one socket's frames stays: all sockets are served before this returns.
 */
export function createGatewaySender(
  connections: Pick<Connections, 'post' | 'delete' | 'cut' | 'keepsUp'>,
  log: Log,
): Sender {
  return {
    post: async (connectionIds, frame) => {
      const gone: string[] = []
      const keepingUp: string[] = []
      const others: string[] = []
      for (const id of connectionIds) (connections.keepsUp(id) ? keepingUp : others).push(id)
      for (const connectionId of [...keepingUp, ...others]) {
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
