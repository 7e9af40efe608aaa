import { signal } from '@preact/signals'
import { useState } from 'preact/hooks'
import type { Message } from '../../../src/client/index.ts'
import { myId } from '../chat/client.ts'
import type { HeldRoom } from '../chat/held-rooms.ts'
import { beginEdit, beginReply } from '../composer/composing.ts'
import { IconButton } from '../parts/button.tsx'
import { ConfirmDialog } from '../parts/confirm-dialog.tsx'
import { MenuButton, type MenuItem, Popover } from '../parts/menu.tsx'
import { announce } from '../shell/announcer.tsx'
import { paths } from '../shell/router.ts'
import { t } from '../text/text.ts'
import { quickEmojis, react } from './reactions.tsx'
import './message-tools.css'

/** The key of the message that shows its tools: the one under the pointer, or with the focus. */
export const activeKey = signal<string | null>(null)

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
  const room = view.value.room
  const [anchor, setAnchor] = useState<HTMLElement | null>(null)
  const [isDeleting, setDeleting] = useState(false)
  const isMine = message.user_id === myId()
  const isMember = !!room?.role
  const isModerator = room?.role === 'owner' || room?.role === 'moderator'
  const mayDelete = isMember && (isMine || (isModerator && room.kind !== 'direct'))

  const copy = async (text: string, done: string) => {
    try {
      await navigator.clipboard.writeText(text)
      announce(done)
    } catch {
      announce(t('errors.clipboard'))
    }
  }
  const items: MenuItem[] = [
    {
      label: t('conversation.copyText'),
      icon: 'copy',
      onSelect: () => void copy(message.message ?? '', t('conversation.textCopied')),
    },
    {
      label: t('conversation.copyLink'),
      icon: 'link',
      onSelect: () =>
        void copy(location.origin + paths.message(handle.id, seq), t('conversation.linkCopied')),
    },
    ...(mayDelete
      ? [
          {
            label: t('conversation.delete'),
            icon: 'trash',
            isDanger: true,
            onSelect: () => setDeleting(true),
          } as const,
        ]
      : []),
  ]
  return (
    <div class="message-tools" role="toolbar" aria-label={t('conversation.tools')}>
      {isMember && (
        <>
          <IconButton
            icon="smile"
            label={t('conversation.react')}
            aria-haspopup="dialog"
            aria-expanded={!!anchor}
            onClick={(event) => setAnchor(anchor ? null : event.currentTarget)}
          />
          <IconButton
            icon="reply"
            label={t('conversation.reply')}
            onClick={() => beginReply(handle.id, seq)}
          />
          {isMine && (
            <IconButton
              icon="edit"
              label={t('conversation.edit')}
              onClick={() => beginEdit(handle.id, message)}
            />
          )}
        </>
      )}
      <MenuButton icon="more" label={t('conversation.more')} items={items} />
      {anchor && (
        <Popover
          anchor={anchor}
          class="quick-emojis"
          label={t('conversation.react')}
          onClose={() => setAnchor(null)}
        >
          {quickEmojis.map((emoji) => {
            const isOn = message.reactions.some((each) => each.emoji === emoji && each.mine)
            return (
              <button
                key={emoji}
                type="button"
                aria-pressed={isOn}
                onClick={() => {
                  setAnchor(null)
                  void react(held, seq, emoji, !isOn)
                }}
              >
                {emoji}
              </button>
            )
          })}
        </Popover>
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
