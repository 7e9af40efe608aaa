/**
 * [A10] The export of a user's data by an admin: the same data that the user can export. It includes the user's texts
 * in private rooms and direct chats. So it needs a reason, which the audit log keeps, and the user gets a notice. From
 * then on that admin may fetch the data for an hour, in files of a bounded size.
 */
import { randomBytes } from 'node:crypto'
import { sql } from 'kysely'
import type { ExportKind, ExportPosition, ExportRows } from '../../protocol/exports.ts'
import { exportKinds } from '../../protocol/exports.ts'
import { contentOpenSeconds } from '../../protocol/limits.ts'
import { exportUser } from '../accounts/export-user.ts'
import type { Pushes } from '../push/publish.ts'
import type { Db } from '../database/database.ts'
import { ChatError } from '../errors.ts'
import { createNotice, deliverNotice } from '../notifications/send-notice.ts'
import { lockUser } from './act-on-user.ts'
import { writeAudit } from './audit-log.ts'
import { type Admin, lockAdmins } from './session.ts'

const notice = 'An admin has exported your data: your profile, what you wrote, and what you did.'
/** Seconds for the delivery of the notice. It goes to one user only. */
const deliverySeconds = 5

/** Allows an admin to fetch a user's data for an hour, and tells the user. */
export async function openExport(
  context: Pushes,
  admin: Admin,
  userId: number,
  reason: string,
): Promise<void> {
  const noticeId = await context.db.transaction().execute(async (trx) => {
    await lockAdmins(trx, admin)
    await lockUser(trx, userId)
    const formKey = randomBytes(16).toString('base64url')
    const id = await createNotice(trx, {
      formKey,
      text: notice,
      actorId: admin.userId,
      subjectId: userId,
    })
    await writeAudit(trx, admin, { action: 'export_user', subjectId: userId, reason })
    return id!
  })
  await deliverNotice(context, noticeId, deliverySeconds)
}

/** The time until which the admin may fetch the user's data; undefined if they may not. */
export async function exportOpenUntil(
  db: Db,
  admin: Admin,
  userId: number,
): Promise<Date | undefined> {
  const { rows } = await sql<{ until: Date }>`
    select at + make_interval(secs => ${sql.lit(contentOpenSeconds)}) as until from audit_log
     where subject_id = ${userId} and actor_id = ${admin.userId} and action = 'export_user'
       and at > now() - make_interval(secs => ${sql.lit(contentOpenSeconds)})
     order by id desc limit 1`.execute(db)
  return rows[0]?.until
}

/** The size at which a file ends. It may be a little larger. It is sent in one answer. */
const fileBytes = 3_500_000
const fileRows = 10_000
/** Pages of deleted messages have no rows, but cost statements. So the number of pages is limited, too. */
const filePages = 40

export interface ExportFile {
  readonly rows: ExportRows
  /** The number of rows of each kind. Kinds without rows are left out. */
  readonly counts: readonly (readonly [kind: ExportKind, count: number])[]
  /** The position of the next file; null if there is none. */
  readonly next: ExportPosition | null
}

/** A file of a user's data, from a position on. Throws `forbidden` if the admin has not opened the export. */
export async function readExportFile(
  db: Db,
  admin: Admin,
  userId: number,
  from: ExportPosition | undefined,
): Promise<ExportFile> {
  if (!(await exportOpenUntil(db, admin, userId))) {
    throw new ChatError('forbidden', 'give a reason for the export first: open its page again')
  }
  const all: Partial<Record<ExportKind, unknown[]>> = {}
  let [bytes, count, pages] = [0, 0, 0]
  let next = from ?? null
  do {
    const page = await exportUser(db, userId, next ?? undefined)
    for (const [kind, rows] of Object.entries(page.rows)) {
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the keys of a page are kinds
      ;(all[kind as ExportKind] ??= []).push(...rows)
      count += rows.length
    }
    bytes += Buffer.byteLength(JSON.stringify(page.rows))
    pages += 1
    next = page.next
  } while (next !== null && bytes < fileBytes && count < fileRows && pages < filePages)
  return {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- each list has the rows of its own kind
    rows: all as ExportRows,
    counts: exportKinds.flatMap((kind) => (all[kind] ? [[kind, all[kind].length] as const] : [])),
    next,
  }
}
