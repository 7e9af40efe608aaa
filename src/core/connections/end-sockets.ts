import type { ChatContext } from '../context.ts'
import { dismiss } from './publish.ts'

/**
 * [A4] Closes the sockets of a session that has ended. The end is committed before this, so that a
 * $connect either saw it or is listed here.
 */
export async function endSockets(context: ChatContext, sessionId: number): Promise<void> {
  const ended = await context.db
    .deleteFrom('connections')
    .where('session_id', '=', sessionId)
    .returning(['id', 'simple'])
    .execute()
  await dismiss(
    context,
    { type: 'bye', code: 'session_revoked', reconnect: false, after_ms: 0 },
    ended,
  )
}
