/** Arrow keys move from message to message. */
export function moveFocusToMessage(event: KeyboardEvent & { currentTarget: HTMLElement }): void {
  const { key, target, currentTarget } = event
  const isUp = key === 'ArrowUp'
  if (!isUp && key !== 'ArrowDown') return
  const messages = [...currentTarget.querySelectorAll<HTMLElement>('article')]
  const from = target instanceof Element ? target.closest('article') : null
  const at = from ? messages.indexOf(from) + (isUp ? -1 : 1) : messages.length - 1
  const next = messages[at]
  if (!next) return
  event.preventDefault()
  next.focus({ preventScroll: true })
  next.scrollIntoView({ block: 'nearest' })
}
