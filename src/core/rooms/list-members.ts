import type { Member, Role } from '../../protocol/rooms.ts'
import type { Db } from '../database/database.ts'
import { type ListPage, type PageRequest, seek, toPage } from '../paging.ts'
import { wireTime } from '../time.ts'
import { accessRoom } from './access.ts'

/** [R2] The members of a room that the caller may see, in the order of their registration. */
export async function listMembers(
  db: Db,
  sessionId: number,
  roomId: number,
  request: PageRequest,
): Promise<ListPage<Member>> {
  await accessRoom(db, sessionId, roomId)
  return await pageOfMembers(db, roomId, request, (row) => ({
    ...row,
    joined_at: wireTime(row.joined_at),
  }))
}

export interface MemberRow {
  readonly user_id: number
  readonly username: string
  readonly display_name: string | null
  readonly role: Role
  readonly joined_at: Date
}

/**
 * The members of a room. This function does not check access. Deleted accounts that have not left the room yet are left
 * out.
 */
export async function pageOfMembers<T>(
  db: Db,
  roomId: number,
  request: PageRequest,
  render: (row: MemberRow) => T,
): Promise<ListPage<T>> {
  const { position, order, limit } = seek('m.user_id', 'asc', request)
  const rows = await db
    .selectFrom('memberships as m')
    .innerJoin('users as u', 'u.id', 'm.user_id')
    .where('m.room_id', '=', roomId)
    .where('u.deleted_at', 'is', null)
    .where(position)
    .orderBy(order)
    .limit(limit)
    .select(['m.user_id', 'u.username', 'u.display_name', 'm.role', 'm.joined_at'])
    .execute()
  return toPage(rows, request, (row) => row.user_id, render)
}
