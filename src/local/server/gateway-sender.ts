import type { Log, Sender } from '../../core/ports.ts'
import type { Connections } from '../../emulators/api-gateway/connections.ts'

/** A push is written to so many sockets, and for so long, before the process does something else. */
const atOnce = { sockets: 100, ms: 1 }

/** The clock is looked at after so many sockets. */
const socketsBetweenLooks = 10

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
      log.warn('a socket was cut: sending to it failed', { connectionId, result })
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
    for (let n = 0; n < connectionIds.length;) {
      await new Promise((resolve) => setImmediate(resolve))
      // Some may have been served before, by a later push.
      n += writePart(connectionIds.slice(n, n + atOnce.sockets), flush)
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
      const written = writePart(ordered.slice(0, atOnce.sockets), (id) => {
        flush(id)
        push(id, frame)
      })
      const later = ordered.slice(written)
      for (const id of later) {
        const frames = waiting.get(id)
        if (frames) frames.push(frame)
        else waiting.set(id, [frame])
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

/** Writes to sockets in their order, until enough time is over; gives to how many. */
function writePart(connectionIds: readonly string[], write: (id: string) => void): number {
  const until = performance.now() + atOnce.ms
  let written = 0
  for (const id of connectionIds) {
    write(id)
    written += 1
    if (written % socketsBetweenLooks === 0 && performance.now() >= until) break
  }
  return written
}
