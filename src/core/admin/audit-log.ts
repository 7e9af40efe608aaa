import { sql } from 'kysely'
import type { Db, Trx } from '../database/database.ts'
import { type ListPage, type PageRequest, seek, toPage } from '../paging.ts'
import type { AuditAction } from '../database/audit-actions.ts'
import type { Admin } from './session.ts'

/** A user in the audit log. The names are null if the account is deleted. */
export interface Named {
  readonly id: number
  readonly username: string | null
  readonly displayName: string | null
}

export interface AuditEntry {
  readonly id: number
  readonly at: Date
  readonly action: AuditAction
  /** null: it was not done in the admin's pages. */
  readonly actor: Named | null
  /** null: the action concerns no particular user. */
  readonly subject: Named | null
  readonly reason: string | null
  /** The text of a notice. */
  readonly notice: string | null
  /** The room of the action. Its title is the current one; it is empty for a direct chat. */
  readonly room: { readonly id: number; readonly title: string } | null
  /** JSON of the changed values, before and after the change. */
  readonly before: string | null
  readonly after: string | null
  /** The IP address of the admin; null if it is not known. */
  readonly address: string | null
}

export interface AuditFilter {
  readonly action?: AuditAction | undefined
  readonly actorId?: number | undefined
  readonly subjectId?: number | undefined
  readonly roomId?: number | undefined
  /** Days in UTC, such as 2026-11-27. Both days are included. */
  readonly from?: string | undefined
  readonly to?: string | undefined
}

/** The time at which a day begins in UTC. */
function dayInUtc(day: string) {
  return sql`cast(${`${day} 00:00:00+00`} as timestamptz)`
}

/** Writes an entry in the transaction of the action. */
export async function writeAudit(
  trx: Trx,
  admin: Admin,
  entry: {
    readonly action: AuditAction
    readonly subjectId?: number | null
    readonly reason?: string
    readonly noticeId?: number
    readonly roomId?: number
    /** The changed values, before and after the change. */
    readonly before?: object
    readonly after?: object
  },
): Promise<void> {
  await trx
    .insertInto('audit_log')
    .values({
      actor_id: admin.userId,
      action: entry.action,
      subject_id: entry.subjectId ?? null,
      reason: entry.reason || null,
      notice_id: entry.noticeId ?? null,
      room_id: entry.roomId ?? null,
      address: admin.address ?? null,
      before: entry.before ? JSON.stringify(entry.before) : null,
      after: entry.after ? JSON.stringify(entry.after) : null,
    })
    .execute()
}

/** The entries that match all given filters, the newest first. */
export async function listAudit(
  db: Db,
  filter: AuditFilter,
  request: PageRequest,
): Promise<ListPage<AuditEntry>> {
  const { action, actorId, subjectId, roomId, from, to } = filter
  const { position, order, limit } = seek('a.id', 'desc', request)
  const rows = await db
    .selectFrom('audit_log as a')
    .leftJoin('users as actor', 'actor.id', 'a.actor_id')
    .leftJoin('users as subject', 'subject.id', 'a.subject_id')
    .leftJoin('notices as n', 'n.id', 'a.notice_id')
    .leftJoin('rooms as r', 'r.id', 'a.room_id')
    .$if(action !== undefined, (query) => query.where('a.action', '=', action!))
    .$if(actorId !== undefined, (query) => query.where('a.actor_id', '=', actorId!))
    .$if(from !== undefined, (query) => query.where(sql<boolean>`a.at >= ${dayInUtc(from!)}`))
    .$if(to !== undefined, (query) =>
      query.where(sql<boolean>`a.at < ${dayInUtc(to!)} + make_interval(days => 1)`),
    )
    .$if(subjectId !== undefined, (query) => query.where('a.subject_id', '=', subjectId!))
    .$if(roomId !== undefined, (query) => query.where('a.room_id', '=', roomId!))
    .where(position)
    .orderBy(order)
    .limit(limit)
    .select([
      'a.id',
      'a.at',
      'a.action',
      'a.reason',
      'a.before',
      'a.after',
      'a.address',
      'n.text as notice',
      'actor.id as actor_id',
      sql<string | null>`nullif(actor.username, '')`.as('actor_name'),
      'actor.display_name as actor_display_name',
      'subject.id as subject_id',
      sql<string | null>`nullif(subject.username, '')`.as('subject_name'),
      'subject.display_name as subject_display_name',
      'a.room_id',
      'r.title as room_title',
    ])
    .execute()
  return toPage(
    rows,
    request,
    (row) => row.id,
    ({ id, at, action, reason, notice, before, after, address, ...row }) => ({
      id,
      at,
      action,
      reason,
      notice,
      before,
      after,
      address,
      actor: named(row.actor_id, row.actor_name, row.actor_display_name),
      subject: named(row.subject_id, row.subject_name, row.subject_display_name),
      room: row.room_id === null ? null : { id: row.room_id, title: row.room_title ?? '' },
    }),
  )
}

export function named(
  id: number | null,
  username: string | null,
  displayName: string | null,
): Named | null {
  return id === null ? null : { id, username, displayName }
}
