import { sql } from 'kysely'
import { onlineSeconds } from '../../protocol/limits.ts'
import { type Pushes, recipientsAsked, tell } from './publish.ts'

interface PresenceRow {
  user_id: number
  username: string
  display_name: string | null
  connection_id: string
}

/** Forgets a socket: one statement. Whether it comes at all is best effort; rows expire by themselves [W11]. */
export async function disconnect(context: Pushes, connectionId: string): Promise<void> {
  const { rows } = await sql<PresenceRow>`
    select * from disconnect_v2(${connectionId}, ${sql.lit(onlineSeconds)}, ${sql.lit(recipientsAsked)})`.execute(
    context.db,
  )
  if (!rows[0]) return
  const { user_id, username, display_name } = rows[0]
  await tell(
    context,
    { type: 'presence', user_id, username, display_name, online: false },
    rows.map((row) => row.connection_id),
  )
}
