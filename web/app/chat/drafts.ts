import { computed, effect, signal } from '@preact/signals'
import { afterPaint } from '../parts/after-paint.ts'
import { session } from './client.ts'

/** A text that the user has begun to write in a room. */
export interface Draft {
  readonly text: string
  /** The message that the draft replies to. */
  readonly replyTo?: number
  /** The message that is being edited, and the previous contents of the composer. */
  readonly edit?: { readonly seq: number; readonly before: string }
}

const prefix = 'quick-connect-draft:'
const empty: Draft = { text: '' }

const keyOf = (userId: number, roomId: number) => `${prefix}${userId}:${roomId}`

/** The drafts of this page's user. When the storage fails, they stay in memory. */
const drafts = signal<ReadonlyMap<number, Draft>>(new Map())

/** The rooms with a draft, for the list. */
export const draftedRooms = computed<ReadonlySet<number>>(
  () => new Set([...drafts.value].filter(([, { text }]) => text.trim()).map(([id]) => id)),
)

function readAll(userId: number): Map<number, Draft> {
  const found = new Map<number, Draft>()
  const start = `${prefix}${userId}:`
  try {
    for (const key of Object.keys(localStorage)) {
      if (!key.startsWith(start)) continue
      const draft: unknown = JSON.parse(localStorage.getItem(key) ?? 'null')
      if (draft && typeof draft === 'object' && 'text' in draft && typeof draft.text === 'string') {
        // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- this module wrote it
        found.set(Number(key.slice(start.length)), draft as Draft)
      }
    }
  } catch {
    // The page may not use the storage. Then there are no drafts.
  }
  return found
}

export const draftOf = (roomId: number): Draft => drafts.peek().get(roomId) ?? empty

/** Drafts that are not in the storage yet, by their keys. They are written after the frame that shows what was typed. */
const unwritten = new Map<string, Draft | undefined>()

/** Whether the list of rooms has to mark another room as one with a draft. */
let isListOld = false

/** Writes the drafts at once that wait for the next frame, and marks their rooms in the list. */
export function writeDrafts(): void {
  if (isListOld) {
    isListOld = false
    drafts.value = new Map(drafts.peek())
  }
  for (const [key, draft] of unwritten) {
    try {
      if (draft) localStorage.setItem(key, JSON.stringify(draft))
      else localStorage.removeItem(key)
    } catch {
      // The storage is full or closed: the draft lives as long as the page.
    }
  }
  unwritten.clear()
}

effect(() => {
  const { user } = session.value
  writeDrafts()
  drafts.value = user ? readAll(user.id) : new Map()
})

// A page that is left, or hidden by a phone, may not paint again.
addEventListener('pagehide', writeDrafts)
document.addEventListener('visibilitychange', writeDrafts)

/** Keeps a draft at each change: a crash of the page loses at most what the last frame has shown. */
export function setDraft(roomId: number, draft: Draft): void {
  const userId = session.peek().user?.id
  if (!userId) return
  const isEmpty = !draft.text && !draft.replyTo && !draft.edit
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it is this module's own map
  const known = drafts.peek() as Map<number, Draft>
  // The list of rooms must not render at each key press, and not before the frame that shows the key.
  if (!!known.get(roomId)?.text.trim() !== !!draft.text.trim()) isListOld = true
  if (isEmpty) known.delete(roomId)
  else known.set(roomId, draft)
  if (unwritten.size === 0) afterPaint(writeDrafts)
  unwritten.set(keyOf(userId, roomId), isEmpty ? undefined : draft)
  // A text that was just sent is not there once more after a crash.
  if (isEmpty) writeDrafts()
}

/** Deletes all drafts, so that a user who signs out leaves nothing on the machine. */
export function forgetDrafts(userId: number): void {
  writeDrafts()
  for (const roomId of readAll(userId).keys()) {
    try {
      localStorage.removeItem(keyOf(userId, roomId))
    } catch {
      // The storage is blocked.
    }
  }
}
