/**
 * Arrow keys move through the options in an element, which `selector` finds. Above the first option is the field
 * of the list, if it has one.
 */
export function moveThrough(
  event: KeyboardEvent,
  selector: string,
  field?: HTMLElement | null,
): void {
  const { currentTarget, target, key, isComposing, defaultPrevented } = event
  if (isComposing || defaultPrevented || !(currentTarget instanceof HTMLElement)) return
  const all = [...currentTarget.querySelectorAll<HTMLElement>(selector)]
  const at = all.findIndex((each) => target instanceof Node && each.contains(target))
  const isInField = target === field
  if (at < 0 && !isInField) return
  const to = {
    ArrowDown: at + 1,
    ArrowUp: at - 1,
    // In a field the arrow keys move the caret.
    Home: isInField ? undefined : 0,
    End: isInField ? undefined : all.length - 1,
  }[key]
  if (to === undefined) return
  const next = to < 0 ? field : all[to]
  if (!next) return
  event.preventDefault()
  next.focus()
}
