import { lazy } from '../parts/lazy.tsx'

/**
 * The parts of the page that are loaded when they are first shown. Each feature begins in its own folder, with
 * the component that is named here.
 */
export const BrowseRooms = lazy(async () => (await import('../rooms/browse-rooms.tsx')).BrowseRooms)
export const RoomDialogs = lazy(async () => (await import('../rooms/room-dialogs.tsx')).RoomDialogs)
export const DetailsPanel = lazy(
  async () => (await import('../details/details-panel.tsx')).DetailsPanel,
)
export const SearchPanel = lazy(
  async () => (await import('../search/search-panel.tsx')).SearchPanel,
)
export const SearchPage = lazy(async () => (await import('../search/search-page.tsx')).SearchPage)
export const NotificationCentre = lazy(
  async () => (await import('../notifications/notification-centre.tsx')).NotificationCentre,
)
export const Settings = lazy(async () => (await import('../settings/settings.tsx')).Settings)
export const SetPassword = lazy(
  async () => (await import('../accounts/set-password.tsx')).SetPassword,
)
export const ShortcutHelp = lazy(
  async () => (await import('../settings/shortcut-help.tsx')).ShortcutHelp,
)
export const ProfileCard = lazy(
  async () => (await import('../people/profile-card.tsx')).ProfileCard,
)
export const ReportDialog = lazy(
  async () => (await import('../people/report-dialog.tsx')).ReportDialog,
)
export const Switcher = lazy(async () => (await import('../switcher/switcher.tsx')).Switcher)
export const MessageSheet = lazy(
  async () => (await import('../conversation/message-sheet.tsx')).MessageSheet,
)
