import type { Db } from '../database/database.ts'
import type { Send } from './send-messages.ts'

/** Whether a send comes from a member of its room. It checks nothing else; the send itself checks the rest. */
export async function isMember(
  db: Db,
  roomId: number,
  { connectionId, sessionId }: Send,
): Promise<boolean> {
  const members = db.selectFrom('memberships as m').where('m.room_id', '=', roomId)
  const found =
    connectionId === undefined
      ? members
          .innerJoin('sessions as s', 's.user_id', 'm.user_id')
          .where('s.id', '=', sessionId ?? 0)
          .select('m.user_id')
      : members
          .innerJoin('connections as c', 'c.user_id', 'm.user_id')
          .where('c.id', '=', connectionId)
          .select('m.user_id')
  return (await found.executeTakeFirst()) !== undefined
}
