import { client } from '../chat/client.ts'

/** The notification settings of a room. */
export const notifyChoices = ['all', 'mentions', 'none'] as const

export async function setNotify(
  roomId: number,
  notify: (typeof notifyChoices)[number],
): Promise<void> {
  await client.request('PUT /api/rooms/{room_id}/notify/', {
    params: { room_id: roomId },
    body: { notify },
  })
}
