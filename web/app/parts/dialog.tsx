import { useId, useLayoutEffect, useRef } from 'preact/hooks'
import type { ComponentChildren, RefObject } from 'preact'
import { t } from '../text/text.ts'
import { IconButton } from './button.tsx'
import './dialog.css'

interface DialogProps {
  readonly title: string
  readonly onClose: () => void
  readonly children: ComponentChildren
  readonly class?: string
}

/**
 * Shows a dialog as long as its component exists, and then returns the focus.
 *
 * This is a layout effect, because Preact ends other effects only after the next paint. By then the user may
 * write in another field, and would lose the focus there.
 */
export function useModal(element: RefObject<HTMLDialogElement | null>): void {
  useLayoutEffect(() => {
    const dialog = element.current!
    const before = document.activeElement
    dialog.showModal()
    return () => {
      dialog.close()
      if (before instanceof HTMLElement && before.isConnected) before.focus()
    }
  }, [])
}

/** A modal dialog. The browser keeps the focus in it, and returns it when the dialog closes. */
export function Dialog({ title, onClose, children, class: more = '' }: DialogProps) {
  const element = useRef<HTMLDialogElement>(null)
  const id = useId()
  useModal(element)
  return (
    <dialog
      ref={element}
      class={`dialog ${more}`}
      aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault()
        onClose()
      }}
      onPointerDown={(event) => {
        // A click outside hits the dialog element itself, because a box covers all of its contents.
        if (event.target === element.current) onClose()
      }}
    >
      <div class="dialog-box">
        <header>
          <h2 id={id}>{title}</h2>
          <IconButton icon="close" label={t('common.close')} onClick={onClose} />
        </header>
        {children}
      </div>
    </dialog>
  )
}
