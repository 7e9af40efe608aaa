import type { Announcement } from '../../../src/client/index.ts'
import { IconButton } from '../parts/button.tsx'
import { Icon } from '../parts/icon.tsx'
import { t } from '../text/text.ts'
import { announcements, dismissAnnouncement } from './announcements.ts'
import './announcement-banners.css'

/** The region exists before it has text, so that screen readers read new text. */
export function AnnouncementBanners() {
  return (
    <div class="announcements" role="status" aria-label={t('shell.announcement')}>
      {announcements.value.map((announcement) => (
        <Banner key={announcement.id} announcement={announcement} />
      ))}
    </div>
  )
}

function Banner({ announcement }: { readonly announcement: Announcement }) {
  const { id, text, severity, dismissible } = announcement
  return (
    <div class={`announcement ${severity}`}>
      <Icon name={severity === 'info' ? 'info' : 'warning'} />
      <p>
        <span class="visually-hidden">{t(`shell.severity_${severity}`)}: </span>
        <span dir="auto">{text}</span>
      </p>
      {dismissible && (
        <IconButton
          icon="close"
          label={t('common.close')}
          onClick={() => dismissAnnouncement(id)}
        />
      )}
    </div>
  )
}
