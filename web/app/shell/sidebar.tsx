import { notifications, session } from '../chat/client.ts'
import { ownName } from '../chat/own-name.ts'
import { Avatar } from '../parts/avatar.tsx'
import { Icon, Logo } from '../parts/icon.tsx'
import { MenuButton } from '../parts/menu.tsx'
import { RoomList } from '../rooms/room-list.tsx'
import { formatUnread } from '../text/format.ts'
import { t } from '../text/text.ts'
import { isApple } from './platform.ts'
import { navigate, route } from './router.ts'
import { openSignOut } from './sign-out.tsx'
import { isSwitcherOpen } from '../switcher/switcher-state.ts'
import './sidebar.css'

/** The list of rooms, the buttons to all other pages, and the user who is signed in. */
export function Sidebar() {
  const username = session.value.user?.username ?? ''
  const name = ownName.value
  const { unread } = notifications.value
  // All other pages have their own title.
  const Title = route.value.name === 'home' ? 'h1' : 'b'
  return (
    <nav class="sidebar" aria-label={t('shell.rooms')}>
      <div class="brand">
        <Logo />
        <Title class="brand-name">{t('common.product')}</Title>
        <a
          class="icon-button"
          href="/notifications"
          aria-label={
            unread > 0
              ? t('notifications.titleUnread', { count: unread })
              : t('notifications.title')
          }
          title={t('notifications.title')}
          aria-current={route.value.name === 'notifications' ? 'page' : undefined}
        >
          <Icon name="bell" />
          {unread > 0 && (
            <span class="badge" aria-hidden="true">
              {formatUnread(unread)}
            </span>
          )}
        </a>
      </div>
      <button type="button" class="jump" onClick={() => void (isSwitcherOpen.value = true)}>
        <Icon name="search" />
        <span class="one-line">{t('shell.jump')}</span>
        <kbd>{isApple ? '⌘ K' : 'Ctrl K'}</kbd>
      </button>
      <RoomList />
      <div class="me" data-region="me">
        <Avatar id={session.value.user?.id ?? null} name={name} size="m" />
        <div>
          <b class="one-line" dir="auto">
            {name}
          </b>
          <small class="one-line">
            <bdi dir="ltr">@{username}</bdi>
          </small>
        </div>
        <MenuButton
          icon="more"
          label={t('shell.account')}
          items={[
            { label: t('shell.settings'), icon: 'settings', onSelect: () => navigate('/settings') },
            { label: t('accounts.signOut'), icon: 'leave', onSelect: openSignOut },
          ]}
        />
      </div>
    </nav>
  )
}
