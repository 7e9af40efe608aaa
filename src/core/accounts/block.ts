/**
 * [A6] Blocking ends private contact. The direct chat of the two users stays, but shows neither user the other one's
 * presence. The list of the blocking user leaves it out until they unblock the other user.
 */
import { sql } from 'kysely'
import { onlineSeconds } from '../../protocol/limits.ts'
import { readSockets, sendTo } from '../push/publish.ts'
import type { ChatContext } from '../context.ts'
import type { Db, Trx } from '../database/database.ts'
import { ValidationError } from '../errors.ts'
import { directKey } from '../rooms/direct-key.ts'
import { findRooms } from '../rooms/find-rooms.ts'
import { type Caller, toUser } from '../identity/caller.ts'
import { getUserByName, type NamedUser } from '../names/find-user.ts'

export async function block(context: ChatContext, caller: Caller, username: string): Promise<void> {
  const { me, other } = await readTwo(context.db, caller, username)
  const { direct, isNew } = await context.db.transaction().execute(async (trx) => {
    const direct = await lockDirect(trx, me, other)
    const inserted = await trx
      .insertInto('blocks')
      .values({ user_id: me.id, blocked_id: other.id })
      .onConflict((conflict) => conflict.doNothing())
      .returning('user_id')
      .execute()
    return { direct, isNew: inserted.length > 0 }
  })
  if (!isNew || !direct) return
  const sockets = await readSockets(context.db, me.id)
  await sendTo(context, { type: 'room.removed', room_id: direct.id }, sockets)
  await showPresence(context, me, other, false)
  await showPresence(context, other, me, false)
}

export async function unblock(
  context: ChatContext,
  caller: Caller,
  username: string,
): Promise<void> {
  const { me, other } = await readTwo(context.db, caller, username)
  const { direct, wasBlocked, areApart } = await context.db.transaction().execute(async (trx) => {
    const direct = await lockDirect(trx, me, other)
    const deleted = await trx
      .deleteFrom('blocks')
      .where('user_id', '=', me.id)
      .where('blocked_id', '=', other.id)
      .returning('user_id')
      .execute()
    const { rows } = await sql<{ are_apart: boolean }>`
      select are_apart_v1(${me.id}, ${other.id}) as are_apart`.execute(trx)
    return { direct, wasBlocked: deleted.length > 0, areApart: rows[0]!.are_apart }
  })
  if (!wasBlocked || !direct) return
  const [room] = await findRooms(context.db, me.id, sql`${direct.id}`)
  // If there is no room, both users deleted their accounts in the meantime.
  if (!room) return
  await sendTo(context, { type: 'room.added', room }, await readSockets(context.db, me.id))
  if (areApart) return
  await showPresence(context, me, other, true)
  await showPresence(context, other, me, true)
}

async function readTwo(
  db: Db,
  caller: Caller,
  username: string,
): Promise<{ me: NamedUser; other: NamedUser }> {
  const other = await getUserByName(db, username)
  if (other.id === caller.userId) {
    throw new ValidationError([{ field: 'username', message: 'must be somebody else' }])
  }
  return { me: toUser(caller), other }
}

/** Locks the direct chat of two users. A concurrent send to it either comes before the block, or sees it. */
async function lockDirect(
  trx: Trx,
  one: NamedUser,
  other: NamedUser,
): Promise<{ id: number } | undefined> {
  return await trx
    .selectFrom('rooms')
    .where('direct_key', '=', directKey(one.id, other.id))
    .where('deleted_at', 'is', null)
    .select('id')
    .forNoKeyUpdate()
    .executeTakeFirst()
}

/**
 * Shows a user as offline to the other user after a block, and as online after an unblock. It sends nothing if the user
 * is offline.
 */
async function showPresence(
  context: ChatContext,
  of: NamedUser,
  to: NamedUser,
  online: boolean,
): Promise<void> {
  const { rows } = await sql<{ is_online: boolean }>`
    select is_online_v1(${of.id}, '', ${sql.lit(onlineSeconds)}) as is_online`.execute(context.db)
  if (!rows[0]!.is_online) return
  const { id: user_id, username, display_name } = of
  const sockets = await readSockets(context.db, to.id)
  await sendTo(context, { type: 'presence', user_id, username, display_name, online }, sockets)
}
