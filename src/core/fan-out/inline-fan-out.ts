import type { Pushes } from '../push/publish.ts'
import { pushToNotified } from '../notifications/push-notified.ts'
import { pushToTakenBack } from '../notifications/push-taken-back.ts'
import type { FanOut } from '../ports.ts'
import { pushToRoom } from '../push/push-to-room.ts'

const whole = { shards: 1, shard: 0 }

/** Pushes before the handler answers: for one process, whose pushes to a room are in the order of its log. */
export function createInlineFanOut(pushes: Pushes): FanOut {
  return {
    toRoom: async (roomId, events, isAgain = false) => {
      await pushToRoom(pushes, roomId, events, whole, Infinity, isAgain)
      return true
    },
    toNotified: async (messages) => {
      await pushToNotified(pushes, messages)
      return true
    },
    toTakenBack: async (roomId, seq) => {
      await pushToTakenBack(pushes, roomId, [seq])
      return true
    },
  }
}
