import type { Pushes } from '../push/publish.ts'
import { deliverNotified } from '../notifications/announce-notified.ts'
import { deliverTakenBack } from '../notifications/announce-taken-back.ts'
import type { FanOut } from '../ports.ts'
import { deliverToRoom } from '../push/deliver-to-room.ts'

const whole = { shards: 1, shard: 0 }

/**
 * A fan-out that delivers before the handler answers. It is for a server of one process, which publishes a room's
 * events in the order of the log.
 */
export function createInlineFanOut(pushes: Pushes): FanOut {
  return {
    toRoom: async (roomId, events, isAgain = false) => {
      await deliverToRoom(pushes, roomId, events, whole, Infinity, isAgain)
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
