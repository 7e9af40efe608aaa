import { sql } from 'kysely'
import type { CreateRoomRequest, Room } from '../../protocol/rooms.ts'
import type { Caller } from '../identity/caller.ts'
import { readSockets, sendTo } from '../push/publish.ts'
import type { ChatContext, Limits } from '../context.ts'
import type { Trx } from '../database/database.ts'
import { ChatError } from '../errors.ts'
import { isUniqueViolation } from '../database/unique-violation.ts'
import { type EnterRefusal, refusalError } from '../refusals/refusal.ts'
import { getRoom } from './find-rooms.ts'
import { nameFromTitle, randomWord } from './room-name.ts'

/** [R1] Creates a room. Its creator becomes the owner. */
export async function createRoom(
  context: ChatContext,
  { userId }: Caller,
  request: CreateRoomRequest,
): Promise<Room> {
  if (request.kind === 'private') return insertRoom(context, userId, request, randomWord(22))
  if (request.name !== undefined) {
    const room = await insertUnlessTaken(context, userId, request, request.name)
    if (!room) throw new ChatError('conflict', `the name ${request.name} is taken: choose another`)
    return room
  }
  const name = await nameFromTitle(request.title)
  return (
    (await insertUnlessTaken(context, userId, request, name)) ??
    (await insertRoom(context, userId, request, `${name}_${randomWord(7)}`))
  )
}

async function insertUnlessTaken(
  context: ChatContext,
  userId: number,
  request: CreateRoomRequest,
  name: string,
): Promise<Room | undefined> {
  try {
    return await insertRoom(context, userId, request, name)
  } catch (error) {
    if (isUniqueViolation(error)) return undefined
    throw error
  }
}

async function insertRoom(
  context: ChatContext,
  userId: number,
  { title, description, kind }: CreateRoomRequest,
  name: string,
): Promise<Room> {
  const { room, sockets } = await context.db.transaction().execute(async (trx) => {
    const { id } = await trx
      .insertInto('rooms')
      .values({ kind, name, title, description, created_by: userId, direct_key: null })
      .returning('id')
      .executeTakeFirstOrThrow()
    await enterOwnRoom(trx, context.limits, id, userId)
    return { room: await getRoom(trx, userId, id), sockets: await readSockets(trx, userId) }
  })
  await sendTo(context, { type: 'room.added', room }, sockets)
  return room
}

/**
 * [R8] Makes the creator the owner and checks their limits. Adding the owner counts their rooms and locks that count.
 * So rooms that a user creates at the same time are checked one after another.
 */
async function enterOwnRoom(
  trx: Trx,
  limits: Limits,
  roomId: number,
  userId: number,
): Promise<void> {
  const { rows } = await sql<{ status: EnterRefusal | 'added' }>`
    select status from add_member_v2(${roomId}, ${userId}, 'owner', ${userId},
      ${limits.roomsPerUser}, 0)`.execute(trx)
  const { status } = rows[0]!
  if (status !== 'added') throw refusalError({ status }, { roomsPerUser: limits.roomsPerUser })
  const made = await sql<{ count: number }>`
    select count(*) as count from (
      select from rooms r
       where r.created_by = ${userId} and r.kind <> 'direct' and r.deleted_at is null
         and (r.member_count = 0 or exists (
           select from memberships m where m.room_id = r.id and m.user_id = ${userId}))
       limit ${limits.roomsMadePerUser + 1}) own`.execute(trx)
  if (made.rows[0]!.count <= limits.roomsMadePerUser) return
  throw new ChatError(
    'conflict',
    `you have made ${limits.roomsMadePerUser} rooms, and a user cannot keep more: delete one, or leave one to its other members`,
  )
}
