/**
 * [A11] Erases a user: deletes the account as its owner would, and also the user's messages and reactions. An admin
 * first sees what will be erased and what will stay.
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

/** Well below the 29 s that API Gateway waits. */
const erasureSeconds = 12
/** Rows are counted up to this number. A page then shows that there are more. */
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
  /** Reports that the user made. They stay, without the user's name and without their text. */
  readonly reportsMade: number
  readonly ownedRooms: number
  readonly directChats: number
  readonly reportsAbout: number
  readonly auditEntries: number
  readonly notices: number
}

/** The number of rows, counted up to `erasureCountedTo`. */
const count = (from: ReturnType<typeof sql>) =>
  sql`(select count(*) from (select from ${from} limit ${sql.lit(erasureCountedTo)}) x)`

/** What an erasure of a user would find. Each kind is counted by an index, up to `erasureCountedTo`. */
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

/** Erases as much of a user as one request has time for. Throws `conflict` for the only admin. */
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

/** Continues an unfinished erasure. */
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
  /** null: some messages or reactions are left. */
  readonly finished_at: Date | null
  readonly messages: number
  readonly reactions: number
}

const columns = ['user_id', 'created_at', 'finished_at', 'messages', 'reactions'] as const

/** The erasure of a user. After it nothing else is known of the user. */
export async function getErasure(db: Db, userId: number): Promise<Erasure> {
  const erasure = await db
    .selectFrom('erasures')
    .where('user_id', '=', userId)
    .select(columns)
    .executeTakeFirst()
  if (!erasure) throw noSuchUser()
  return erasure
}

/** Unfinished erasures, the first ten. */
export async function listUnfinishedErasures(db: Db): Promise<readonly Erasure[]> {
  return await db
    .selectFrom('erasures')
    .where('finished_at', 'is', null)
    .orderBy('continued_at')
    .limit(10)
    .select(columns)
    .execute()
}
