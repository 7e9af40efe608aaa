import { sql } from 'kysely'
import type { Db } from '../database/database.ts'
import type { Limit } from '../context.ts'

export interface SendsLeft {
  readonly status: 'ok' | 'revoked' | 'suspended'
  /** How many more messages the user may send at once. */
  readonly sendsLeft: number
}

/** [C5, C6] Reads the status of a session and what is left of its user's limit of sends. It charges nothing. */
export async function readSendsLeft(
  db: Db,
  sessionId: number,
  { count, seconds }: Limit,
): Promise<SendsLeft> {
  const { rows } = await sql<{ status: SendsLeft['status']; sends_left: number | null }>`
    select s.status, tokens_left_v1(u.sends_full_at, ${count}, ${seconds}) as sends_left
      from session_status_v2(${sessionId}) s left join users u on u.id = s.user_id`.execute(db)
  const { status, sends_left } = rows[0]!
  return { status, sendsLeft: sends_left ?? 0 }
}
