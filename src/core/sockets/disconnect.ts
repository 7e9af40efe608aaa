import { sql } from 'kysely'
import { onlineSeconds } from '../../protocol/limits.ts'
import { type PresenceRow, type Pushes, recipientsAsked, announceOffline } from '../push/publish.ts'

/** A row without a user names a connection that another transaction has locked. */
type DisconnectRow = PresenceRow | { readonly user_id: null; readonly connection_id: string }

/**
 * [W11] Forgets connections, in one statement, and one more for each that another transaction has locked. API Gateway
 * sends $disconnect only as best effort. A connection without it expires.
 */
export async function disconnect(context: Pushes, connectionIds: readonly string[]): Promise<void> {
  const { rows } = await sql<DisconnectRow>`
    select * from disconnect_v3(${JSON.stringify(connectionIds)}, ${sql.lit(onlineSeconds)},
      ${sql.lit(recipientsAsked)})`.execute(context.db)
  await announceOffline(
    context,
    rows.filter((row) => row.user_id !== null),
  )
  for (const { user_id, connection_id } of rows) {
    if (user_id === null) await disconnect(context, [connection_id])
  }
}
