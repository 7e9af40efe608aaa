import { sql } from 'kysely'
import type { Db } from '../database.ts'

/** [A4] Ends a session. It waits for what was begun under it (session_status_v1), so nothing of it comes after. */
export async function revokeSession(db: Db, sessionId: number): Promise<void> {
  await sql`update sessions set revoked_at = now() where id = ${sessionId} and revoked_at is null`.execute(
    db,
  )
}
