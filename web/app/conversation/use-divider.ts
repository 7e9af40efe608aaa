import { useSignalEffect } from '@preact/signals'
import { useReducer, useRef } from 'preact/hooks'
import type { RoomView } from '../../../src/client/index.ts'
import { isWatched } from '../chat/watched.ts'

export interface Divider {
  /** The "New" line stands after this `seq`; null when there is no line. */
  readonly after: number | null
  readonly clear: () => void
}

/**
 * The "New" line. It is set when the room is opened and when the user comes back to it. Reading does not move it.
 * It disappears when the user leaves the room or sends something.
 */
export function useDivider({ status, room, messages }: RoomView): Divider {
  const after = useRef<number | null>(null)
  const isFixed = useRef(false)
  /** The newest message at the moment when the user went away. */
  const left = useRef<number | null>(null)
  const [, render] = useReducer((count: number) => count + 1, 0)
  const newest = messages.at(-1)?.seq ?? 0
  const last = useRef(newest)
  last.current = newest

  if (status === 'ready' && room && !isFixed.current) {
    isFixed.current = true
    after.current = room.unread ? room.last_read_seq : null
  }
  const isNewWhileAway = left.current !== null && newest > left.current
  if (isNewWhileAway && (room?.last_read_seq ?? 0) >= left.current!) after.current = left.current

  useSignalEffect(() => {
    left.current = isWatched.value ? null : last.current
  })

  return {
    after: after.current,
    clear() {
      after.current = null
      render(0)
    },
  }
}
