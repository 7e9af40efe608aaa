import { signal } from '@preact/signals'
import type { Message, Outgoing } from '../../../src/client/index.ts'
import { draftOf, setDraft, writeDrafts } from '../chat/drafts.ts'

/**
 * Counts the changes of drafts that did not come from the keyboard. The composer shows the draft again after
 * each.
 */
export const draftChanges = signal(0)

function change(roomId: number, draft: Parameters<typeof setDraft>[1]): void {
  setDraft(roomId, draft)
  draftChanges.value++
  focusComposer()
}

export function beginReply(roomId: number, seq: number): void {
  const { text, edit } = draftOf(roomId)
  change(roomId, { text: edit ? edit.before : text, replyTo: seq })
}

export function beginEdit(roomId: number, { seq, message }: Message): void {
  const { text, edit } = draftOf(roomId)
  change(roomId, { text: message ?? '', edit: { seq, before: edit ? edit.before : text } })
}

/** Cancels an edit or a reply. The previous text comes back. */
export function endReplyOrEdit(roomId: number): void {
  const { text, edit } = draftOf(roomId)
  change(roomId, { text: edit ? edit.before : text })
}

/** A text that the server has refused goes back to the composer, before what was begun there meanwhile. */
export function writeAgain({ roomId, text, replyTo }: Outgoing): void {
  const draft = draftOf(roomId)
  const again = draft.text.trim() === '' ? text : `${text}\n${draft.text}`
  change(roomId, { ...(replyTo !== null && { replyTo }), ...draft, text: again })
  // The message is deleted from the storage at once, so the draft is there before.
  writeDrafts()
}

/** Whether a message is being edited in a room. */
export function isEditing(roomId: number): boolean {
  return draftChanges.value >= 0 && draftOf(roomId).edit !== undefined
}

export const composerField = (): HTMLTextAreaElement | null =>
  document.querySelector('.composer textarea')

export function focusComposer(): void {
  // The same change may show the composer first.
  requestAnimationFrame(() => composerField()?.focus())
}
