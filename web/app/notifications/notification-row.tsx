import type { Notification } from '../../../src/client/index.ts'
import { nameOf } from '../chat/names.ts'
import { UsernameTag } from '../people/username-tag.tsx'
import { plainLine } from '../markdown/plain-line.tsx'
import { plainText } from '../markdown/plain-text.ts'
import { Avatar } from '../parts/avatar.tsx'
import { IconButton } from '../parts/button.tsx'
import { Icon } from '../parts/icon.tsx'
import { formatFull, formatTime } from '../text/format.ts'
import { rich, t } from '../text/text.ts'
import { notificationPath } from './about.ts'

interface NotificationRowProps {
  readonly notification: Notification
  /** Called when the user has read the notification. */
  readonly onRead: () => void
  readonly isBusy: boolean
}

/** A notification. It links to its message, and can be marked as read here. */
export function NotificationRow({ notification, onRead, isBusy }: NotificationRowProps) {
  const { kind, room_id, user_id, text, created_at, read_at } = notification
  const isUnread = read_at === null
  const isByAdmin = room_id === null || kind === 'opened'
  const path = notificationPath(notification)
  const content = (
    <>
      {isByAdmin ? (
        <span class="room-sign m" aria-hidden="true">
          <Icon name={kind === 'opened' ? 'lock' : 'info'} />
        </span>
      ) : (
        <Avatar id={user_id} name={nameOf(notification)} />
      )}
      <span class="notification-about">
        <span class="notification-head">
          {isUnread && <span class="visually-hidden">{t('notifications.unreadOne')}: </span>}
          <Headline notification={notification} />
          <time dateTime={created_at} title={formatFull(created_at)}>
            {formatTime(created_at)}
          </time>
        </span>
        {kind === 'opened' && (
          <span class="notification-text whole">{t('notifications.openedText')}</span>
        )}
        {text !== null && (
          // The text of a notice is shown whole, because no other page shows it.
          <span
            class={kind === 'notice' ? 'notification-text whole' : 'notification-text'}
            dir="auto"
          >
            {kind === 'notice' ? text : plainLine(plainText(text))}
          </span>
        )}
      </span>
    </>
  )
  return (
    <li class={isUnread ? 'notification unread' : 'notification'} data-id={notification.id}>
      {path === null ? (
        <div class="notification-link">{content}</div>
      ) : (
        <a class="notification-link" href={path} onClick={() => isUnread && onRead()}>
          {content}
        </a>
      )}
      {isUnread && (
        <IconButton
          icon="check"
          class="notification-read"
          label={t('notifications.read')}
          disabled={isBusy}
          onClick={onRead}
        />
      )}
    </li>
  )
}

function Headline({ notification }: { readonly notification: Notification }) {
  const { user_id: id, username, display_name: displayName } = notification
  const name = (
    <>
      <bdi class="notification-name">{nameOf(notification)}</bdi>{' '}
      <UsernameTag id={id} username={username} displayName={displayName} />
    </>
  )
  const room = <bdi class="notification-name">{notification.room_title}</bdi>
  switch (notification.kind) {
    case 'mention':
      return <span>{rich('notifications.mention', { name, room })}</span>
    case 'direct':
      return <span>{rich('notifications.directMessage', { name })}</span>
    case 'message':
      return <span>{rich('notifications.message', { name, room })}</span>
    case 'invitation':
      return <span>{rich('notifications.invitation', { name, room })}</span>
    case 'opened':
      return <span>{rich('notifications.opened', { room })}</span>
    case 'notice':
      return <span class="notification-name">{t('notifications.notice')}</span>
    case 'report_handled':
      return <span class="notification-name">{t('notifications.reportHandled')}</span>
    case 'message_discarded':
      return <span class="notification-name">{t('notifications.messageDiscarded')}</span>
  }
}
