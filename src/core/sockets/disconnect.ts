import { sql } from 'kysely'
import { onlineSeconds } from '../../protocol/limits.ts'
import { type PresenceRow, type Pushes, recipientsAsked, announceOffline } from '../push/publish.ts'

/** Forgets a socket: one statement. Whether it comes at all is best effort; rows expire by themselves [W11]. */
export async function disconnect(context: Pushes, connectionId: string): Promise<void> {
  const { rows } = await sql<PresenceRow>`
    select * from disconnect_v2(${connectionId}, ${sql.lit(onlineSeconds)}, ${sql.lit(recipientsAsked)})`.execute(
    context.db,
  )
  await announceOffline(context, rows)
}
