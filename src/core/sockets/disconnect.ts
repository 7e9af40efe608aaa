import { sql } from 'kysely'
import { onlineSeconds } from '../../protocol/limits.ts'
import { type PresenceRow, type Pushes, recipientsAsked, announceOffline } from '../push/publish.ts'

/**
 * [W11] Forgets a connection, in one statement. API Gateway sends $disconnect only as best effort. A connection without
 * it expires.
 */
export async function disconnect(context: Pushes, connectionId: string): Promise<void> {
  const { rows } = await sql<PresenceRow>`
    select * from disconnect_v2(${connectionId}, ${sql.lit(onlineSeconds)}, ${sql.lit(recipientsAsked)})`.execute(
    context.db,
  )
  await announceOffline(context, rows)
}
