import { sql } from 'kysely'
import type { CreateRoomRequest, Room } from '../../protocol/rooms.ts'
import type { Caller } from '../accounts/session.ts'
import { readSockets, tell } from '../connections/publish.ts'
import type { ChatContext } from '../context.ts'
import { ChatError, sessionEnded } from '../errors.ts'
import { isUniqueViolation } from '../unique-violation.ts'
import { getRoom } from './find-rooms.ts'
import { nameFromTitle, randomWord } from './room-name.ts'

/** [R1] The maker is the room's owner. */
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
  const name = nameFromTitle(request.title)
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
    const owner = await sql<{ seq: number | null }>`
      select seq from add_member_v1(${id}, ${userId}, 'owner', ${userId})`.execute(trx)
    // Their account has been deleted meanwhile.
    if (owner.rows[0]!.seq === null) throw sessionEnded()
    return { room: await getRoom(trx, userId, id), sockets: await readSockets(trx, userId) }
  })
  await tell(context, { type: 'room.added', room }, sockets)
  return room
}
