import { sql } from 'kysely'
import type { Db, Trx } from '../database/database.ts'

/**
 * Ends a session. It waits for transactions that run under the session (session_status_v2), so none of them commits
 * after the end. Returns whether there was a session to end.
 */
export async function revoke(db: Db | Trx, userId: number, sessionId: number): Promise<boolean> {
  const revoked = await sql<{ id: number }>`
    update sessions set revoked_at = now()
     where id = ${sessionId} and user_id = ${userId} and revoked_at is null and expires_at > now()
    returning id`.execute(db)
  return revoked.rows.length > 0
}
