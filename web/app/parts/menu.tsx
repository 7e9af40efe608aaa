import type { ComponentChildren } from 'preact'
import { useEffect, useId, useLayoutEffect, useRef, useState } from 'preact/hooks'
import { Icon, type IconName } from './icon.tsx'
import { IconButton } from './button.tsx'
import './menu.css'

export interface MenuItem {
  readonly label: string
  readonly icon?: IconName
  readonly isDanger?: boolean
  readonly onSelect: () => void
}

interface MenuProps {
  readonly icon: IconName
  readonly label: string
  readonly items: readonly MenuItem[]
}

/** A button that opens a menu, like the "menu button" of APG. */
export function MenuButton({ icon, label, items }: MenuProps) {
  const id = useId()
  const button = useRef<HTMLButtonElement>(null)
  const [isOpen, setOpen] = useState(false)
  return (
    <>
      <IconButton
        ref={button}
        icon={icon}
        label={label}
        aria-haspopup="menu"
        aria-expanded={isOpen}
        aria-controls={isOpen ? id : undefined}
        onClick={() => setOpen(!isOpen)}
      />
      {isOpen && (
        <Popover anchor={button.current} onClose={() => setOpen(false)} class="menu">
          <Items id={id} label={label} items={items} onDone={() => setOpen(false)} />
        </Popover>
      )}
    </>
  )
}

function Items({
  id,
  label,
  items,
  onDone,
}: {
  readonly id: string
  readonly label: string
  readonly items: readonly MenuItem[]
  readonly onDone: () => void
}) {
  const list = useRef<HTMLUListElement>(null)
  useEffect(() => list.current?.querySelector('button')?.focus(), [])
  const onKeyDown = (event: KeyboardEvent) => {
    const buttons = [...list.current!.querySelectorAll('button')]
    const at = buttons.findIndex((each) => each === document.activeElement)
    const to = {
      ArrowDown: (at + 1) % buttons.length,
      ArrowUp: (at - 1 + buttons.length) % buttons.length,
      Home: 0,
      End: buttons.length - 1,
    }[event.key]
    if (event.key === 'Tab') onDone()
    if (to === undefined) return
    event.preventDefault()
    buttons[to]?.focus()
  }
  return (
    <ul ref={list} id={id} role="menu" aria-label={label} onKeyDown={onKeyDown}>
      {items.map(({ label, icon, isDanger, onSelect }) => (
        <li key={label} role="none">
          <button
            type="button"
            role="menuitem"
            tabIndex={-1}
            class={isDanger ? 'danger' : undefined}
            onClick={() => {
              onDone()
              onSelect()
            }}
          >
            {icon && <Icon name={icon} />}
            {label}
          </button>
        </li>
      ))}
    </ul>
  )
}

interface PopoverProps {
  /** The element that opens it. The popover is placed beside it, and returns the focus to it. */
  readonly anchor: HTMLElement | null
  readonly onClose: () => void
  readonly children: ComponentChildren
  readonly class?: string
  readonly label?: string
}

const gap = 6

/** A box in the top layer. Esc or a click elsewhere closes it. */
export function Popover({ anchor, onClose, children, class: more = '', label }: PopoverProps) {
  const element = useRef<HTMLDivElement>(null)
  // This runs before the browser checks what is under the pointer. Another box may just have closed there.
  useLayoutEffect(() => {
    const box = element.current!
    box.showPopover()
    if (anchor) place(box, anchor)
    const onToggle = (event: Event) => {
      if ('newState' in event && event.newState === 'closed') onClose()
    }
    box.addEventListener('toggle', onToggle)
    return () => {
      box.removeEventListener('toggle', onToggle)
      // The browser may have closed it. The focus returns if it is still inside.
      const hadFocus =
        box.contains(document.activeElement) || document.activeElement === document.body
      if (hadFocus && anchor?.isConnected) anchor.focus()
    }
  }, [])
  return (
    <div
      ref={element}
      popover="auto"
      class={`popover ${more}`}
      role={label === undefined ? undefined : 'dialog'}
      aria-label={label}
    >
      {children}
    </div>
  )
}

/**
 * Places the box below the anchor, or above it where there is no room, aligned with the anchor's end and within
 * the window.
 */
function place(box: HTMLElement, anchor: HTMLElement): void {
  const from = anchor.getBoundingClientRect()
  const { offsetWidth: width, offsetHeight: height } = box
  const isRightToLeft = document.documentElement.dir === 'rtl'
  const wanted = isRightToLeft === from.left < innerWidth / 2 ? from.left : from.right - width
  const left = Math.max(gap, Math.min(wanted, innerWidth - width - gap))
  const isBelow = from.bottom + gap + height <= innerHeight || from.top < height + gap
  const top = isBelow
    ? Math.min(from.bottom + gap, innerHeight - height - gap)
    : from.top - gap - height
  box.style.left = `${left}px`
  box.style.top = `${Math.max(gap, top)}px`
}
