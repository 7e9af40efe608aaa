/**
 * [A11] Erasing a user: their account is deleted as its owner would delete it, and what they wrote and how they reacted
 * goes, too. An admin first sees what goes and what stays.
 */
import { sql } from 'kysely'
import { continueErasure } from '../accounts/erase-messages.ts'
import { leaveAtOnce } from '../accounts/finish-deletion.ts'
import type { ChatContext } from '../context.ts'
import type { Db } from '../database/database.ts'
import { ChatError, noSuchUser } from '../errors.ts'
import { lockUser, refuseLastAdmin } from './act-on-user.ts'
import { writeAudit } from './audit-log.ts'
import { type Admin, lockAdmins } from './session.ts'

/** Well within the 29 s that a gateway waits. */
const erasureSeconds = 12
/** Counted to here: a page says that there are more. */
export const erasureCountedTo = 10_000

export interface ErasureList {
  readonly messages: number
  readonly reactions: number
  readonly heldMessages: number
  readonly notifications: number
  readonly sessions: number
  readonly rooms: number
  readonly blocks: number
  readonly bans: number
  /** Reports that they made, which stay without their name and text. */
  readonly reportsMade: number
  readonly ownedRooms: number
  readonly directChats: number
  readonly reportsAbout: number
  readonly auditEntries: number
  readonly notices: number
}

/** Rows, counted to `erasureCountedTo`. */
const count = (from: ReturnType<typeof sql>) =>
  sql`(select count(*) from (select from ${from} limit ${sql.lit(erasureCountedTo)}) x)`

/** What an erasure of a user would come upon: each is counted to `erasureCountedTo`, by an index. */
export async function listForErasure(db: Db, userId: number): Promise<ErasureList> {
  const { rows } = await sql<ErasureList>`
    select ${count(sql`messages where user_id = ${userId} and client_id is not null and deleted_at is null`)} as "messages",
           ${count(sql`reactions where user_id = ${userId}`)} as "reactions",
           ${count(sql`held_messages where user_id = ${userId}`)} as "heldMessages",
           ${count(sql`notifications where user_id = ${userId} and removed_at is null`)} as "notifications",
           ${count(sql`sessions where user_id = ${userId}`)} as "sessions",
           ${count(sql`memberships m join rooms r on r.id = m.room_id
                        where m.user_id = ${userId} and r.deleted_at is null`)} as "rooms",
           ${count(sql`blocks where user_id = ${userId}`)} as "blocks",
           ${count(sql`bans where user_id = ${userId}`)} as "bans",
           ${count(sql`reports where reporter_id = ${userId}`)} as "reportsMade",
           ${count(sql`memberships m join rooms r on r.id = m.room_id
                        where m.user_id = ${userId} and m.role = 'owner' and r.kind <> 'direct' and r.deleted_at is null`)} as "ownedRooms",
           ${count(sql`memberships m join rooms r on r.id = m.room_id
                        where m.user_id = ${userId} and r.kind = 'direct' and r.deleted_at is null`)} as "directChats",
           ${count(sql`report_cases where subject_id = ${userId}`)} as "reportsAbout",
           ${count(sql`audit_log where subject_id = ${userId} or actor_id = ${userId}`)} as "auditEntries",
           ${count(sql`notices where subject_id = ${userId}`)} as "notices"`.execute(db)
  return rows[0]!
}

/** Erases a user, as far as a request has time. Throws `conflict` for the only admin. */
export async function eraseUser(
  context: ChatContext,
  admin: Admin,
  userId: number,
  reason: string,
): Promise<void> {
  await context.db.transaction().execute(async (trx) => {
    await lockAdmins(trx, admin)
    await refuseLastAdmin(trx, await lockUser(trx, userId))
    const { rows } = await sql<{ is_begun: boolean }>`
      select erase_account_v1(${userId}) as is_begun`.execute(trx)
    if (!rows[0]!.is_begun) throw noSuchUser()
    await writeAudit(trx, admin, { action: 'erase_user', subjectId: userId, reason })
  })
  await leaveAtOnce(context, userId)
  await continueErasure(context, userId, erasureSeconds)
}

/** Goes on with one that is not done. */
export async function continueErasureOf(context: ChatContext, userId: number): Promise<void> {
  if ((await getErasure(context.db, userId)).finished_at !== null) {
    throw new ChatError('conflict', 'this erasure is complete already')
  }
  await leaveAtOnce(context, userId)
  await continueErasure(context, userId, erasureSeconds)
}

export interface Erasure {
  readonly user_id: number
  readonly created_at: Date
  /** null: there are messages or reactions left. */
  readonly finished_at: Date | null
  readonly messages: number
  readonly reactions: number
}

const columns = ['user_id', 'created_at', 'finished_at', 'messages', 'reactions'] as const

/** Of whom nothing else is known any more. */
export async function getErasure(db: Db, userId: number): Promise<Erasure> {
  const erasure = await db
    .selectFrom('erasures')
    .where('user_id', '=', userId)
    .select(columns)
    .executeTakeFirst()
  if (!erasure) throw noSuchUser()
  return erasure
}

/** Erasures that somebody has to go on with: the first ten. */
export async function listUnfinishedErasures(db: Db): Promise<readonly Erasure[]> {
  return await db
    .selectFrom('erasures')
    .where('finished_at', 'is', null)
    .orderBy('continued_at')
    .limit(10)
    .select(columns)
    .execute()
}
