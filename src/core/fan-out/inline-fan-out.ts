import type { Pushes } from '../push/publish.ts'
import { deliverNotified } from '../notifications/announce-notified.ts'
import { deliverTakenBack } from '../notifications/announce-taken-back.ts'
import type { FanOut } from '../ports.ts'
import { deliverToRoom } from '../push/deliver-to-room.ts'

const whole = { shards: 1, shard: 0 }

/** Pushes before the handler answers: for one process, whose pushes to a room are in the order of its log. */
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
