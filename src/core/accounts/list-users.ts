import { sql } from 'kysely'
import type { OtherUser } from '../../protocol/users.ts'
import type { Db } from '../database.ts'
import { type Page, type PageRequest, toPage } from '../paging.ts'
import { getCaller } from './session.ts'

/**
 * [A5] Users in the order of their names, of those whose name begins with `search`: a range of the index
 * users_by_name, where names hold nothing that sorts after a tilde. Whom the caller has blocked is left out.
 */
export async function listUsers(
  db: Db,
  sessionId: number,
  search: string | undefined,
  request: PageRequest<string>,
): Promise<Page<OtherUser>> {
  const { userId } = await getCaller(db, sessionId)
  const { cursor, limit } = request
  const isBackward = cursor?.direction === 'before'
  const name = sql<string>`lower(u.username) collate "C"`
  const rows = await db
    .selectFrom('users as u')
    .where('u.deleted_at', 'is', null)
    .$if(search !== undefined, (query) =>
      query
        .where(name, '>=', sql<string>`lower(${search!})`)
        .where(name, '<', sql<string>`lower(${search!}) || '~'`),
    )
    .$if(cursor !== undefined, (query) => query.where(name, isBackward ? '<' : '>', cursor!.key))
    .where(sql<boolean>`not is_blocked_v1(u.id, ${userId})`)
    .orderBy(name, isBackward ? 'desc' : 'asc')
    .limit(limit + 1)
    .select(['u.id', 'u.username', 'u.bio'])
    .execute()
  return toPage(
    rows,
    request,
    (row) => row.username.toLowerCase(),
    (row) => row,
  )
}
