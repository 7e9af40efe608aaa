import type { RoomHandle } from '../../../src/client/index.ts'
import { client, myId } from './client.ts'
import { noteUnstored } from './unstored-sends.ts'

/** Sends a text to a room. From here on the text is not lost, whatever happens to the page. */
export function sendMessage(handle: RoomHandle, text: string, replyTo?: number): void {
  const clientId = handle.send(text, replyTo ? { replyTo } : {})
  const send = client.outbox.get().find((each) => each.clientId === clientId)
  if (!send) return
  const { roomId, order } = send
  noteUnstored({
    userId: myId(),
    clientId,
    roomId,
    text,
    replyTo: send.replyTo,
    order,
    failed: null,
  })
}
