import { mentions, listedRooms } from '../rooms/listed-rooms.ts'
import { attentionOf } from '../rooms/room-order.ts'
import { composerField } from '../composer/composing.ts'
import { isSwitcherOpen } from '../switcher/switcher-state.ts'
import { isHelpOpen } from './help-state.ts'
import { navigate, openRoomId, paths } from './router.ts'

/** F6 moves through these regions, in this order. */
const regions = ['messages', 'composer', 'details', 'rooms', 'me', 'header']

/** The keys that work everywhere. */
export function watchShortcuts(): void {
  document.addEventListener('keydown', (event) => {
    if (event.defaultPrevented || event.isComposing) return
    const { key, altKey, shiftKey, ctrlKey, metaKey } = event
    const isCommand = ctrlKey || metaKey
    if (isCommand && !altKey && !shiftKey && key.toLowerCase() === 'k') {
      event.preventDefault()
      isSwitcherOpen.value = !isSwitcherOpen.value
    } else if (key === 'F6') {
      event.preventDefault()
      goToRegion(shiftKey ? -1 : 1)
    } else if (altKey && !isCommand && (key === 'ArrowUp' || key === 'ArrowDown')) {
      event.preventDefault()
      goToRoom(key === 'ArrowUp' ? -1 : 1, shiftKey)
    } else if (!isCommand && !altKey && key === '?' && isFree(event)) {
      event.preventDefault()
      isHelpOpen.value = true
    } else if (!isCommand && !altKey && isTyping(event)) {
      composerField()?.focus()
    }
  })
}

/** Typed text that no field takes goes to the composer. */
function isTyping(event: KeyboardEvent): boolean {
  const { key, target } = event
  if (Array.from(key).length !== 1 || key === ' ' || !isFree(event)) return false
  return target instanceof HTMLElement && !target.closest('select, button, a, [role=menu]')
}

/** Whether no field takes the key and no dialog is open. */
function isFree({ target }: KeyboardEvent): boolean {
  if (!(target instanceof HTMLElement)) return false
  // Most keys are typed in a field: for them the document is not searched.
  if (target.closest('input, textarea, select, [contenteditable]')) return false
  return !document.querySelector('dialog[open]')
}

function goToRegion(step: 1 | -1): void {
  const shown = regions
    .map((name) => document.querySelector<HTMLElement>(`[data-region="${name}"]`))
    .filter((element) => element !== null && element.checkVisibility())
  const at = shown.findIndex((element) => element?.contains(document.activeElement))
  const next = shown.at((at + step) % shown.length)
  const focusable =
    next?.matches('[tabindex]') === true
      ? next
      : next?.querySelector<HTMLElement>('textarea, a, button, [tabindex]')
  focusable?.focus()
}

function goToRoom(step: 1 | -1, unreadOnly: boolean): void {
  const all = listedRooms.peek()
  const here = all.findIndex(({ id }) => id === openRoomId.peek())
  for (let distance = 1; distance <= all.length; distance++) {
    const start = here < 0 && step < 0 ? all.length : here
    const room = all.at((start + step * distance) % all.length)
    if (!room || room.id === openRoomId.peek()) continue
    if (unreadOnly && !attentionOf(room, mentions.peek()).isUnread) continue
    return navigate(paths.room(room.id))
  }
}
