/** [R7] Which members may be removed or banned, and how a user is kept out of a room. */
import { sql } from 'kysely'
import type { Role } from '../../protocol/rooms.ts'
import type { Trx } from '../database/database.ts'
import { ChatError } from '../errors.ts'
import { refusalError } from '../refusals/refusal.ts'
import type { Access } from './access.ts'

/** Owners remove and ban anybody except owners. Moderators remove and ban anybody except owners and moderators. */
export function refuseAbove(access: Access, role: Role | undefined, what: string): void {
  if (role === 'owner' || (role === 'moderator' && access.role !== 'owner')) {
    throw new ChatError(
      'forbidden',
      `this user cannot be ${what} by you: they are ${role} of the room`,
    )
  }
}

/**
 * Keeps a user out of a room: for `seconds`, or by a lasting ban if that is null. Returns false if the user was banned
 * before; then only the reason changes, if one is given. Call it after the transaction has taken its other locks.
 */
export async function keepOut(
  trx: Trx,
  { roomId, caller }: Access,
  userId: number,
  { reason, seconds }: { reason: string | undefined; seconds: number | null },
): Promise<boolean> {
  const { rows } = await sql<{ outcome: 'banned' | 'again' | 'gone' }>`
    select ban_v1(${roomId}, ${userId}, ${caller.userId}, ${reason ?? null}, ${seconds}) as outcome`.execute(
    trx,
  )
  const { outcome } = rows[0]!
  if (outcome === 'gone') throw refusalError({ status: outcome }, { other: null })
  return outcome === 'banned'
}
