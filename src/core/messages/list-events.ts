import type { DurableEvent } from '../../protocol/socket.ts'
import { pageMaxBytes } from '../../protocol/limits.ts'
import type { Db } from '../database/database.ts'
import type { ListPage } from '../paging.ts'
import { accessRoom } from '../rooms/access.ts'
import { readEvents } from '../log/read-events.ts'

/** [M6] A page of a room's log. There are only pages forward: the log begins at `seq` 1. */
export async function listEvents(
  db: Db,
  sessionId: number,
  roomId: number,
  { after, limit }: { after: number; limit: number },
): Promise<ListPage<DurableEvent>> {
  const { caller } = await accessRoom(db, sessionId, roomId)
  const { events, hasMore } = await readEvents(
    db,
    roomId,
    caller.userId,
    after,
    limit,
    pageMaxBytes,
  )
  const last = events.at(-1)
  return {
    results: events,
    next: hasMore && last ? { direction: 'after', key: last.seq } : null,
    previous: null,
  }
}
