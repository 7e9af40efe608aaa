import { CreateRoomDialog } from './create-room-dialog.tsx'
import { DirectDialog } from './direct-dialog.tsx'
import { dialog } from './listed-rooms.ts'

const close = () => void (dialog.value = null)

/**
 * The dialogs about rooms. They are outside of the list, because a phone hides the list while a room is open.
 */
export function RoomDialogs() {
  if (dialog.value === 'room') return <CreateRoomDialog onClose={close} />
  if (dialog.value === 'direct') return <DirectDialog onClose={close} />
  return null
}
