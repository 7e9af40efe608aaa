import { useState } from 'preact/hooks'
import { EmojiDialog } from '../emoji/emoji-popover.tsx'
import { ConfirmDialog } from '../parts/confirm-dialog.tsx'
import { Dialog } from '../parts/dialog.tsx'
import { Icon } from '../parts/icon.tsx'
import type { MenuItem } from '../parts/menu.tsx'
import { t } from '../text/text.ts'
import { plainText } from '../markdown/plain-text.ts'
import { nameOf } from '../chat/names.ts'
import { mayWrite } from '../chat/may-write.ts'
import { pressed } from './long-press.ts'
import { actionsOf } from './message-actions.ts'
import { hasMine, QuickEmojis } from './quick-emojis.tsx'
import { setReaction } from './reactions.tsx'
import './message-sheet.css'

/** The menu of a message for fingers, at the bottom of the screen. */
export function MessageSheet() {
  const [step, setStep] = useState<'menu' | 'emojis' | 'delete'>('menu')
  if (!pressed.value) return null
  const { message, held } = pressed.value
  const close = () => {
    pressed.value = null
    setStep('menu')
  }
  const { answers, items } = actionsOf(message, held, () => setStep('delete'))
  const pick = (emoji: string, isOn: boolean) => {
    close()
    void setReaction(held, message.seq, emoji, isOn)
  }

  if (step === 'delete') {
    return (
      <ConfirmDialog
        title={t('conversation.deleteTitle')}
        text={t('conversation.deleteText')}
        action={t('conversation.delete')}
        onConfirm={async () => await held.handle.remove(message.seq)}
        onClose={close}
      />
    )
  }
  if (step === 'emojis') {
    return <EmojiDialog onPick={(emoji) => pick(emoji, !hasMine(message, emoji))} onClose={close} />
  }
  const all: MenuItem[] = [
    ...answers,
    {
      label: t('conversation.selectText'),
      icon: 'check',
      onSelect: () => select(message.seq),
    },
    ...items,
  ]
  return (
    <Dialog title={nameOf(message)} class="message-sheet" onClose={close}>
      <p class="sheet-text" dir="auto">
        {plainText(message.message ?? '').slice(0, 200)}
      </p>
      {mayWrite(held.view.value.room) && (
        <div class="quick-emojis">
          <QuickEmojis message={message} onPick={pick} onMore={() => setStep('emojis')} />
        </div>
      )}
      <ul>
        {all.map(({ label, icon, isDanger, onSelect }) => (
          <li key={label}>
            <button
              type="button"
              class={isDanger ? 'danger' : undefined}
              onClick={() => {
                // The next dialog to open stays open.
                if (!isDanger) close()
                onSelect()
              }}
            >
              {icon && <Icon name={icon} />}
              {label}
            </button>
          </li>
        ))}
      </ul>
    </Dialog>
  )
}

/** On a touch screen text can be selected only on request, because a long press opens the menu. */
function select(seq: number): void {
  requestAnimationFrame(() => {
    const text = document.querySelector<HTMLElement>(`[data-seq="${seq}"] .message-text`)
    if (!text) return
    text.dataset['selectable'] = ''
    getSelection()?.selectAllChildren(text)
  })
}
