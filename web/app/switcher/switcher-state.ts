import { effect, signal } from '@preact/signals'
import { openRoomId } from '../shell/router.ts'

/** Whether the quick switcher is open. */
export const isSwitcherOpen = signal(false)

const visitedMax = 50

/** Rooms that were opened in this tab, the last one first. */
export const visitedRooms = signal<readonly number[]>([])

effect(() => {
  const id = openRoomId.value
  if (id === null) return
  const others = visitedRooms.peek().filter((each) => each !== id)
  visitedRooms.value = [id, ...others].slice(0, visitedMax)
})
