import type { Db } from '../database/database.ts'

/**
 * [W11] Forgets all sockets, with what they are subscribed to: for a server that is the only one of its database and
 * has none yet. After a crash they would count as their users' sockets, and their users as online, until they expire.
 */
export async function forgetConnections(db: Db): Promise<void> {
  await db.deleteFrom('connections').execute()
}
