import { sql } from 'kysely'
import type { Role, RoomKind } from '../../protocol/rooms.ts'
import type { Db, Trx } from '../database/database.ts'
import { ChatError } from '../errors.ts'
import { refusalError } from '../refusals/refusal.ts'
import { type Caller, toCaller } from '../identity/caller.ts'
import { suspended } from '../identity/suspension.ts'

/** A room that the caller may see. */
export interface Access {
  readonly caller: Caller
  readonly roomId: number
  readonly kind: RoomKind
  /** null if the caller is not a member. Then the room is public. */
  readonly role: Role | null
}

/** Whether the caller may read a room. */
export type ReadStatus = 'ok' | 'revoked' | 'suspended' | 'not_found'

/**
 * Every read of a room goes through this function, or through a function of the database that makes the same check
 * (access_room_v1). One statement checks the session, the room and the membership. [C7] It throws the same error for a
 * room that does not exist and for one that the caller may not see.
 */
export async function accessRoom(db: Db, sessionId: number, roomId: number): Promise<Access> {
  const result = await sql<{
    status: ReadStatus
    user_id: number
    username: string
    display_name: string | null
    suspended_until: Date | null
    suspension_reason: string | null
    kind: RoomKind
    role: Role | null
  }>`select * from access_room_v1(${sessionId}, ${roomId})`.execute(db)
  const row = result.rows[0]!
  if (row.status === 'suspended') throw suspended(row)
  if (row.status !== 'ok') throw refusalError({ status: row.status })
  return { caller: toCaller(row, sessionId), roomId, kind: row.kind, role: row.role }
}

/**
 * Every write to a room goes through this function. It makes the same checks as `accessRoom`, and locks the room until
 * the transaction ends.
 */
export async function lockRoom(trx: Trx, sessionId: number, roomId: number): Promise<Access> {
  const result = await sql<{
    status: 'ok' | 'revoked' | 'suspended' | 'not_found'
    user_id: number
    username: string
    display_name: string | null
    kind: RoomKind
    role: Role | null
  }>`select * from enter_room_v2(${sessionId}, ${roomId})`.execute(trx)
  const row = result.rows[0]!
  const { status } = row
  if (status !== 'ok') throw refusalError({ status })
  return { caller: toCaller(row, sessionId), roomId, kind: row.kind, role: row.role }
}

/**
 * [A5] Locks a room for a change that no member of it requests, such as the withdrawal of a deleted account. Returns
 * false if the room no longer exists.
 */
export async function lockRoomUnasked(trx: Trx, roomId: number): Promise<boolean> {
  const result = await sql<{ is_there: boolean }>`
    select lock_room_v1(${roomId}) as is_there`.execute(trx)
  return result.rows[0]!.is_there
}

/** Throws `forbidden` unless the caller has at least the role `least` in the room. */
export function requireRole(access: Access, least: Role): void {
  const order: (Role | null)[] = [null, 'member', 'moderator', 'owner']
  if (order.indexOf(access.role) >= order.indexOf(least)) return
  const needed = {
    owner: 'an owner',
    moderator: 'an owner or a moderator',
    member: 'a member',
  }
  throw new ChatError('forbidden', `only ${needed[least]} of the room can do this`)
}

export function refuseDirect(access: Access, message: string): void {
  if (access.kind === 'direct') throw new ChatError('conflict', message)
}
