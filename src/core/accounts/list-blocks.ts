import type { BlockedUser } from '../../protocol/users.ts'
import type { Db } from '../database/database.ts'
import { type ListPage, type PageRequest, seek, toPage } from '../paging.ts'
import { wireTime } from '../time.ts'
import { getCaller } from '../identity/session.ts'

/** The users whom the caller has blocked, in the order of their registration. */
export async function listBlocks(
  db: Db,
  sessionId: number,
  request: PageRequest,
): Promise<ListPage<BlockedUser>> {
  const { userId } = await getCaller(db, sessionId)
  const { position, order, limit } = seek('b.blocked_id', 'asc', request)
  const rows = await db
    .selectFrom('blocks as b')
    .innerJoin('users as u', 'u.id', 'b.blocked_id')
    .where('b.user_id', '=', userId)
    .where('u.deleted_at', 'is', null)
    .where(position)
    .orderBy(order)
    .limit(limit)
    .select(['u.id', 'u.username', 'u.display_name', 'u.bio', 'b.created_at as blocked_at'])
    .execute()
  return toPage(
    rows,
    request,
    (row) => row.id,
    (row) => ({ ...row, blocked_at: wireTime(row.blocked_at) }),
  )
}
