import { sql } from 'kysely'
import type { Room } from '../../protocol/rooms.ts'
import type { Caller } from '../identity/caller.ts'
import { getUserByName, type NamedUser } from '../names/find-user.ts'
import { readSockets, sendTo } from '../push/publish.ts'
import type { ChatContext } from '../context.ts'
import type { Db } from '../database/database.ts'
import { ChatError, ValidationError } from '../errors.ts'
import { type EnterRefusal, refusalError } from '../refusals/refusal.ts'
import { directKey } from './direct-key.ts'
import { fillableByOthers } from './fillable-by-others.ts'
import { getRoom } from './find-rooms.ts'
import { randomWord } from './room-name.ts'

/**
 * [R3] Opens the one direct chat of two users. Both sides use the same direct_key. If both open it at the same time,
 * the second one waits at the unique index and then finds the room of the first.
 */
export async function openDirect(
  context: ChatContext,
  caller: Caller,
  username: string,
): Promise<{ room: Room; isNew: boolean }> {
  const other = await getUserByName(context.db, username)
  if (other.id === caller.userId) {
    throw new ValidationError([{ field: 'username', message: 'must be somebody else' }])
  }
  await refuseApart(context.db, caller.userId, other)
  const key = directKey(caller.userId, other.id)
  const { id, sockets } = await context.db.transaction().execute(async (trx) => {
    const inserted = await sql<{ id: number }>`
      insert into rooms (kind, name, title, direct_key, created_by)
      values ('direct', ${randomWord(22)}, '', ${key}, ${caller.userId})
      on conflict (direct_key) where deleted_at is null do nothing
      returning id`.execute(trx)
    const room = inserted.rows[0]
    if (!room) {
      const existing = await trx
        .selectFrom('rooms')
        .where('direct_key', '=', key)
        .where('deleted_at', 'is', null)
        .select('id')
        .executeTakeFirstOrThrow()
      return { id: existing.id, sockets: undefined }
    }
    // In the order of their ids, because users are locked in this order.
    const max = context.limits.directChatsPerUser
    for (const userId of [caller.userId, other.id].toSorted((a, b) => a - b)) {
      const isCaller = userId === caller.userId
      const added = await sql<{ status: EnterRefusal | 'added' }>`
        select status from add_member_v2(${room.id}, ${userId}, 'owner', ${caller.userId}, 0,
          ${isCaller ? max : fillableByOthers(max)})`.execute(trx)
      const { status } = added.rows[0]!
      if (status !== 'added') {
        const about = isCaller ? undefined : other.username
        throw refusalError({ status }, { directChatsPerUser: max, other: about })
      }
    }
    const [mine, theirs] = [await readSockets(trx, caller.userId), await readSockets(trx, other.id)]
    return { id: room.id, sockets: { mine, theirs } }
  })
  const room = await getRoom(context.db, caller.userId, id)
  if (sockets) {
    await sendTo(context, { type: 'room.added', room }, sockets.mine)
    if (sockets.theirs.length > 0) {
      const seenByOther = await getRoom(context.db, other.id, id)
      await sendTo(context, { type: 'room.added', room: seenByOther }, sockets.theirs)
    }
  }
  return { room, isNew: sockets !== undefined }
}

/**
 * [A6] If one user has blocked the other, neither can open a direct chat. A caller who has blocked the other user is
 * told to unblock them.
 */
async function refuseApart(db: Db, callerId: number, other: NamedUser): Promise<void> {
  const { rows } = await sql<{ has_blocked: boolean; is_blocked: boolean }>`
    select is_blocked_v1(${other.id}, ${callerId}) as has_blocked,
           is_blocked_v1(${callerId}, ${other.id}) as is_blocked`.execute(db)
  const { has_blocked, is_blocked } = rows[0]!
  if (has_blocked) {
    throw new ChatError('forbidden', `you have blocked ${other.username}: unblock them first`)
  }
  if (is_blocked) {
    throw new ChatError('forbidden', `${other.username} does not accept messages from you`)
  }
}
