import type { Log, Sender } from '../../core/ports.ts'
import type { Connections } from '../../emulators/api-gateway/connections.ts'

/** How many sockets are written to before the process does something else. It is about a millisecond of work. */
const socketsAtOnce = 100

/**
 * How many posts may be unfinished while their rooms go on. Each further post is waited for, which bounds the memory
 * of the waiting frames.
 */
const unfinishedMax = 4

/**
 * Sends to the connections of the local gateway, in this process. A connection that has fallen behind is cut,
 * whatever its client is. The client connects again and reads what it missed. Connections that keep up come first, so
 * that they do not wait for a crowd of connections that may read nothing.
 *
 * A post to many connections is made in parts. The process serves other rooms between the parts. Each connection
 * still gets its frames in the order of the posts: a frame for a connection that still waits for its turn is put
 * behind its waiting frames. So a room does not wait for the last parts of a post, which go to the slow connections.
 * The room's next message may be stored in the meantime. A frame that waits here is as safe as a frame that was
 * written to a socket: both are only in the memory of this process.
 */
export function createGatewaySender(
  connections: Pick<Connections, 'post' | 'delete' | 'cut' | 'keepsUp'>,
  log: Log,
): Sender {
  /** The frames of connections that still wait for their turn, by connection id. */
  const waiting = new Map<string, string[]>()
  let unfinished = 0
  /** Ids of connections that turned out to be gone. The next `post` that ends returns them. */
  let gone: string[] = []

  function push(connectionId: string, frame: string): void {
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

  async function flushInParts(connectionIds: readonly string[]): Promise<void> {
    unfinished += 1
    for (let n = 0; n < connectionIds.length; n += socketsAtOnce) {
      await new Promise((resolve) => setImmediate(resolve))
      // A later post may have served some of them already.
      for (const id of connectionIds.slice(n, n + socketsAtOnce)) flush(id)
    }
    unfinished -= 1
  }

  return {
    post: async (connectionIds, frame, { mayBeDropped = false } = {}) => {
      // [W4] Droppable frames must neither be waited for nor take memory.
      if (mayBeDropped && unfinished >= unfinishedMax) return []
      const keepingUp: string[] = []
      const others: string[] = []
      for (const id of connectionIds) (connections.keepsUp(id) ? keepingUp : others).push(id)
      const ordered = [...keepingUp, ...others]
      const later = ordered.slice(socketsAtOnce)
      for (const id of later) {
        const frames = waiting.get(id)
        if (frames) frames.push(frame)
        else waiting.set(id, [frame])
      }
      for (const id of ordered.slice(0, socketsAtOnce)) {
        flush(id)
        push(id, frame)
      }
      if (later.length > 0) {
        const mayGoOn = unfinished < unfinishedMax
        const done = flushInParts(later)
        if (!mayGoOn) await done
      }
      const found = gone
      gone = []
      return found
    },
    close: async (connectionIds) =>
      connectionIds.filter((connectionId) => {
        flush(connectionId)
        return connections.delete(connectionId) === 'gone'
      }),
  }
}
