/** [S1] Reports of messages and users. A report refers to its message or user, and keeps no copy of it. */
import { sql } from 'kysely'
import type { Report, ReportRequest } from '../../protocol/reports.ts'
import type { Caller } from '../identity/caller.ts'
import { getUserByName } from '../names/find-user.ts'
import type { Db } from '../database/database.ts'
import { ChatError, noSuchMessage } from '../errors.ts'
import { accessRoom } from '../rooms/access.ts'
import { wireTime } from '../time.ts'

export interface FiledReport {
  readonly report: Report
  /** False if the reporter already had an open report about this. Then that report was changed. */
  readonly isNew: boolean
}

/** Reports a message. Everybody who may read the message may report it. */
export async function reportMessage(
  db: Db,
  caller: Caller,
  place: { readonly room_id: number; readonly seq: number },
  request: ReportRequest,
): Promise<FiledReport> {
  const { room_id: roomId, seq } = place
  await accessRoom(db, caller.sessionId, roomId)
  const message = await db
    .selectFrom('messages')
    .where('room_id', '=', roomId)
    .where('seq', '=', seq)
    .select(['user_id', 'deleted_at'])
    .executeTakeFirst()
  if (!message) throw noSuchMessage()
  if (message.user_id === caller.userId) {
    throw new ChatError('conflict', 'this is your own message: edit or delete it instead')
  }
  if (message.deleted_at) throw new ChatError('conflict', 'this message was deleted')
  return await put(db, caller, { userId: message.user_id, roomId, seq }, request)
}

export async function reportUser(
  db: Db,
  caller: Caller,
  username: string,
  request: ReportRequest,
): Promise<FiledReport> {
  const user = await getUserByName(db, username)
  if (user.id === caller.userId)
    throw new ChatError('conflict', 'this is your own account: report another user')
  return await put(db, caller, { userId: user.id, roomId: null, seq: null }, request)
}

async function put(
  db: Db,
  caller: Caller,
  about: {
    readonly userId: number | null
    readonly roomId: number | null
    readonly seq: number | null
  },
  { reason, text }: ReportRequest,
): Promise<FiledReport> {
  const { rows } = await sql<{ is_new: boolean; at: Date }>`
    select * from put_report_v1(${caller.userId}, cast(${about.userId} as bigint), cast(${about.roomId} as bigint),
      cast(${about.seq} as bigint), ${reason}, ${text})`.execute(db)
  const { is_new: isNew, at } = rows[0]!
  return { report: { reason, text, created_at: wireTime(at) }, isNew }
}
