import type { Announcement, Severity } from '../../protocol/announcements.ts'
import { wireTime } from '../time.ts'

export interface AnnouncementRow {
  readonly id: number
  readonly text: string
  readonly severity: Severity
  readonly is_dismissible: boolean
  readonly begins_at: Date
  readonly ends_at: Date
}

export function renderAnnouncement(row: AnnouncementRow): Announcement {
  return {
    id: row.id,
    text: row.text,
    severity: row.severity,
    dismissible: row.is_dismissible,
    begins_at: wireTime(row.begins_at),
    ends_at: wireTime(row.ends_at),
  }
}
