import { sql } from 'kysely'
import type { Pushes } from '../push/publish.ts'
import type { Db } from '../database/database.ts'
import { ChatError } from '../errors.ts'
import { createNotice, deliverNotice } from '../notifications/send-notice.ts'
import { type ListPage, type PageRequest, seek, toPage } from '../paging.ts'
import { type Named, named, writeAudit } from './audit-log.ts'
import { type Admin, lockAdmins } from './session.ts'

export interface SentNotice {
  readonly id: number
  readonly text: string
  readonly created_at: Date
  readonly actor: Named | null
  /** null for everybody. */
  readonly subject: Named | null
  /** The number of users who have received it. */
  readonly reached: number
  readonly isDone: boolean
}

/** Well below the 29 s that API Gateway waits. */
const deliverySeconds = 12

/** The number of users. */
export async function countUsers(db: Db): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(*) as count from users where deleted_at is null`.execute(db)
  return rows[0]!.count
}

/** Stores a notice with its entry in the audit log. Then delivers it to as many users as there is time for. */
export async function sendNotice(
  context: Pushes,
  admin: Admin,
  notice: { readonly formKey: string; readonly text: string; readonly subjectId: number | null },
): Promise<void> {
  const { subjectId } = notice
  const noticeId = await context.db.transaction().execute(async (trx) => {
    await lockAdmins(trx, admin)
    const id = await createNotice(trx, { ...notice, actorId: admin.userId })
    if (id !== undefined)
      await writeAudit(trx, admin, { action: 'notice', subjectId, noticeId: id })
    return id
  })
  if (noticeId !== undefined) await deliverNotice(context, noticeId, deliverySeconds)
}

/** Continues a notice that some users have not received yet. */
export async function continueNotice(context: Pushes, noticeId: number): Promise<void> {
  const found = await context.db
    .selectFrom('notices')
    .where('id', '=', noticeId)
    .select('id')
    .executeTakeFirst()
  if (!found) throw new ChatError('not_found', 'no such notice')
  await deliverNotice(context, noticeId, deliverySeconds)
}

/** All notices, the newest first. */
export async function listNotices(db: Db, request: PageRequest): Promise<ListPage<SentNotice>> {
  const { position, order, limit } = seek('n.id', 'desc', request)
  const rows = await db
    .selectFrom('notices as n')
    .leftJoin('users as actor', 'actor.id', 'n.actor_id')
    .leftJoin('users as subject', 'subject.id', 'n.subject_id')
    .where(position)
    .orderBy(order)
    .limit(limit)
    .select([
      'n.id',
      'n.text',
      'n.created_at',
      'n.reached',
      sql<boolean>`n.after_user_id >= n.until_user_id`.as('is_done'),
      'actor.id as actor_id',
      sql<string | null>`nullif(actor.username, '')`.as('actor_name'),
      'actor.display_name as actor_display_name',
      'subject.id as subject_id',
      sql<string | null>`nullif(subject.username, '')`.as('subject_name'),
      'subject.display_name as subject_display_name',
    ])
    .execute()
  return toPage(
    rows,
    request,
    (row) => row.id,
    ({ id, text, created_at, reached, ...row }) => ({
      id,
      text,
      created_at,
      reached,
      isDone: row.is_done,
      actor: named(row.actor_id, row.actor_name, row.actor_display_name),
      subject: named(row.subject_id, row.subject_name, row.subject_display_name),
    }),
  )
}
