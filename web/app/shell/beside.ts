import { watchAnnouncements } from './announcements.ts'
import { watchNotices } from '../notifications/notices.ts'
import { watchPermission } from '../notifications/permission.ts'
import { watchVersion } from './new-version.ts'
import { watchIcon } from './page-icon.ts'

/** Tasks besides the visible page. They are loaded after the page is shown, because nobody waits for them. */
export function watchBeside(): void {
  watchAnnouncements()
  watchIcon()
  void watchPermission()
  watchNotices()
  watchVersion()
}
