import { effect, type ReadonlySignal, signal } from '@preact/signals'
import type { RoomHandle, RoomView } from '../../../src/client/index.ts'
import { client, session } from './client.ts'
import { isScrolling } from './scrolling.ts'

/** While the user scrolls, the page shows new messages at most so many frames after they arrived. */
const latestFrames = 4
/** How many rooms stay loaded after the user has left them. Going back to one shows it at once. */
const heldMax = 6

export interface HeldRoom {
  readonly handle: RoomHandle
  /** What the page shows of the room. While the user scrolls, it may be some frames behind the handle. */
  readonly view: ReadonlySignal<RoomView>
  /** Shows the newest state at once. */
  readonly catchUp: () => void
}

/** Whether the room has a newer state that the page will show in a later frame. */
export const isBehind = ({ handle, view }: HeldRoom): boolean => handle.view.get() !== view.peek()

interface Entry extends HeldRoom {
  readonly end: () => void
}

function afterFrames(count: number, work: () => void): void {
  requestAnimationFrame(() => (count > 1 ? afterFrames(count - 1, work) : work()))
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
  const catchUp = () => void (view.value = handle.view.get())
  const unsubscribe = handle.view.subscribe(({ messages }) => {
    if (messages === view.peek().messages || !isScrolling()) return catchUp()
    // The page has worked for some time to receive the messages, and works again to show them. While the user scrolls,
    // these belong to two frames, so that none takes long. A list that scrolls chooses the frame.
    afterFrames(latestFrames, catchUp)
  })
  return {
    handle,
    view,
    catchUp,
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
