import type { Log, Sender } from '../core/ports.ts'
import type { Connections } from './gateway/connections.ts'

/** So many sockets are written to before the process does something else: about a millisecond of work. */
const socketsAtOnce = 100

/** A frame that waits for a socket's turn, and who is told when that socket is gone. */
interface Waiting {
  readonly frame: string
  readonly gone: string[]
}

/**
 * Pushes to the sockets of the local gateway, in this process. A socket that has fallen behind is cut, whatever
 * its client: it connects again, and reads what it has missed. Those that keep up come first: so they do not wait for
 * a crowd that may read nothing.
 *
 * A push to many sockets is made in parts, and between them the process serves other rooms. Each socket still gets its
 * frames in the order in which they were posted: a frame for a socket whose turn has not come goes after those that
 * wait for it.
 */
export function createGatewaySender(
  connections: Pick<Connections, 'post' | 'delete' | 'cut' | 'keepsUp'>,
  log: Log,
): Sender {
  const waiting = new Map<string, Waiting[]>()

  function push(connectionId: string, { frame, gone }: Waiting): void {
    const result = connections.post(connectionId, frame)
    if (result === 'gone') gone.push(connectionId)
    else if (result !== 'sent') {
      connections.cut(connectionId)
      log.warn('a socket was cut: it could not be pushed to', { connectionId, result })
    }
  }

  function flush(connectionId: string): void {
    const frames = waiting.get(connectionId)
    if (!frames) return
    waiting.delete(connectionId)
    for (const each of frames) push(connectionId, each)
  }

  return {
    post: async (connectionIds, frame) => {
      const own: Waiting = { frame, gone: [] }
      const keepingUp: string[] = []
      const others: string[] = []
      for (const id of connectionIds) (connections.keepsUp(id) ? keepingUp : others).push(id)
      const ordered = [...keepingUp, ...others]
      for (const id of ordered.slice(socketsAtOnce)) {
        const frames = waiting.get(id)
        if (frames) frames.push(own)
        else waiting.set(id, [own])
      }
      for (const id of ordered.slice(0, socketsAtOnce)) {
        flush(id)
        push(id, own)
      }
      for (let n = socketsAtOnce; n < ordered.length; n += socketsAtOnce) {
        await new Promise((resolve) => setImmediate(resolve))
        // Some may have been served before, by a later push.
        for (const id of ordered.slice(n, n + socketsAtOnce)) flush(id)
      }
      return own.gone
    },
    close: async (connectionIds) =>
      connectionIds.filter((connectionId) => {
        flush(connectionId)
        return connections.delete(connectionId) === 'gone'
      }),
  }
}
