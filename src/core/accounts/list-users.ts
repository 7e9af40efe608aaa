import { type RawBuilder, sql } from 'kysely'
import { displayNameWindow } from '../../protocol/limits.ts'
import type { OtherUser } from '../../protocol/users.ts'
import type { Db } from '../database/database.ts'
import { beginsWith, foldName, foldText } from '../names/fold-case.ts'
import { type ListPage, type PageRequest, seek, toPage } from '../paging.ts'
import { getCaller } from '../identity/session.ts'

/**
 * [A5] Users in the order of their usernames: those whose username or display name begins with `search`. Users whom the
 * caller has blocked are left out.
 *
 * A page of usernames is a range of the index users_username. Display names have another order than the page. So each
 * page reads the first `displayNameWindow` matching display names, because a search for one letter may match every
 * user.
 */
export async function listUsers(
  db: Db,
  sessionId: number,
  search: string | undefined,
  request: PageRequest<string>,
): Promise<ListPage<OtherUser, string>> {
  const { userId } = await getCaller(db, sessionId)
  const name = foldName(sql.ref('u.username'))
  const { position, order, limit } = seek([name], 'asc', request)
  const end = sql`order by ${order} limit ${limit}`
  const page = (users: RawBuilder<unknown>, matches: RawBuilder<unknown>) => sql<OtherUser>`
    select u.id, u.username, u.display_name, u.bio from ${users} u
     where ${matches} and ${position} and not is_blocked_v1(u.id, ${userId}) ${end}`
  const users = (matches: RawBuilder<unknown>) =>
    page(sql`users`, sql`u.deleted_at is null and ${matches}`)
  const found =
    search === undefined
      ? users(sql`true`)
      : sql<OtherUser>`
        select * from (
          (${users(beginsWith(name, foldName(sql.val(search))))})
          union (${page(findNamed(search), sql`true`)})) u ${end}`
  const { rows } = await found.execute(db)
  return toPage(
    rows,
    request,
    (row) => row.username.toLowerCase(),
    (row) => row,
  )
}

/** The users whose display name begins with `search`: the first ones in the order of display names. */
function findNamed(search: string): RawBuilder<unknown> {
  return sql`users_named_v1(nullif(${foldText(sql.val(search))}, ''), ${sql.lit(displayNameWindow)})`
}
