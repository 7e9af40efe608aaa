/**
 * [A5] The rest of the work for an account that is marked as deleted: its connections, its rooms and its notifications.
 */
import { sql } from 'kysely'
import { endSockets } from '../push/end-sockets.ts'
import type { ChatContext } from '../context.ts'
import { withdraw } from '../rooms/membership.ts'
import { finishErasure } from './erase-messages.ts'

/** Closes the connections of an account that was just deleted, and leaves as many rooms as one request has time for. */
export async function leaveAtOnce(context: ChatContext, userId: number): Promise<void> {
  await endSockets(context, userId)
  await leaveRooms(context, userId, roomsByOwner)
}

/** The number of rooms that one request has time to leave. Each costs several round trips. */
const roomsByOwner = 200
/** The number of rooms that the login of another user leaves. */
const roomsByLogin = 10
/** After this time, nobody is still working on a deletion. */
const unfinishedAfterSeconds = 60

/**
 * Continues an unfinished deletion: leaves a few rooms of one account. Only one login at a time works on an account. It
 * marks the account, and other logins skip a marked account.
 */
export async function finishDeletion(context: ChatContext): Promise<void> {
  await finishErasure(context)
  const { rows } = await sql<{ id: number }>`
    update users set erasing_at = now()
     where id = (
       select id from users
        where deleted_at is not null and erased_at is null
          and greatest(deleted_at, erasing_at)
              < now() - make_interval(secs => ${sql.lit(unfinishedAfterSeconds)})
        order by deleted_at limit 1 for no key update skip locked)
    returning id`.execute(context.db)
  if (!rows[0]) return
  const { id } = rows[0]
  await endSockets(context, id)
  await leaveRooms(context, id, roomsByLogin)
  await sql`update users set erasing_at = null where id = ${id}`.execute(context.db)
}

/** Leaves at most `roomsAtOnce` rooms. After the last room the deletion is finished. */
async function leaveRooms(
  context: ChatContext,
  userId: number,
  roomsAtOnce: number,
): Promise<void> {
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
  // These rows have no use any more, but each holds a password hash or the secret of an app.
  await context.db.deleteFrom('admin_sessions').where('user_id', '=', userId).execute()
  await context.db.deleteFrom('admin_sign_ins').where('user_id', '=', userId).execute()
  await context.db.deleteFrom('second_factors').where('user_id', '=', userId).execute()
  await sql`update users set erased_at = now() where id = ${userId} and erased_at is null`.execute(
    context.db,
  )
}
