import type { RoomHandle } from '../../../src/client/index.ts'
import { client } from './client.ts'
import { whileLeaving } from './leaving.ts'

/** The client library tells the server of a marker within that time, also on a slow machine. */
const toldAfterMs = 5_000

/** Markers that the server may not know of yet, by room. */
const untold = new Map<number, { readonly seq: number; readonly at: number }>()

/** Marks a room as read up to `seq`. */
export function markRead(handle: RoomHandle, seq: number): void {
  handle.markRead()
  untold.set(handle.id, { seq, at: Date.now() })
}

/** Who leaves the page has read what the server was not told of yet. To tell it twice changes nothing. */
function tellAll(): void {
  for (const [id, { seq, at }] of untold) {
    if (Date.now() - at > toldAfterMs) continue
    const input = { params: { room_id: id }, body: { seq } }
    client.request('POST /api/rooms/{room_id}/read/', input).catch(() => undefined)
  }
  untold.clear()
}

addEventListener('pagehide', () => whileLeaving(tellAll))
document.addEventListener('visibilitychange', () => {
  // A phone may end a page that it hides, and tells it nothing more.
  if (document.visibilityState === 'hidden') whileLeaving(tellAll)
})
