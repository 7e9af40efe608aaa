/** [N3] Announcements: texts that admins show to all users for a time. */
import { sql } from 'kysely'
import type { Announcement } from '../../protocol/announcements.ts'
import { announcementsMax } from '../../protocol/limits.ts'
import { getCaller } from '../identity/session.ts'
import type { Db } from '../database/database.ts'
import { renderAnnouncement } from './render-announcement.ts'

/** Announcements that have not ended, including those that have not begun. */
export async function listAnnouncements(db: Db, sessionId: number): Promise<Announcement[]> {
  await getCaller(db, sessionId)
  const rows = await db
    .selectFrom('announcements')
    .where('ends_at', '>', sql<Date>`now()`)
    .orderBy('id')
    .limit(announcementsMax)
    .select(['id', 'text', 'severity', 'is_dismissible', 'begins_at', 'ends_at'])
    .execute()
  return rows.map(renderAnnouncement)
}
