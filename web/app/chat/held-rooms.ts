import { effect, type ReadonlySignal, signal } from '@preact/signals'
import type { RoomHandle, RoomView } from '../../../src/client/index.ts'
import { client, session } from './client.ts'

/** How many rooms stay loaded after the user has left them. Going back to one shows it at once. */
const heldMax = 6

export interface HeldRoom {
  readonly handle: RoomHandle
  readonly view: ReadonlySignal<RoomView>
}

interface Entry extends HeldRoom {
  readonly end: () => void
}

/** The loaded rooms. The one that was opened last is at the end. */
const held = new Map<number, Entry>()

/** Opens a room, and closes the one that was left longest ago. */
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

/** Fetches a room again that was gone. It may be available again, after an invitation. */
export function replaceHeldRoom(id: number): HeldRoom {
  held.get(id)?.end()
  held.delete(id)
  return holdRoom(id)
}

// Rooms of one user must not stay loaded for the next user.
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
