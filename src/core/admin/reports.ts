/**
 * [S1] Reports in the form that admins see. All reports of a message or user form one case until an admin handles them.
 * A case shows the reported message and a few around it, as they are now. In rooms that are not public, admins can read
 * these only while the case is open, and the audit log records each reading.
 */
import { sql } from 'kysely'
import type { ReportReason } from '../../protocol/reports.ts'
import type { RoomKind } from '../../protocol/rooms.ts'
import { suspendedSince } from '../identity/suspension.ts'
import type { Closes } from '../push/dismiss.ts'
import { publish } from '../push/publish.ts'
import type { ChatContext } from '../context.ts'
import type { Db, Trx } from '../database/database.ts'
import { ChatError, noSuchUser } from '../errors.ts'
import { type DeletedMessage, deleteUnasked } from '../messages/delete-unasked.ts'
import { type OwnNotification, announceOwn } from '../notifications/announce-own.ts'
import { announceTakenBack } from '../notifications/announce-taken-back.ts'
import { type ListPage, type PageRequest, seek, toPage } from '../paging.ts'
import { actOnUser } from './act-on-user.ts'
import { type Named, named, writeAudit } from './audit-log.ts'
import { chosenIds } from './chosen-ids.ts'
import type { ReportOutcome } from '../database/report-outcomes.ts'
import { type Admin, lockAdmins } from './session.ts'

export interface ReportFilter {
  readonly isOpen: boolean
  readonly about?: 'message' | 'user' | undefined
  /** The reported user, or the author of the reported messages. */
  readonly subjectId?: number | undefined
}

export interface ListedCase {
  readonly id: number
  /** null: the report is about the user, not about a message. */
  readonly message: {
    readonly roomId: number
    readonly seq: number
    readonly roomKind: RoomKind
    readonly roomTitle: string
  } | null
  /** null: the author's account is deleted. */
  readonly subject: Named | null
  readonly reports: number
  /** The reasons of the first hundred reports, without repetitions. */
  readonly reasons: readonly ReportReason[]
  readonly openedAt: Date
  readonly outcome: ReportOutcome | null
  readonly handledAt: Date | null
  readonly handler: Named | null
}

export interface ShownCase extends ListedCase {
  readonly given: readonly GivenReport[]
  readonly subjectIsSuspended: boolean
  /** Whether the user's account is deleted. */
  readonly subjectIsGone: boolean
  /** Open cases about the same user besides this one, counted up to 100. */
  readonly othersOpen: number
  readonly roomIsDeleted: boolean
  readonly messageIsDeleted: boolean
}

export interface GivenReport {
  /** null: the reporter's account is deleted. */
  readonly reporter: Named | null
  readonly reason: ReportReason
  readonly text: string
  readonly at: Date
}

export interface ContextMessage {
  readonly seq: number
  readonly author: Named | null
  /** null: the message was deleted. */
  readonly text: string | null
  readonly at: Date
  readonly editedAt: Date | null
}

/** The number of reports of a case that are shown, the first ones. */
export const reportsShown = 50
/** The number of messages that are shown before the reported message, and after it. */
export const contextEachWay = 5
const reportsLookedAt = 100
const othersMax = 100

const caseColumns = [
  'c.id',
  'c.room_id',
  'c.message_seq',
  'c.reports',
  'c.opened_at',
  'c.outcome',
  'c.handled_at',
  'r.kind as room_kind',
  'r.title as room_title',
  'subject.id as subject_id',
  sql<string | null>`nullif(subject.username, '')`.as('subject_name'),
  'subject.display_name as subject_display_name',
  'handler.id as handler_id',
  sql<string | null>`nullif(handler.username, '')`.as('handler_name'),
  'handler.display_name as handler_display_name',
  sql<string | null>`(
    select string_agg(distinct x.reason, ' ') from (
      select o.reason from reports o where o.case_id = c.id order by o.id
       limit ${sql.lit(reportsLookedAt)}) x)`.as('reasons'),
] as const

function selectCases(db: Db) {
  return db
    .selectFrom('report_cases as c')
    .leftJoin('rooms as r', 'r.id', 'c.room_id')
    .leftJoin('users as subject', 'subject.id', 'c.subject_id')
    .leftJoin('users as handler', 'handler.id', 'c.handled_by')
}

interface CaseRow {
  readonly id: number
  readonly room_id: number | null
  readonly message_seq: number | null
  readonly reports: number
  readonly opened_at: Date
  readonly outcome: ReportOutcome | null
  readonly handled_at: Date | null
  readonly room_kind: RoomKind | null
  readonly room_title: string | null
  readonly subject_id: number | null
  readonly subject_name: string | null
  readonly subject_display_name: string | null
  readonly handler_id: number | null
  readonly handler_name: string | null
  readonly handler_display_name: string | null
  readonly reasons: string | null
}

function toCase(row: CaseRow): ListedCase {
  return {
    id: row.id,
    message:
      row.room_id === null || row.message_seq === null
        ? null
        : {
            roomId: row.room_id,
            seq: row.message_seq,
            roomKind: row.room_kind!,
            roomTitle: row.room_title ?? '',
          },
    subject: named(row.subject_id, row.subject_name, row.subject_display_name),
    reports: row.reports,
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- written by the protocol's schema
    reasons: (row.reasons?.split(' ') ?? []) as ReportReason[],
    openedAt: row.opened_at,
    outcome: row.outcome,
    handledAt: row.handled_at,
    handler: named(row.handler_id, row.handler_name, row.handler_display_name),
  }
}

/** Cases that match the filter, the newest first. */
export async function listCases(
  db: Db,
  { isOpen, about, subjectId }: ReportFilter,
  request: PageRequest,
): Promise<ListPage<ListedCase>> {
  const { position, order, limit } = seek('c.id', 'desc', request)
  const rows = await selectCases(db)
    .where('c.handled_at', isOpen ? 'is' : 'is not', null)
    .$if(about !== undefined, (query) =>
      query.where('c.room_id', about === 'user' ? 'is' : 'is not', null),
    )
    .$if(subjectId !== undefined, (query) => query.where('c.subject_id', '=', subjectId!))
    .where(position)
    .orderBy(order)
    .limit(limit)
    .select(caseColumns)
    .execute()
  return toPage(rows, request, (row) => row.id, toCase)
}

/** The given cases, the newest first. */
export async function findCases(db: Db, ids: readonly number[]): Promise<ListedCase[]> {
  const rows = await selectCases(db)
    .where('c.id', 'in', chosenIds(ids))
    .orderBy('c.id', 'desc')
    .select(caseColumns)
    .execute()
  return rows.map(toCase)
}

export async function getCase(db: Db, caseId: number): Promise<ShownCase> {
  const row = await selectCases(db)
    .leftJoin('messages as m', (join) =>
      join.onRef('m.room_id', '=', 'c.room_id').onRef('m.seq', '=', 'c.message_seq'),
    )
    .where('c.id', '=', caseId)
    .select([
      ...caseColumns,
      suspendedSince('subject').as('suspended_at'),
      'subject.deleted_at as subject_deleted_at',
      'r.deleted_at as room_deleted_at',
      'm.deleted_at as message_deleted_at',
      sql<number>`(
        select count(*) from (
          select from report_cases o
           where o.subject_id = c.subject_id and o.id <> c.id and o.handled_at is null
           limit ${sql.lit(othersMax)}) counted)`.as('others_open'),
    ])
    .executeTakeFirst()
  if (!row) throw noSuchReport()
  const given = await db
    .selectFrom('reports as o')
    .leftJoin('users as u', 'u.id', 'o.reporter_id')
    .where('o.case_id', '=', caseId)
    .orderBy('o.id')
    .limit(reportsShown)
    .select([
      'o.reason',
      'o.text',
      'o.created_at',
      'u.id',
      sql<string | null>`nullif(u.username, '')`.as('username'),
      'u.display_name',
    ])
    .execute()
  return {
    ...toCase(row),
    given: given.map(({ reason, text, created_at, id, username, display_name }) => ({
      reporter: named(id, username, display_name),
      reason,
      text,
      at: created_at,
    })),
    subjectIsSuspended: row.suspended_at !== null,
    subjectIsGone: row.subject_id === null || row.subject_deleted_at !== null,
    othersOpen: row.others_open,
    roomIsDeleted: row.room_deleted_at !== null,
    messageIsDeleted: row.message_deleted_at !== null,
  }
}

/** Whether the messages are shown at once, because everybody can read the public room. */
export function isContextPublic({ message, roomIsDeleted }: ShownCase): boolean {
  return message?.roomKind === 'public' && !roomIsDeleted
}

/**
 * The reported message and those around it, the oldest first. The list is empty if the room is not public or is
 * deleted.
 */
export async function readPublicContext(db: Db, shown: ShownCase): Promise<ContextMessage[]> {
  return isContextPublic(shown) ? await readContext(db, shown) : []
}

/** The same for a room that is closed to admins. It works only while the case is open, and the audit log records it. */
export async function openContext(
  db: Db,
  admin: Admin,
  caseId: number,
): Promise<{ readonly shown: ShownCase; readonly messages: ContextMessage[] }> {
  const shown = await getCase(db, caseId)
  const { message } = shown
  if (!message || shown.roomIsDeleted) {
    throw new ChatError('conflict', 'the room was deleted: its messages cannot be read')
  }
  const messages = await db.transaction().execute(async (trx) => {
    await lockAdmins(trx, admin)
    const open = await trx
      .selectFrom('report_cases')
      .where('id', '=', caseId)
      .where('handled_at', 'is', null)
      .select('id')
      .executeTakeFirst()
    if (!open) throw handledAlready()
    await writeAudit(trx, admin, {
      action: 'open_report',
      subjectId: shown.subject?.id ?? null,
      roomId: message.roomId,
      reason: `report ${caseId}, message ${message.seq}`,
    })
    return await readContext(trx, shown)
  })
  return { shown, messages }
}

async function readContext(db: Db | Trx, { message }: ShownCase): Promise<ContextMessage[]> {
  if (!message) return []
  const { roomId, seq } = message
  const { rows } = await sql<{
    seq: number
    user_id: number | null
    username: string | null
    display_name: string | null
    text: string | null
    created_at: Date
    edited_at: Date | null
  }>`
    select m.seq, u.id as user_id, nullif(u.username, '') as username, u.display_name,
           case when m.deleted_at is null then m.text end as text, m.created_at, m.edited_at
      from (
        (select * from messages o where o.room_id = ${roomId} and o.seq <= ${seq}
          order by o.seq desc limit ${sql.lit(contextEachWay + 1)})
        union all
        (select * from messages o where o.room_id = ${roomId} and o.seq > ${seq}
          order by o.seq limit ${sql.lit(contextEachWay)})) m
      left join users u on u.id = m.user_id
     order by m.seq`.execute(db)
  return rows.map((row) => ({
    seq: row.seq,
    author: named(row.user_id, row.username, row.display_name),
    text: row.text,
    at: row.created_at,
    editedAt: row.edited_at,
  }))
}

/** Closes a case without an action. */
export async function dismissCase(
  context: Context,
  admin: Admin,
  caseId: number,
  reason: string,
): Promise<void> {
  const told = await context.db.transaction().execute(async (trx) => {
    await lockAdmins(trx, admin)
    const { subjectId, roomId } = await lockCase(trx, caseId)
    await writeAudit(trx, admin, { action: 'dismiss_report', subjectId, ...roomId, reason })
    return await closeCases(trx, admin, 'dismissed', [caseId])
  })
  await announceOwn(context, told)
}

type Context = Closes & Pick<ChatContext, 'fanOut'>

/** Deletes the reported message in the admin's name, and closes the case. */
export async function deleteReported(
  context: Context,
  admin: Admin,
  caseId: number,
  reason: string,
): Promise<void> {
  const { told, deleted, place } = await context.db.transaction().execute(async (trx) => {
    await lockAdmins(trx, admin)
    const { subjectId, roomId, place } = await lockCase(trx, caseId)
    if (!place)
      throw new ChatError('conflict', 'this report is not about a message: choose another action')
    const deleted = await deleteUnasked(trx, admin.userId, place.roomId, place.seq)
    if (!deleted) {
      throw new ChatError('conflict', 'the message was deleted already: dismiss the report')
    }
    await writeAudit(trx, admin, { action: 'delete_message', subjectId, ...roomId, reason })
    return { told: await closeCases(trx, admin, 'deleted', [caseId]), deleted, place }
  })
  await publishDeleted(context, deleted, place.roomId, place.seq)
  await announceOwn(context, told)
}

async function publishDeleted(
  context: Context,
  { event, audience, hasTakenBack }: DeletedMessage,
  roomId: number,
  seq: number,
): Promise<void> {
  await publish(context, [event], audience)
  if (hasTakenBack) await announceTakenBack(context, roomId, seq)
}

/** Suspends the reported user, unless they are suspended already. Closes all open cases about them. */
export async function suspendReported(
  context: Context,
  admin: Admin,
  caseId: number,
  reason: string,
): Promise<void> {
  const shown = await getCase(context.db, caseId)
  if (shown.handledAt) throw handledAlready()
  const { subject } = shown
  if (!subject || shown.subjectIsGone) throw noSuchUser()
  if (!shown.subjectIsSuspended) await actOnUser(context, admin, subject.id, 'suspend', reason)
  const told = await context.db.transaction().execute(async (trx) => {
    await lockAdmins(trx, admin)
    const open = await trx
      .selectFrom('report_cases')
      .where('subject_id', '=', subject.id)
      .where('handled_at', 'is', null)
      .orderBy('id')
      .select('id')
      .forUpdate()
      .execute()
    const ids = open.map(({ id }) => id)
    if (ids.length === 0) return []
    await writeAudit(trx, admin, { action: 'close_reports', subjectId: subject.id, reason })
    return await closeCases(trx, admin, 'suspended', ids)
  })
  await announceOwn(context, told)
}

interface LockedCase {
  readonly subjectId: number | null
  /** In the form that the audit log takes. */
  readonly roomId: { readonly roomId: number } | undefined
  readonly place: { readonly roomId: number; readonly seq: number } | undefined
}

async function lockCase(trx: Trx, caseId: number): Promise<LockedCase> {
  const row = await trx
    .selectFrom('report_cases')
    .where('id', '=', caseId)
    .select(['subject_id', 'room_id', 'message_seq', 'handled_at'])
    .forUpdate()
    .executeTakeFirst()
  if (!row) throw noSuchReport()
  if (row.handled_at) throw handledAlready()
  const { subject_id: subjectId, room_id: roomId, message_seq: seq } = row
  if (roomId === null || seq === null) return { subjectId, roomId: undefined, place: undefined }
  return { subjectId, roomId: { roomId }, place: { roomId, seq } }
}

/** Closes cases. Returns the notifications for the reporters: they say that the report was handled, but not how. */
async function closeCases(
  trx: Trx,
  admin: Admin,
  outcome: ReportOutcome,
  caseIds: readonly number[],
): Promise<OwnNotification[]> {
  const ids = chosenIds(caseIds)
  await sql`
    update report_cases set outcome = ${outcome}, handled_at = now(), handled_by = ${admin.userId}
     where id in ${ids}`.execute(trx)
  const { rows } = await sql<OwnNotification>`
    insert into notifications (user_id, kind, text)
    select o.reporter_id, 'report_handled', nullif(o.text, '')
      from reports o join users u on u.id = o.reporter_id and u.deleted_at is null
     where o.case_id in ${ids}
     order by o.case_id, o.id
    returning id, user_id, kind, text, created_at`.execute(trx)
  return rows
}

export function noSuchReport(): ChatError {
  return new ChatError('not_found', 'no such report')
}

function handledAlready(): ChatError {
  return new ChatError(
    'conflict',
    'this report was handled already: open its page again to see the result',
  )
}
