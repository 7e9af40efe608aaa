import type { RoomHandle } from '../../../src/client/index.ts'
import { client } from './client.ts'
import { whileLeaving } from './leaving.ts'

/** The client library sends a marker to the server within this time, also on a slow machine. */
const toldAfterMs = 5_000

/** Markers that the server may not know yet, by room. */
const untold = new Map<number, { readonly seq: number; readonly at: number }>()

/** Marks a room as read up to `seq`. */
export function markRead(handle: RoomHandle, seq: number): void {
  handle.markRead()
  untold.set(handle.id, { seq, at: Date.now() })
}

/**
 * When the user leaves the page, sends the markers that the server may not know yet. Sending one twice does no
 * harm.
 */
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
  // A phone may end a hidden page without a further event.
  if (document.visibilityState === 'hidden') whileLeaving(tellAll)
})
