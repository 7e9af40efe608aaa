/**
 * [A10] The data of a user as an admin exports it: what the user gets themself, and no more. It has what the user wrote in
 * private rooms and direct chats, too. So it needs a reason, which the audit log keeps, and the user gets a notice. From
 * then on that admin may fetch it for an hour, in files that are each bounded.
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
/** The notice is for one user. */
const deliverySeconds = 5

/** Lets an admin fetch the data of a user for an hour, and tells the user. */
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

/** Until when the admin may fetch the data of the user; undefined: not now. */
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

/** One file has at most so much, and a little: it goes out in one answer. */
const fileBytes = 3_500_000
const fileRows = 10_000
/** Pages of messages that were deleted have no rows, and cost statements all the same. */
const filePages = 40

export interface ExportFile {
  readonly rows: ExportRows
  /** How many there are of each kind that there is something of. */
  readonly counts: readonly (readonly [kind: ExportKind, count: number])[]
  /** Where the next file begins; null: there is none. */
  readonly next: ExportPosition | null
}

/** The data of a user from a position on, as much as goes into a file. Throws `forbidden` while it is not open. */
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
