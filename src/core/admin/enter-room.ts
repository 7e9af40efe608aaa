import { sql } from 'kysely'
import type { RoomKind } from '../../protocol/rooms.ts'
import type { Trx } from '../database/database.ts'
import { noSuchRoom } from '../errors.ts'
import { type Access, lockRoomUnasked } from '../rooms/access.ts'
import { type Admin, lockAdmins } from './session.ts'

/** A locked room that an admin changes: with the rights of an owner, and with the room's values before the change. */
export interface AdminAccess extends Access {
  readonly before: RoomBefore
}

export interface RoomBefore {
  readonly name: string
  readonly title: string
  readonly description: string
  readonly archived_at: Date | null
}

/**
 * Locks a room for an action of an admin, after the lock that all actions of admins share. The admin acts under their
 * own name: events and `removed_by` show it, as they show an owner's name.
 */
export async function enterRoom(trx: Trx, admin: Admin, roomId: number): Promise<AdminAccess> {
  await lockAdmins(trx, admin)
  if (!(await lockRoomUnasked(trx, roomId))) throw noSuchRoom()
  const { rows } = await sql<RoomBefore & { kind: RoomKind; display_name: string | null }>`
    select r.kind, r.name, r.title, r.description, r.archived_at, u.display_name
      from rooms r, users u where r.id = ${roomId} and u.id = ${admin.userId}`.execute(trx)
  const { kind, display_name: displayName, ...before } = rows[0]!
  return { caller: { ...admin, displayName }, roomId, kind, role: 'owner', before }
}
