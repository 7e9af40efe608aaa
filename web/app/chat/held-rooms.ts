import { effect, type ReadonlySignal, signal } from '@preact/signals'
import type { RoomHandle, RoomView } from '../../../src/client/index.ts'
import { client, session } from './client.ts'

/** So many rooms stay held after they were left: going back to one shows it at once. */
const heldMax = 6

export interface HeldRoom {
  readonly handle: RoomHandle
  readonly view: ReadonlySignal<RoomView>
}

interface Entry extends HeldRoom {
  readonly end: () => void
}

/** The rooms that are held, the one that was opened last at the end. */
const held = new Map<number, Entry>()

/** Holds a room, and lets go of the one that was left the longest time ago. */
export function holdRoom(id: number): HeldRoom {
  const entry = held.get(id) ?? open(id)
  held.delete(id)
  held.set(id, entry)
  for (const [other, { end }] of held) {
    if (held.size <= heldMax) break
    held.delete(other)
    end()
  }
  return entry
}

function open(id: number): Entry {
  const handle = client.room(id)
  const view = signal(handle.view.get())
  const unsubscribe = handle.view.subscribe((next) => void (view.value = next))
  return {
    handle,
    view,
    end() {
      unsubscribe()
      handle.close()
    },
  }
}

/** Fetches a room anew that was gone: it may be there again, after an invitation. */
export function holdAnew(id: number): HeldRoom {
  held.get(id)?.end()
  held.delete(id)
  return holdRoom(id)
}

// What one user holds is not for the next one.
let holder = 0
effect(() => {
  const id = session.value.user?.id ?? 0
  if (id === holder) return
  if (holder !== 0 && id !== 0) {
    for (const { end } of held.values()) end()
    held.clear()
  }
  if (id !== 0) holder = id
})
