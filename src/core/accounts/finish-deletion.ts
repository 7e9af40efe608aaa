/** [A5] What is left to do of an account that is marked as deleted: its sockets, its rooms and its notifications. */
import { sql } from 'kysely'
import { endSockets } from '../push/end-sockets.ts'
import type { ChatContext } from '../context.ts'
import { withdraw } from '../rooms/membership.ts'
import { finishErasure } from './erase-messages.ts'

/** Closes the sockets of an account that was just deleted, and leaves as many rooms as a request has time for. */
export async function leaveAtOnce(context: ChatContext, userId: number): Promise<void> {
  await endSockets(context, userId)
  await leaveRooms(context, userId, roomsByOwner)
}

/** As many as are left in the time of one request, where each costs several round trips. */
const roomsByOwner = 200
/** A login of somebody else pays for so many. */
const roomsByLogin = 10
/** Whoever went on with a deletion has stopped by then. */
const unfinishedAfterSeconds = 60

/**
 * Goes on with a deletion that was begun and not finished: with a few rooms of one account. One login at a time has
 * its turn: it marks the account, and the others leave a marked account alone.
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

/** Leaves at most so many rooms; after the last one the deletion is finished. */
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
  // Good for nothing any more, but with the hash of a password in each, or the secret of an app.
  await context.db.deleteFrom('admin_sessions').where('user_id', '=', userId).execute()
  await context.db.deleteFrom('admin_sign_ins').where('user_id', '=', userId).execute()
  await context.db.deleteFrom('second_factors').where('user_id', '=', userId).execute()
  await sql`update users set erased_at = now() where id = ${userId} and erased_at is null`.execute(
    context.db,
  )
}
