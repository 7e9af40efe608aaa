import { sql } from 'kysely'
import { onlineSeconds } from '../../protocol/limits.ts'
import type { ServerEvent } from '../../protocol/socket.ts'
import { suspendedSince, suspensionText } from '../identity/suspension.ts'
import { type Closes, dismiss, dismissedColumns } from './dismiss.ts'
import { type PresenceRow, type Pushes, recipientsAsked, announceOffline } from './publish.ts'

/**
 * [A4] Closes the connections of those sessions of a user that have ended. This includes sessions whose connections a
 * crash left open. For a suspended user it closes all connections.
 *
 * Call it after the end of the session is committed. Then each $connect either saw the end, or its connection is found
 * here. The rows are locked in the order of their ids, as a batch of sends locks them.
 */
export async function endSockets(context: Closes, userId: number): Promise<void> {
  const ended = await context.db
    .deleteFrom('connections')
    .where('id', 'in', (eb) =>
      eb
        .selectFrom('connections as c')
        .innerJoin('sessions as s', 's.id', 'c.session_id')
        .innerJoin('users as u', 'u.id', 'c.user_id')
        .where('c.user_id', '=', userId)
        .where((where) =>
          where.or([
            where(suspendedSince('u'), 'is not', null),
            where('s.revoked_at', 'is not', null),
            where('s.expires_at', '<=', sql<Date>`now()`),
          ]),
        )
        .orderBy('c.id')
        .select('c.id')
        .forUpdate('c'),
    )
    .returning([...dismissedColumns])
    .execute()
  if (ended.length === 0) return
  const suspension = await context.db
    .selectFrom('users as u')
    .where('u.id', '=', userId)
    .where(suspendedSince('u'), 'is not', null)
    .select(['u.suspended_until', 'u.suspension_reason'])
    .executeTakeFirst()
  const why = suspension
    ? ({ code: 'suspended', message: suspensionText(suspension) } as const)
    : ({ code: 'session_revoked' } as const)
  await dismiss(context, { type: 'bye', ...why, reconnect: false, after_ms: 0 }, ended)
  await showOffline(context, userId)
}

/**
 * [W11] Closes the socket of a frame that is no longer served. If its connection is already forgotten, nothing says
 * whether its client is a simple client. Then the client gets `bye`, as a v1 client does.
 */
export async function endSocket(
  context: Closes,
  connectionId: string,
  bye: Extract<ServerEvent, { type: 'bye' }>,
): Promise<void> {
  const ended = await context.db
    .deleteFrom('connections')
    .where('id', '=', connectionId)
    .returning([...dismissedColumns, 'user_id'])
    .execute()
  await dismiss(
    context,
    bye,
    ended.length > 0 ? ended : [{ id: connectionId, simple: false, is_young: false }],
  )
  if (ended[0]) await showOffline(context, ended[0].user_id)
}

/**
 * [W11] Announces that the user is offline, unless the user has other connections. It is done here because the later
 * $disconnect finds no row.
 */
async function showOffline(context: Pushes, userId: number): Promise<void> {
  const { rows } = await sql<PresenceRow>`
    select u.id as user_id, u.username, u.display_name, p.connection_id
      from users u, partner_connections_v1(u.id, ${sql.lit(recipientsAsked)}) p
     where u.id = ${userId} and not is_online_v1(u.id, '', ${sql.lit(onlineSeconds)})`.execute(
    context.db,
  )
  await announceOffline(context, rows)
}
