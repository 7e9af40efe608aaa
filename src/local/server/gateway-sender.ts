import type { Log, Sender } from '../../core/ports.ts'
import type { Connections } from '../../emulators/api-gateway/connections.ts'

/** A push is written to so many sockets, and for so long, before the process does something else. */
const atOnce = { sockets: 100, ms: 1 }

/** The clock is looked at after so many sockets. */
const socketsBetweenLooks = 10

/** So many pushes may be unfinished when their rooms go on. It bounds what waits here: a further push is waited for. */
const unfinishedMax = 4

/**
 * Pushes to the sockets of the local gateway, in this process. A socket that has fallen behind is cut, whatever
 * its client: it connects again, and reads what it has missed. Those that keep up come first: so they do not wait for
 * a crowd that may read nothing.
 *
 * A push to many sockets is made in parts, and between them the process serves other rooms. Each socket still gets its
 * frames in the order in which they were posted: a frame for a socket whose turn has not come goes after those that
 * wait for it. So a room does not wait for the last parts of a push, which are those to the slow: its next message may
 * be stored meanwhile. What waits here is as good as made: it is in the memory of this process, as what is written to a
 * socket is.
 */
export function createGatewaySender(
  connections: Pick<Connections, 'post' | 'delete' | 'cut' | 'keepsUp'>,
  log: Log,
): Sender {
  /** The frames of sockets whose turn has not come. */
  const waiting = new Map<string, string[]>()
  let unfinished = 0
  /** Sockets that were found to be gone, until the end of the next push. */
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
    for (let n = 0; n < connectionIds.length;) {
      await new Promise((resolve) => setImmediate(resolve))
      // Some may have been served before, by a later push.
      n += writePart(connectionIds.slice(n, n + atOnce.sockets), flush)
    }
    unfinished -= 1
  }

  return {
    post: async (connectionIds, frame, { mayBeDropped = false } = {}) => {
      // [W4] These must neither be waited for nor take memory.
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
