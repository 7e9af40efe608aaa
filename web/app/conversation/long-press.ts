import { signal } from '@preact/signals'
import type { RefObject } from 'preact'
import { useEffect } from 'preact/hooks'
import type { Message } from '../../../src/client/index.ts'
import type { HeldRoom } from '../chat/held-rooms.ts'
import type { Row } from './rows.ts'

/** The message whose menu a finger has opened. */
export const pressed = signal<{ readonly message: Message; readonly held: HeldRoom } | null>(null)

const pressMs = 500
/** A finger moves a little, even when it rests. */
const slack = 10

/**
 * A long press on a message opens its menu. Android reports it by `contextmenu`. Safari has no event for it, so
 * this measures the time. Links keep the browser's own menu.
 */
export function useLongPress(
  scroller: RefObject<HTMLElement | null>,
  held: HeldRoom,
  rowOf: (key: string) => Row | undefined,
): void {
  useEffect(() => {
    const box = scroller.current!
    let timer: ReturnType<typeof setTimeout> | undefined
    let [isTouch, x, y] = [false, 0, 0]
    let hasOpened = false
    const end = () => clearTimeout(timer)
    const messageAt = (target: EventTarget | null): Message | null => {
      if (!(target instanceof Element) || target.closest('a, [data-selectable]')) return null
      const row = rowOf(target.closest<HTMLElement>('article')?.dataset['key'] ?? '')
      return row?.kind === 'message' && !row.message.deleted_at ? row.message : null
    }
    const open = (message: Message) => {
      end()
      hasOpened = true
      pressed.value ??= { message, held }
    }
    const onDown = (event: PointerEvent) => {
      end()
      hasOpened = false
      isTouch = event.pointerType === 'touch'
      const message = isTouch && event.isPrimary ? messageAt(event.target) : null
      ;[x, y] = [event.clientX, event.clientY]
      if (message) timer = setTimeout(() => open(message), pressMs)
    }
    const onMove = (event: PointerEvent) => {
      if (Math.hypot(event.clientX - x, event.clientY - y) > slack) end()
    }
    const onMenu = (event: MouseEvent) => {
      const message = isTouch ? messageAt(event.target) : null
      if (!message) return
      event.preventDefault()
      open(message)
    }
    // Lifting the finger that opened the menu must not click in the menu.
    const onTouchEnd = (event: TouchEvent) => {
      if (hasOpened && event.cancelable) event.preventDefault()
    }
    box.addEventListener('touchend', onTouchEnd, { passive: false })
    box.addEventListener('pointerdown', onDown)
    box.addEventListener('pointermove', onMove)
    box.addEventListener('pointerup', end)
    box.addEventListener('pointercancel', end)
    box.addEventListener('contextmenu', onMenu)
    return () => {
      end()
      box.removeEventListener('touchend', onTouchEnd)
      box.removeEventListener('pointerdown', onDown)
      box.removeEventListener('pointermove', onMove)
      box.removeEventListener('pointerup', end)
      box.removeEventListener('pointercancel', end)
      box.removeEventListener('contextmenu', onMenu)
    }
  }, [held])
}
