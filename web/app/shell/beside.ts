import { watchAnnouncements } from './announcements.ts'
import { watchNotices } from '../notifications/notices.ts'
import { watchPermission } from '../notifications/permission.ts'
import { watchVersion } from './new-version.ts'
import { watchIcon } from './page-icon.ts'

/** What goes on beside what is shown. It is loaded when the page is there, since nobody waits for it. */
export function watchBeside(): void {
  watchAnnouncements()
  watchIcon()
  void watchPermission()
  watchNotices()
  watchVersion()
}
