/** [R7] Who may be sent out of a room, and kept out of it. */
import { sql } from 'kysely'
import type { Role } from '../../protocol/rooms.ts'
import type { Trx } from '../database/database.ts'
import { ChatError, noSuchUser } from '../errors.ts'
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
 * For some seconds, or by a ban, which lasts. False: they were banned before, and only the reason is another one,
 * if there is one. To be called when the rest of the transaction has its locks.
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
  if (outcome === 'gone') throw noSuchUser()
  return outcome === 'banned'
}
