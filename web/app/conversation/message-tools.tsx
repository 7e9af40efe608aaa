import { signal } from '@preact/signals'
import { useRef, useState } from 'preact/hooks'
import type { Message } from '../../../src/client/index.ts'
import type { HeldRoom } from '../chat/held-rooms.ts'
import { mayWrite } from '../chat/may-write.ts'
import { isScrolling } from '../chat/scrolling.ts'
import { EmojiPopover } from '../emoji/emoji-popover.tsx'
import { IconButton } from '../parts/button.tsx'
import { ConfirmDialog } from '../parts/confirm-dialog.tsx'
import { MenuButton, Popover } from '../parts/menu.tsx'
import { t } from '../text/text.ts'
import { actionsOf } from './message-actions.ts'
import { hasMine, QuickEmojis } from './quick-emojis.tsx'
import { setReaction } from './reactions.tsx'
import './message-tools.css'

/** The key of the message that shows its tools: the one under the pointer or with the focus. */
export const activeKey = signal<string | null>(null)

const keyAt = ({ target }: Event): string | null =>
  (target instanceof Element && target.closest<HTMLElement>('article')?.dataset['key']) || null

function activate(event: Event): void {
  const key = keyAt(event)
  if (key !== null) activeKey.value = key
}

function activateByMouse(event: PointerEvent): void {
  if (event.pointerType !== 'mouse' || keyAt(event) === activeKey.peek()) return
  // On the way to a box that is open the pointer crosses other messages.
  if (!document.querySelector('.popover:popover-open')) activate(event)
}

/** The list follows which message is used: listeners of each row would make scrolling slower. */
export const activating = {
  onPointerMove: activateByMouse,
  // While the list is scrolled, row after row comes under a pointer that stands still.
  onPointerOver: (event: PointerEvent) => {
    if (!isScrolling()) activateByMouse(event)
  },
  onFocusIn: activate,
  onClick: activate,
}

/** What one may do with a message. */
export function MessageTools({
  message,
  held,
}: {
  readonly message: Message
  readonly held: HeldRoom
}) {
  const { handle, view } = held
  const { seq } = message
  const [popover, setPopover] = useState<'quick' | 'all' | null>(null)
  const reactButton = useRef<HTMLButtonElement>(null)
  const [isDeleting, setDeleting] = useState(false)
  const canReact = mayWrite(view.value.room)
  const { answers, items } = actionsOf(message, held, () => setDeleting(true))
  const pick = (emoji: string, isOn: boolean) => {
    setPopover(null)
    void setReaction(held, seq, emoji, isOn)
  }
  return (
    <div class="message-tools" role="toolbar" aria-label={t('conversation.tools')}>
      {canReact && (
        <IconButton
          ref={reactButton}
          icon="smile"
          label={t('conversation.react')}
          aria-haspopup="dialog"
          aria-expanded={popover !== null}
          onClick={() => setPopover(popover ? null : 'quick')}
        />
      )}
      {answers.map(({ label, icon, onSelect }) => (
        <IconButton key={label} icon={icon!} label={label} onClick={onSelect} />
      ))}
      <MenuButton icon="more" label={t('conversation.more')} items={items} />
      {popover === 'quick' && (
        <Popover
          anchor={reactButton.current}
          class="quick-emojis"
          label={t('conversation.react')}
          onClose={() => setPopover((now) => (now === 'quick' ? null : now))}
        >
          <QuickEmojis message={message} onPick={pick} onMore={() => setPopover('all')} />
        </Popover>
      )}
      {popover === 'all' && (
        <EmojiPopover
          anchor={reactButton.current}
          onPick={(emoji) => pick(emoji, !hasMine(message, emoji))}
          onClose={() => setPopover(null)}
        />
      )}
      {isDeleting && (
        <ConfirmDialog
          title={t('conversation.deleteTitle')}
          text={t('conversation.deleteText')}
          action={t('conversation.delete')}
          onConfirm={async () => await handle.remove(seq)}
          onClose={() => setDeleting(false)}
        />
      )}
    </div>
  )
}
