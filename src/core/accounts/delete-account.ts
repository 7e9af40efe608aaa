import { sql } from 'kysely'
import { endSockets } from '../connections/end-sockets.ts'
import type { AccountsContext, ChatContext } from '../context.ts'
import { withdraw } from '../rooms/membership.ts'
import { type AccountStatus, checkAccountStatus, confirmPassword } from './confirm-password.ts'

/**
 * [A5] Deletes the caller's account. First, in one statement, it is marked, its sessions are ended and
 * its name, address and password are wiped: nothing is begun under it any more, and the name shows
 * nowhere, whatever happens next. Then its sockets are closed, and it leaves its rooms, each in a
 * transaction of its own. What a crash leaves of that is done at somebody's login (finishDeletion).
 */
export async function deleteAccount(
  context: AccountsContext,
  sessionId: number,
  password: string,
): Promise<void> {
  const { caller, passwordHash } = await confirmPassword(context, sessionId, 'password', password)
  const { rows } = await sql<{ status: AccountStatus }>`
    select delete_account_v1(${sessionId}, ${caller.userId}, ${passwordHash}) as status`.execute(
    context.db,
  )
  checkAccountStatus(rows[0]!.status, 'password')
  await endSockets(context, caller.userId)
  await leaveRooms(context, caller.userId)
}

/** As many as are left in the time of one request, where each costs several round trips. */
const roomsAtOnce = 200
/** Whoever began has finished by then, or never will. */
const unfinishedAfterSeconds = 60

/** Goes on with a deletion that was begun and not finished; one, so that no login waits for many. */
export async function finishDeletion(context: ChatContext): Promise<void> {
  const { rows } = await sql<{ id: number }>`
    select id from users
     where deleted_at < now() - make_interval(secs => ${sql.lit(unfinishedAfterSeconds)})
       and erased_at is null
     order by deleted_at limit 1`.execute(context.db)
  if (!rows[0]) return
  await endSockets(context, rows[0].id)
  await leaveRooms(context, rows[0].id)
}

async function leaveRooms(context: ChatContext, userId: number): Promise<void> {
  const rooms = await context.db
    .selectFrom('memberships')
    .innerJoin('rooms', 'rooms.id', 'memberships.room_id')
    .where('memberships.user_id', '=', userId)
    .where('rooms.deleted_at', 'is', null)
    .orderBy('rooms.id')
    .limit(roomsAtOnce + 1)
    .select('rooms.id')
    .execute()
  for (const { id } of rooms.slice(0, roomsAtOnce)) await withdraw(context, id, userId)
  if (rooms.length > roomsAtOnce) return
  await context.db.deleteFrom('notifications').where('user_id', '=', userId).execute()
  // Good for nothing any more, but with the hash of a password in each.
  await context.db.deleteFrom('admin_sessions').where('user_id', '=', userId).execute()
  await sql`update users set erased_at = now() where id = ${userId} and erased_at is null`.execute(
    context.db,
  )
}
