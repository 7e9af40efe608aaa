import { sql } from 'kysely'
import type { Announcement, Severity } from '../../protocol/announcements.ts'
import { announcementsMax } from '../../protocol/limits.ts'
import { type Pushes, sendTo } from '../push/publish.ts'
import type { Db, Trx } from '../database/database.ts'
import { ChatError } from '../errors.ts'
import { pageSize } from '../push/deliver-to-room.ts'
import { type AnnouncementRow, renderAnnouncement } from '../notifications/render-announcement.ts'
import { type ListPage, type PageRequest, seek, toPage, walk } from '../paging.ts'
import { type Named, named, writeAudit } from './audit-log.ts'
import { type Admin, lockAdmins } from './session.ts'

export interface NewAnnouncement {
  /** The key of the form that the announcement came from. A form that is sent twice makes one announcement. */
  readonly formKey: string
  readonly text: string
  readonly severity: Severity
  readonly isDismissible: boolean
  /** null: it begins now. */
  readonly beginsAt: Date | null
  readonly endsAt: Date
}

export interface ListedAnnouncement extends AnnouncementRow {
  readonly actor: Named | null
  readonly state: 'planned' | 'shown' | 'over'
}

/**
 * Well below the 29 s that API Gateway waits. Users whom it does not reach see the announcement when they connect
 * again.
 */
const sendingSeconds = 12

const columns = sql`id, text, severity, is_dismissible, begins_at, ends_at`

/** Stores an announcement, and sends it to everybody who is connected. */
export async function createAnnouncement(
  context: Pushes,
  admin: Admin,
  made: NewAnnouncement,
): Promise<void> {
  const row = await context.db.transaction().execute(async (trx) => {
    await lockAdmins(trx, admin)
    const { rows: open } = await sql<{ count: number }>`
      select count(*) as count from announcements where ends_at > now()`.execute(trx)
    if (open[0]!.count >= announcementsMax) {
      throw new ChatError(
        'conflict',
        `there are ${announcementsMax} current or planned announcements already: end one first`,
      )
    }
    const { rows } = await sql<AnnouncementRow>`
      insert into announcements (form_key, text, severity, is_dismissible, actor_id, begins_at, ends_at)
      values (${made.formKey}, ${made.text}, ${made.severity}, ${made.isDismissible}, ${admin.userId},
        coalesce(cast(${made.beginsAt?.toISOString() ?? null} as timestamptz), now()),
        cast(${made.endsAt.toISOString()} as timestamptz))
      on conflict (form_key) do nothing
      returning ${columns}`.execute(trx)
    if (rows[0]) await write(trx, admin, 'announce', rows[0])
    return rows[0]
  })
  if (row) await deliver(context, renderAnnouncement(row))
}

/** Ends an announcement. One that has not begun is never shown. */
export async function endAnnouncement(context: Pushes, admin: Admin, id: number): Promise<void> {
  const row = await context.db.transaction().execute(async (trx) => {
    await lockAdmins(trx, admin)
    const { rows } = await sql<AnnouncementRow>`
      update announcements
         set ends_at = now(), begins_at = least(begins_at, now() - make_interval(secs => 1))
       where id = ${id} and ends_at > now()
      returning ${columns}`.execute(trx)
    if (!rows[0]) throw new ChatError('conflict', 'this announcement has ended already')
    await write(trx, admin, 'end_announcement', rows[0])
    return rows[0]
  })
  await deliver(context, renderAnnouncement(row))
}

async function write(
  trx: Trx,
  admin: Admin,
  action: 'announce' | 'end_announcement',
  row: AnnouncementRow,
): Promise<void> {
  const { id, text, severity, begins_at, ends_at } = renderAnnouncement(row)
  await writeAudit(trx, admin, {
    action,
    reason: text,
    after: { id, severity, begins_at, ends_at },
  })
}

/** Sends it to all v1 sockets, page by page. */
async function deliver(context: Pushes, announcement: Announcement): Promise<void> {
  const pages = walk(
    'id',
    async ({ position, order, limit }) =>
      await context.db
        .selectFrom('connections')
        .where(position)
        .where('simple', '=', false)
        .where('expires_at', '>', sql<Date>`now()`)
        .orderBy(order)
        .limit(limit)
        .select('id')
        .execute(),
    ({ id }) => id,
    { pageSize, endsAt: performance.now() + sendingSeconds * 1_000 },
  )
  for await (const rows of pages) {
    const ids = rows.map(({ id }) => id)
    await sendTo(context, { type: 'announcement', ...announcement }, ids)
  }
}

/** All announcements, the newest first. */
export async function listAnnouncementsForAdmin(
  db: Db,
  request: PageRequest,
): Promise<ListPage<ListedAnnouncement>> {
  const { position, order, limit } = seek('a.id', 'desc', request)
  const rows = await db
    .selectFrom('announcements as a')
    .leftJoin('users as u', 'u.id', 'a.actor_id')
    .where(position)
    .orderBy(order)
    .limit(limit)
    .select([
      'a.id',
      'a.text',
      'a.severity',
      'a.is_dismissible',
      'a.begins_at',
      'a.ends_at',
      sql<ListedAnnouncement['state']>`case when a.ends_at <= now() then 'over'
        when a.begins_at > now() then 'planned' else 'shown' end`.as('state'),
      'u.id as actor_id',
      sql<string | null>`nullif(u.username, '')`.as('actor_name'),
      'u.display_name as actor_display_name',
    ])
    .execute()
  return toPage(
    rows,
    request,
    (row) => row.id,
    ({ actor_id, actor_name, actor_display_name, ...row }) => ({
      ...row,
      actor: named(actor_id, actor_name, actor_display_name),
    }),
  )
}
