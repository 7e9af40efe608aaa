/** The list of the user's rooms, and where their logs end. */
import type { ChatError } from '../errors.ts'
import { headsMaxRooms, type RoomHead, type RoomPage } from '../wire.ts'
import { showPartner } from './partner.ts'
import {
  askList,
  catchUp,
  cursorIn,
  dropRoom,
  putHead,
  putMarker,
  putRoom,
  sendMarker,
} from './rooms.ts'
import { backOffMs, edit, reportError, setTimer, type Turn } from './turn.ts'

export function putList(turn: Turn, { results, next }: RoomPage): void {
  const before = turn.listing?.size ?? 0
  for (const room of results) putRoom(turn, room)
  const listed = new Set([...(turn.listing ?? []), ...results.map(({ id }) => id)])
  turn.listing = listed
  const cursor = cursorIn(next)
  // A page without new rooms also counts as the last one.
  if (cursor !== undefined && listed.size > before) return askList(turn, cursor)
  turn.listing = null
  turn.listed = true
  for (const [id, { room }] of turn.rooms) {
    // A hidden chat can still be read.
    if (!room.role || listed.has(id) || turn.unlisted.has(id)) catchUp(turn, edit(turn, id)!)
    else dropRoom(turn, id)
  }
}

export function refuseList(turn: Turn, error: ChatError): void {
  turn.listing = null
  reportError(turn, error)
  setTimer(turn, 'list', backOffMs(turn, 3, error))
}

/** [W4] Handles the positions of all of the user's rooms. */
export function putHeads(turn: Turn, heads: readonly RoomHead[]): void {
  const named = new Set<number>()
  let isNew = false
  for (const {
    room_id: id,
    last_seq,
    last_read_seq,
    partner_online: online,
    partner_read_seq,
    hidden,
  } of heads) {
    named.add(id)
    const room = turn.rooms.get(id)
    if (room) {
      if (typeof online === 'boolean') showPartner(turn, id, { online, read_seq: partner_read_seq })
      putHead(turn, id, last_seq)
      putMarker(turn, id, last_read_seq)
      if (room.room.role) sendMarker(turn, id)
    }
    const isShown = room?.room.role && !turn.unlisted.has(id)
    // The `room.removed` of this room may have been lost.
    if (!isShown === !hidden) isNew = true
  }
  if (heads.length < headsMaxRooms) {
    for (const [id, { room }] of turn.rooms) if (room.role && !named.has(id)) isNew = true
  }
  if (isNew) askList(turn)
}
