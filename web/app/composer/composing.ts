import { signal } from '@preact/signals'
import type { Message, Outgoing } from '../../../src/client/index.ts'
import { draftOf, setDraft } from '../chat/drafts.ts'

/** Counts changes of drafts that did not come from the keyboard: the composer then shows the draft anew. */
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

/** Gives up what is being edited, or what is answered; the text that was there before is back. */
export function endReplyOrEdit(roomId: number): void {
  const { text, edit } = draftOf(roomId)
  change(roomId, { text: edit ? edit.before : text })
}

/** A text that the server has refused goes back to the composer, before what was begun there meanwhile. */
export function writeAgain({ roomId, text, replyTo }: Outgoing): void {
  const draft = draftOf(roomId)
  const { edit } = draft
  const begun = edit ? edit.before : draft.text
  const again = begun.trim() === '' ? text : `${text}\n${begun}`
  if (edit) change(roomId, { ...draft, edit: { ...edit, before: again } })
  else change(roomId, { ...(replyTo !== null && { replyTo }), ...draft, text: again })
}

export const composerField = (): HTMLTextAreaElement | null =>
  document.querySelector('.composer textarea')

export function focusComposer(): void {
  // The composer may be shown by the same change.
  requestAnimationFrame(() => composerField()?.focus())
}
