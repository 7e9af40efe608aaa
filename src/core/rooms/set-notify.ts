import type { Notify, NotifyState } from '../../protocol/rooms.ts'
import type { Db } from '../database/database.ts'
import { ChatError } from '../errors.ts'
import { accessRoom } from './access.ts'

/** [N2] Sets which messages of a room the caller is notified of. */
export async function setNotify(
  db: Db,
  sessionId: number,
  roomId: number,
  notify: Notify,
): Promise<NotifyState> {
  const { caller } = await accessRoom(db, sessionId, roomId)
  const changed = await db
    .updateTable('memberships')
    .set({ notify })
    .where('room_id', '=', roomId)
    .where('user_id', '=', caller.userId)
    .returning(['room_id', 'notify'])
    .executeTakeFirst()
  if (!changed)
    throw new ChatError('forbidden', 'only members get notifications of the room: join it first')
  return changed
}
