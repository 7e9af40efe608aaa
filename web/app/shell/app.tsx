import { useEffect } from 'preact/hooks'
import { Register, SignIn } from '../accounts/sign-in.tsx'
import { hasStarted, rooms, session } from '../chat/client.ts'
import { Conversation } from '../conversation/conversation.tsx'
import { pressed } from '../conversation/long-press.ts'
import { Loading, Notice } from '../parts/notice.tsx'
import { dialog } from '../rooms/listed-rooms.ts'
import { isSwitcherOpen } from '../switcher/switcher-state.ts'
import { t } from '../text/text.ts'
import { AnnouncementBanners } from './announcement-banners.tsx'
import { Announcer } from './announcer.tsx'
import { ConnectionBanner, VersionBanner } from './connection-banner.tsx'
import { reported } from '../people/reporting.ts'
import { shownProfile } from '../people/shown-profile.ts'
import { isHelpOpen } from './help-state.ts'
import { isOnePane, isPanelAlone } from './layout.ts'
import {
  BrowseRooms,
  DetailsPanel,
  MessageSheet,
  NotificationCentre,
  ProfileCard,
  ReportDialog,
  RoomDialogs,
  SearchPage,
  SearchPanel,
  SetPassword,
  Settings,
  ShortcutHelp,
  Switcher,
} from './panes.tsx'
import { navigate, type Route, route } from './router.ts'
import { Sidebar } from './sidebar.tsx'
import { SignOutDialog } from './sign-out.tsx'
import './app.css'
import './forced-colors.css'
import './print.css'

export function App() {
  const { user } = session.value
  const { name } = route.value
  if (!hasStarted.value) {
    return (
      <main class="starting">
        <Loading label={t('shell.starting')} />
      </main>
    )
  }
  return (
    <>
      {name === 'password' ? (
        <SetPassword />
      ) : user ? (
        <Chat key={user.id} />
      ) : name === 'register' ? (
        <Register />
      ) : (
        <SignIn />
      )}
      <Announcer />
    </>
  )
}

/** Rooms, conversation and details are three panes. Below 1100 px there are two, below 640 px one. */
function Chat() {
  const shown = route.value
  // A user who is signed in already wants to go on.
  const isDoor = shown.name === 'login' || shown.name === 'register'
  useEffect(() => {
    if (isDoor) navigate('/', { replace: true })
  }, [isDoor])
  const isHome = shown.name === 'home'
  const isListAlone = isHome && isOnePane.value
  const panel = shown.name === 'room' ? shown.panel : null
  // This is a role, not another element. Another element would be made again when the window's width changes,
  // and would lose the typed text.
  const panelRole = isPanelAlone.value ? 'main' : 'complementary'
  const classes = ['chat', isHome && 'at-home', panel && 'with-panel']
  return (
    <div class={classes.filter(Boolean).join(' ')}>
      <div class="banners">
        <ConnectionBanner />
        <VersionBanner />
        <AnnouncementBanners />
      </div>
      {/* Its role changes, and not its element: a window that becomes narrow keeps the focus and the scrolled list. */}
      <div class="chat-side" role={isListAlone ? 'main' : undefined}>
        <Sidebar />
      </div>
      {!isListAlone && (
        <main class="chat-main">
          <Main shown={shown} />
        </main>
      )}
      {shown.name === 'room' && shown.panel === 'details' && (
        <div class="chat-panel" role={panelRole} aria-label={t('conversation.details')}>
          <DetailsPanel key={shown.id} roomId={shown.id} />
        </div>
      )}
      {shown.name === 'room' && shown.panel === 'search' && (
        <div class="chat-panel" role={panelRole} aria-label={t('search.title')}>
          <SearchPanel key={shown.id} roomId={shown.id} query={shown.query} seq={shown.seq} />
        </div>
      )}
      {dialog.value && (
        <div class="chat-over">
          <RoomDialogs />
        </div>
      )}
      {shownProfile.value && (
        <div class="chat-over">
          <ProfileCard key={shownProfile.value.id} person={shownProfile.value} />
        </div>
      )}
      {pressed.value && (
        <div class="chat-over">
          <MessageSheet />
        </div>
      )}
      {reported.value && (
        <div class="chat-over">
          <ReportDialog about={reported.value} />
        </div>
      )}
      {isHelpOpen.value && (
        <div class="chat-over">
          <ShortcutHelp />
        </div>
      )}
      {isSwitcherOpen.value && (
        <div class="chat-over">
          <Switcher />
        </div>
      )}
      <SignOutDialog />
    </div>
  )
}

function Main({ shown }: { readonly shown: Route }) {
  switch (shown.name) {
    case 'room':
      return <Conversation roomId={shown.id} seq={shown.seq} />
    case 'browse':
      return <BrowseRooms />
    case 'search':
      return <SearchPage query={shown.query} room={shown.room} />
    case 'settings':
      return <Settings page={shown.page} />
    case 'notifications':
      return <NotificationCentre />
    case 'home':
    case 'login':
    case 'register':
      return (
        <Notice
          isPage
          icon="hash"
          title={t('shell.nothingOpen')}
          text={t(rooms.value?.length === 0 ? 'rooms.emptyText' : 'shell.nothingOpenText')}
        />
      )
    default:
      return (
        <Notice isPage icon="compass" title={t('shell.notFound')} text={t('shell.notFoundText')}>
          <a class="button" href="/">
            {t('conversation.toRooms')}
          </a>
        </Notice>
      )
  }
}
