import type { Notification } from '../../../src/client/index.ts'
import { nameOf } from '../chat/names.ts'
import { plainText } from '../markdown/plain-text.ts'
import { paths } from '../shell/router.ts'
import { t } from '../text/text.ts'

/** Returns where a notification leads. Notices and decisions of admins lead nowhere. */
export function notificationPath({ room_id, message_seq }: Notification): string | null {
  if (room_id === null) return null
  return message_seq === null ? paths.room(room_id) : paths.message(room_id, message_seq)
}

/** The text that the browser shows for a notification. */
export function notificationWords(notification: Notification): { title: string; body: string } {
  const { kind, room_title, text } = notification
  const [name, room] = [nameOf(notification), room_title ?? '']
  const body = plainText(text ?? '')
  switch (kind) {
    case 'direct':
      return { title: name, body }
    case 'mention':
    case 'message':
      return { title: t('notifications.titleIn', { name, room }), body }
    case 'invitation':
      return { title: room, body: t('notifications.invitation', { name, room }) }
    case 'opened':
      return {
        title: t('notifications.opened', { room }),
        body: t('notifications.openedText'),
      }
    case 'notice':
      return { title: t('notifications.notice'), body }
    case 'report_handled':
      return { title: t('notifications.reportHandled'), body }
    case 'message_discarded':
      return { title: t('notifications.messageDiscarded'), body }
  }
}
