import { type Pushes, sendEvents } from '../push/publish.ts'
import { deliverNotified } from '../notifications/announce-notified.ts'
import { deliverTakenBack } from '../notifications/announce-taken-back.ts'
import type { FanOut } from '../ports.ts'
import { deliverToRoom, pageSize } from '../push/deliver-to-room.ts'

const whole = { shards: 1, shard: 0 }

/**
 * A fan-out that delivers before the handler answers. It is for a server of one process, which publishes a room's
 * events in the order of the log.
 *
 * A send returns the connections of a room with up to 1,000 of them, so that its message needs no second statement.
 * Other events of such a room read the connections page by page. So the deliveries of a room wait for each other.
 * Otherwise a message could overtake an event before it, whose page is still being read.
 */
export function createInlineFanOut(pushes: Pushes): FanOut {
  /** The last delivery of each room that has one under way. It never rejects. */
  const deliveries = new Map<number, Promise<void>>()

  async function inTurn(roomId: number, deliver: () => Promise<void>): Promise<void> {
    const before = deliveries.get(roomId)
    const own = before ? before.then(deliver) : deliver()
    const settled = own.catch(() => undefined)
    deliveries.set(roomId, settled)
    try {
      await own
    } finally {
      if (deliveries.get(roomId) === settled) deliveries.delete(roomId)
    }
  }

  return {
    recipientsAsked: pageSize + 1,
    toRoom: async (roomId, events, isAgain = false, recipients) => {
      await inTurn(roomId, async () => {
        if (recipients) await sendEvents(pushes, recipients, events)
        else await deliverToRoom(pushes, roomId, events, whole, Infinity, isAgain)
      })
      return true
    },
    toNotified: async (messages) => {
      await deliverNotified(pushes, messages)
      return true
    },
    toTakenBack: async (roomId, seq) => {
      await deliverTakenBack(pushes, roomId, [seq])
      return true
    },
  }
}
