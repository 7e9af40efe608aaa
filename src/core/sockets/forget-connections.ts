import type { Db } from '../database/database.ts'

/**
 * [W11] Forgets all connections and their subscriptions. Only for the one server of a database, before it accepts
 * sockets. Otherwise the rows that a crash left behind would count as open sockets, and their users as online, until
 * they expire.
 */
export async function forgetConnections(db: Db): Promise<void> {
  await db.deleteFrom('connections').execute()
}
