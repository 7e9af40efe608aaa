import type { Message } from '../../../src/client/index.ts'
import { myId } from '../chat/client.ts'
import { mayWrite } from '../chat/may-write.ts'
import type { HeldRoom } from '../chat/held-rooms.ts'
import { nameOf } from '../chat/names.ts'
import { beginEdit, beginReply } from '../composer/composing.ts'
import type { MenuItem } from '../parts/menu.tsx'
import { reported } from '../people/reporting.ts'
import { copyText } from '../shell/copy-text.ts'
import { paths } from '../shell/router.ts'
import { t } from '../text/text.ts'

interface Actions {
  /** Actions that only members may do. */
  readonly answers: readonly MenuItem[]
  readonly items: readonly MenuItem[]
}

/** The actions that the user may do with a message, apart from reactions. */
export function actionsOf(message: Message, held: HeldRoom, onDelete: () => void): Actions {
  const { handle, view } = held
  const { seq } = message
  const room = view.value.room
  const isMine = message.user_id === myId()
  const isMember = !!room?.role
  const isModerator = room?.role === 'owner' || room?.role === 'moderator'
  const mayDelete = isMember && (isMine || (isModerator && room.kind !== 'direct'))
  const answers: MenuItem[] = []
  if (mayWrite(room)) {
    answers.push({
      label: t('conversation.reply'),
      icon: 'reply',
      onSelect: () => beginReply(handle.id, seq),
    })
  }
  if (mayWrite(room) && isMine) {
    answers.push({
      label: t('conversation.edit'),
      icon: 'edit',
      onSelect: () => beginEdit(handle.id, message),
    })
  }
  const items: MenuItem[] = [
    {
      label: t('conversation.copyText'),
      icon: 'copy',
      onSelect: () => void copyText(message.message ?? '', t('conversation.textCopied')),
    },
    {
      label: t('conversation.copyLink'),
      icon: 'link',
      onSelect: () =>
        void copyText(
          location.origin + paths.message(handle.id, seq),
          t('conversation.linkCopied'),
        ),
    },
  ]
  if (!isMine) {
    items.push({
      label: t('conversation.report'),
      icon: 'flag',
      onSelect: () =>
        void (reported.value = {
          what: 'message',
          roomId: handle.id,
          seq,
          name: nameOf(message),
        }),
    })
  }
  if (mayDelete) {
    items.push({
      label: t('conversation.delete'),
      icon: 'trash',
      isDanger: true,
      onSelect: onDelete,
    })
  }
  return { answers, items }
}
