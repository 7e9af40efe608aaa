import type { BlockedUser } from '../../protocol/users.ts'
import type { Db } from '../database/database.ts'
import { type Page, type PageRequest, toPage } from '../paging.ts'
import { wireTime } from '../time.ts'
import { getCaller } from '../identity/session.ts'

/** Whom the caller has blocked, the longest registered first. */
export async function listBlocks(
  db: Db,
  sessionId: number,
  request: PageRequest,
): Promise<Page<BlockedUser>> {
  const { userId } = await getCaller(db, sessionId)
  const { cursor, limit } = request
  const isBackward = cursor?.direction === 'before'
  const rows = await db
    .selectFrom('blocks as b')
    .innerJoin('users as u', 'u.id', 'b.blocked_id')
    .where('b.user_id', '=', userId)
    .where('u.deleted_at', 'is', null)
    .$if(cursor !== undefined, (query) =>
      query.where('b.blocked_id', isBackward ? '<' : '>', cursor!.key),
    )
    .orderBy('b.blocked_id', isBackward ? 'desc' : 'asc')
    .limit(limit + 1)
    .select(['u.id', 'u.username', 'u.display_name', 'u.bio', 'b.created_at as blocked_at'])
    .execute()
  return toPage(
    rows,
    request,
    (row) => row.id,
    (row) => ({ ...row, blocked_at: wireTime(row.blocked_at) }),
  )
}
