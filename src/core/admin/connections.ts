import { sql } from 'kysely'
import type { Closes } from '../push/dismiss.ts'
import { endSocket } from '../push/end-sockets.ts'
import type { Db } from '../database/database.ts'
import { ChatError } from '../errors.ts'
import { type ListPage, type PageRequest, seek, toPage } from '../paging.ts'
import { writeAudit } from './audit-log.ts'
import { type Admin, lockAdmins } from './session.ts'

/** An open socket in the form that admins see. */
export interface ListedConnection {
  readonly id: string
  readonly user_id: number
  readonly username: string
  readonly display_name: string | null
  /** The room of a one-room socket, with its title; null if the socket is for all rooms of the user. */
  readonly room: { readonly id: number; readonly title: string } | null
  /** null: the socket was opened before addresses were kept. */
  readonly address: string | null
  readonly connected_at: Date
  readonly seen_at: Date
}

interface ConnectionRow extends Omit<ListedConnection, 'room'> {
  readonly room_id: number | null
  readonly room_title: string | null
}

const since = sql`cast(extract(epoch from c.connected_at) * 1000 as bigint)`

const selectConnections = sql`
  select c.id, c.user_id, u.username, u.display_name, c.room_id,
         case when r.kind = 'direct' then '' else r.title end as room_title,
         c.address, c.connected_at, c.seen_at
    from connections c
    join users u on u.id = c.user_id
    left join rooms r on r.id = c.room_id`

/**
 * Open sockets of all users or of one user, the newest first. This reads all of them, which are at most as many as the
 * server holds. An index would make every connect more expensive.
 */
export async function listConnections(
  db: Db,
  userId: number | undefined,
  request: PageRequest<string>,
): Promise<ListPage<ListedConnection, string>> {
  const { position, order, limit } = seek([since, sql`c.id`], 'desc', request, splitKey)
  const whose = userId === undefined ? sql`true` : sql`c.user_id = ${userId}`
  const { rows } = await sql<ConnectionRow>`
    ${selectConnections}
     where c.expires_at > now() and ${whose} and ${position}
     order by ${order} limit ${limit}`.execute(db)
  return toPage(rows, request, (row) => `${row.connected_at.getTime()}-${row.id}`, toListed)
}

function splitKey(key: string): [at: number, id: string] {
  const dash = key.indexOf('-')
  return [Number(key.slice(0, dash)), key.slice(dash + 1)]
}

export async function getConnection(db: Db, id: string): Promise<ListedConnection> {
  const [connection] = await findConnections(db, [id])
  if (!connection) throw noSuchConnection()
  return connection
}

/** The given connections that are open, the newest first. */
export async function findConnections(db: Db, ids: readonly string[]): Promise<ListedConnection[]> {
  const { rows } = await sql<ConnectionRow>`
    ${selectConnections}
     where c.id in (select x.id from jsonb_array_elements_text(cast(${JSON.stringify(ids)} as jsonb)) x(id))
       and c.expires_at > now()
     order by c.connected_at desc, c.id desc`.execute(db)
  return rows.map(toListed)
}

function toListed({ room_id, room_title, ...row }: ConnectionRow): ListedConnection {
  return { ...row, room: room_id === null ? null : { id: room_id, title: room_title ?? '' } }
}

/** Closes one socket and tells its client that it may connect again. */
export async function closeConnection(
  context: Closes,
  admin: Admin,
  id: string,
  reason: string,
): Promise<void> {
  await context.db.transaction().execute(async (trx) => {
    await lockAdmins(trx, admin)
    const found = await trx
      .selectFrom('connections')
      .where('id', '=', id)
      .where('expires_at', '>', sql<Date>`now()`)
      .select(['user_id', 'address', 'connected_at'])
      .executeTakeFirst()
    if (!found) throw noSuchConnection()
    const { user_id: subjectId, address, connected_at: since } = found
    await writeAudit(trx, admin, {
      action: 'close_connection',
      subjectId,
      reason,
      before: { address, since },
    })
  })
  await endSocket(context, id, { type: 'bye', code: 'closed', reconnect: true, after_ms: 0 })
}

function noSuchConnection(): ChatError {
  return new ChatError('not_found', 'this connection is closed already')
}
