/**
 * What admins do to users. Each action is one transaction with its entry in the audit log, under the lock that all
 * actions of admins share. Connections are closed after the commit.
 */
import { sql } from 'kysely'
import * as z from 'zod'
import { endPasswordLink } from '../accounts/end-password-link.ts'
import { removeSecondFactor } from '../accounts/second-factor.ts'
import { suspendedSince } from '../identity/suspension.ts'
import { endSockets } from '../push/end-sockets.ts'
import type { Closes } from '../push/dismiss.ts'
import type { Pushes } from '../push/publish.ts'
import type { Trx } from '../database/database.ts'
import { ChatError, noSuchUser } from '../errors.ts'
import type { AuditAction } from '../database/audit-actions.ts'
import { writeAudit } from './audit-log.ts'
import { type Admin, lockAdmins } from './session.ts'

export const userAction = z.enum([
  'suspend',
  'reinstate',
  'make_admin',
  'unmake_admin',
  'end_sessions',
  'remove_second_factor',
]) satisfies z.ZodType<AuditAction>
export type UserAction = z.infer<typeof userAction>

interface User {
  readonly id: number
  readonly username: string
  readonly is_admin: boolean
  readonly suspended_at: Date | null
}

/**
 * Applies an action to a user. Throws `conflict` if it is already done or not allowed. Then it closes connections, too:
 * a user who was already suspended may still have some that a crash left open. The user is told the `reason` of a
 * suspension. `hours` is its duration; null means until an admin ends it.
 */
export async function actOnUser(
  context: Closes,
  admin: Admin,
  userId: number,
  action: UserAction,
  reason: string,
  hours: number | null = null,
): Promise<void> {
  if (action === 'remove_second_factor' && userId === admin.userId) {
    throw new ChatError(
      'conflict',
      'this is your own account: use the page Two-step sign-in to turn it off',
    )
  }
  try {
    await context.db.transaction().execute(async (trx) => {
      await lockAdmins(trx, admin)
      if (action === 'end_sessions') await lockSessions(trx, userId)
      const user = await lockUser(trx, userId)
      await change[action](trx, user, { reason, hours })
      await writeAudit(trx, admin, {
        action,
        subjectId: userId,
        reason,
        ...(action === 'suspend' && hours !== null && { after: { hours } }),
      })
    })
  } catch (error) {
    if (error instanceof ChatError && error.code === 'conflict')
      await closeSockets(context, userId, action)
    throw error
  }
  await closeSockets(context, userId, action)
}

async function closeSockets(context: Closes, userId: number, action: UserAction): Promise<void> {
  if (action === 'end_sessions') await endSockets(context, userId)
  if (action !== 'suspend') return
  try {
    await awaitSessions(context, userId)
  } finally {
    await endSockets(context, userId)
  }
}

interface Given {
  readonly reason: string
  readonly hours: number | null
}

const change: Record<UserAction, (trx: Trx, user: User, given: Given) => Promise<unknown>> = {
  async suspend(trx, user, { reason, hours }) {
    if (user.suspended_at) throw done(user, 'is suspended already')
    await refuseLastAdmin(trx, user)
    await sql`
      update users
         set suspended_at = now(), suspended_until = now() + make_interval(hours => cast(${hours} as int)),
             suspension_reason = ${reason}
       where id = ${user.id}`.execute(trx)
    await endAdminSessions(trx, user)
  },
  async reinstate(trx, user) {
    if (!user.suspended_at) throw done(user, 'is not suspended')
    await sql`
      update users set suspended_at = null, suspended_until = null, suspension_reason = null
       where id = ${user.id}`.execute(trx)
  },
  async make_admin(trx, user) {
    if (user.is_admin) throw done(user, 'is an admin already')
    await trx.updateTable('users').set({ is_admin: true }).where('id', '=', user.id).execute()
    await endPasswordLink(trx, user.id)
  },
  async unmake_admin(trx, user) {
    if (!user.is_admin) throw done(user, 'is not an admin')
    await refuseLastAdmin(trx, user)
    await trx.updateTable('users').set({ is_admin: false }).where('id', '=', user.id).execute()
    await endAdminSessions(trx, user)
  },
  async end_sessions(trx, user) {
    await sql`update sessions set revoked_at = now() where user_id = ${user.id} and revoked_at is null`.execute(
      trx,
    )
    await endAdminSessions(trx, user)
  },
  async remove_second_factor(trx, user) {
    if (!(await removeSecondFactor(trx, user.id))) throw done(user, 'has no second factor')
  },
}

function done({ username }: User, what: string): ChatError {
  return new ChatError('conflict', `the user ${username} ${what}`)
}

export async function lockUser(trx: Trx, userId: number): Promise<User> {
  const user = await trx
    .selectFrom('users')
    .where('id', '=', userId)
    .where('deleted_at', 'is', null)
    .select(['id', 'username', 'is_admin', suspendedSince('users').as('suspended_at')])
    .forNoKeyUpdate()
    .executeTakeFirst()
  if (!user) throw noSuchUser()
  return user
}

/**
 * Takes the same locks as change_password_v1: first the account's own lock, so that no login can begin a session in
 * between, then its sessions.
 */
async function lockSessions(trx: Trx, userId: number): Promise<void> {
  await sql`
    select 1 as locked from pg_advisory_xact_lock(account_key_v1(${userId}))`.execute(trx)
  await sql`
    select id from sessions where user_id = ${userId} and revoked_at is null
     order by id for no key update`.execute(trx)
}

/**
 * Waits for transactions that began under the sessions of a user who is now suspended. None of them commits after this.
 */
async function awaitSessions({ db }: Pushes, userId: number): Promise<void> {
  await sql`
    select count(*) as count from (
      select id from sessions where user_id = ${userId} and revoked_at is null
       order by id for no key update) waited`.execute(db)
}

export async function refuseLastAdmin(trx: Trx, user: User): Promise<void> {
  if (!user.is_admin) return
  const other = await trx
    .selectFrom('users')
    .where('is_admin', '=', true)
    .where(suspendedSince('users'), 'is', null)
    .where('deleted_at', 'is', null)
    .where('id', '<>', user.id)
    .select('id')
    .limit(1)
    .executeTakeFirst()
  if (!other) {
    throw new ChatError(
      'conflict',
      `the user ${user.username} is the only admin: make another user an admin first`,
    )
  }
}

async function endAdminSessions(trx: Trx, user: User): Promise<void> {
  await trx.deleteFrom('admin_sessions').where('user_id', '=', user.id).execute()
}
