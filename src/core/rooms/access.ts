import { sql } from 'kysely'
import type { Role, RoomKind } from '../../protocol/rooms.ts'
import type { Db, Trx } from '../database/database.ts'
import { ChatError, noSuchRoom, sessionEnded } from '../errors.ts'
import { refusalError } from '../refusals/refusal.ts'
import { type Caller, toCaller } from '../identity/caller.ts'
import { suspended, suspendedSince } from '../identity/suspension.ts'

/** A room as somebody sees it who may see it. */
export interface Access {
  readonly caller: Caller
  readonly roomId: number
  readonly kind: RoomKind
  /** null for someone who looks at a public room without being a member. */
  readonly role: Role | null
}

/**
 * The one way to a room for reading: one statement looks at the session, the room and the
 * membership. [C7] Throws the same for a room that is not there and one that may not be seen.
 */
export async function accessRoom(db: Db, sessionId: number, roomId: number): Promise<Access> {
  const row = await db
    .selectFrom('sessions as s')
    .innerJoin('users as u', 'u.id', 's.user_id')
    .leftJoin('rooms as r', (join) => join.on('r.id', '=', roomId).on('r.deleted_at', 'is', null))
    .leftJoin('memberships as m', (join) =>
      join.onRef('m.room_id', '=', 'r.id').onRef('m.user_id', '=', 'u.id'),
    )
    .where('s.id', '=', sessionId)
    .where('s.revoked_at', 'is', null)
    .where('s.expires_at', '>', sql<Date>`now()`)
    .where('u.deleted_at', 'is', null)
    .select([
      'u.id as user_id',
      'u.username',
      'u.display_name',
      suspendedSince('u').as('suspended_at'),
      'u.suspended_until',
      'u.suspension_reason',
      'r.kind',
      'm.role',
    ])
    .executeTakeFirst()
  if (!row) throw sessionEnded()
  if (row.suspended_at) throw suspended(row)
  if (!row.kind || (row.kind !== 'public' && !row.role)) throw noSuchRoom()
  return { caller: toCaller(row, sessionId), roomId, kind: row.kind, role: row.role }
}

/** The one way to a room for writing: the same, with the room locked until the transaction ends. */
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
 * Locks a room for what nobody asks for: a deleted account leaves it [A5]. False when it is there no
 * longer.
 */
export async function lockRoomUnasked(trx: Trx, roomId: number): Promise<boolean> {
  const result = await sql<{ is_there: boolean }>`
    select lock_room_v1(${roomId}) as is_there`.execute(trx)
  return result.rows[0]!.is_there
}

/** Refuses whoever is not at least `least` in the room. */
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
