import { sql } from 'kysely'
import type { Session } from '../../protocol/accounts.ts'
import { endSockets } from '../push/end-sockets.ts'
import type { ChatContext } from '../context.ts'
import type { Db } from '../database/database.ts'
import { noSuchSession } from '../errors.ts'
import { type ListPage, type PageRequest, seek, toPage } from '../paging.ts'
import { wireTime } from '../time.ts'
import { revoke } from '../identity/revoke-session.ts'
import { getSessionOwner } from '../identity/session.ts'

/** [A4] The caller's sessions that have not ended, the newest first. */
export async function listSessions(
  db: Db,
  sessionId: number,
  request: PageRequest,
): Promise<ListPage<Session>> {
  const { userId } = await getSessionOwner(db, sessionId)
  const { position, order, limit } = seek('id', 'desc', request)
  const rows = await db
    .selectFrom('sessions')
    .where('user_id', '=', userId)
    .where('revoked_at', 'is', null)
    .where('expires_at', '>', sql<Date>`now()`)
    .where(position)
    .orderBy(order)
    .limit(limit)
    .select(['id', 'created_at', 'used_at', 'expires_at', 'address', 'user_agent'])
    .execute()
  return toPage(
    rows,
    request,
    (row) => row.id,
    (row) => ({
      ...row,
      created_at: wireTime(row.created_at),
      used_at: wireTime(row.used_at),
      expires_at: wireTime(row.expires_at),
      current: row.id === sessionId,
    }),
  )
}

/** [A4] Ends the current session. A second logout at the same moment succeeds, too. */
export async function logout(context: ChatContext, sessionId: number): Promise<void> {
  const { userId } = await getSessionOwner(context.db, sessionId)
  await revoke(context.db, userId, sessionId)
  await endSockets(context, userId)
}

/** [A4] Ends one of the caller's sessions. It may be the current one. */
export async function endSession(
  context: ChatContext,
  sessionId: number,
  endedId: number,
): Promise<void> {
  const { userId } = await getSessionOwner(context.db, sessionId)
  if (!(await revoke(context.db, userId, endedId))) throw noSuchSession()
  await endSockets(context, userId)
}

/** [A4] Ends all of the caller's sessions except the current one. */
export async function endOtherSessions(context: ChatContext, sessionId: number): Promise<void> {
  const { userId } = await getSessionOwner(context.db, sessionId)
  await sql`
    update sessions set revoked_at = now()
     where id in (
       select id from sessions
        where user_id = ${userId} and id <> ${sessionId} and revoked_at is null
        order by id for no key update)`.execute(context.db)
  await endSockets(context, userId)
}
