/**
 * The messages of a room. Everybody can read a public room. Private rooms and direct chats are closed to admins. An
 * admin can open one for an hour. This needs a reason, which the audit log keeps, and the members are notified.
 */
import { sql } from 'kysely'
import { contentOpenSeconds } from '../../protocol/limits.ts'
import type { Pushes } from '../push/publish.ts'
import type { Db, Trx } from '../database/database.ts'
import { ChatError } from '../errors.ts'
import { pageSize } from '../push/deliver-to-room.ts'
import { sendToUsers, type UserSocket } from '../push/send-to-users.ts'
import { withUnread } from '../notifications/count-unread.ts'
import { newNotification, renderNotification } from '../notifications/render-notification.ts'
import { type ListPage, type PageRequest, seek, toPage, walk } from '../paging.ts'
import { memberTitle } from '../names/room-titles.ts'
import { type Named, named, writeAudit } from './audit-log.ts'
import { enterRoom } from './enter-room.ts'
import type { Admin } from './session.ts'

/**
 * Well below the 29 s that API Gateway waits. Users whose connections are not reached in time find the notification in
 * their list.
 */
const sendingSeconds = 12

/**
 * Opens the messages of a room to this admin only. Throws `conflict` if the room is already open to the admin, or
 * public.
 */
export async function openContent(
  context: Pushes,
  admin: Admin,
  roomId: number,
  reason: string,
): Promise<void> {
  const made = await context.db.transaction().execute(async (trx) => {
    const { kind } = await enterRoom(trx, admin, roomId)
    if (kind === 'public') {
      throw new ChatError(
        'conflict',
        'everybody can read a public room: you do not need to open it',
      )
    }
    const open = await findOpening(trx, admin, roomId)
    if (open) throw new ChatError('conflict', 'you have opened this room already')
    await sql`
      insert into content_openings (room_id, admin_id, reason, expires_at)
      values (${roomId}, ${admin.userId}, ${reason},
        now() + make_interval(secs => ${sql.lit(contentOpenSeconds)}))`.execute(trx)
    await writeAudit(trx, admin, { action: 'open_content', roomId, reason })
    const { rows } = await sql<{ first_id: number; last_id: number; at: Date }>`
      with made as (
        insert into notifications (user_id, kind, room_id)
        select m.user_id, 'opened', m.room_id from memberships m
         where m.room_id = ${roomId} order by m.user_id
        returning id, created_at)
      select coalesce(min(id), 0) as first_id, coalesce(max(id), 0) as last_id,
             coalesce(max(created_at), now()) as at from made`.execute(trx)
    return rows[0]!
  })
  await deliver(context, roomId, made)
}

/** The time until which the room is open to the admin; undefined if it is closed. */
export async function findOpening(
  db: Db | Trx,
  admin: Admin,
  roomId: number,
): Promise<{ readonly expires_at: Date } | undefined> {
  return await db
    .selectFrom('content_openings')
    .where('room_id', '=', roomId)
    .where('admin_id', '=', admin.userId)
    .where('expires_at', '>', sql<Date>`now()`)
    .orderBy('expires_at', 'desc')
    .select('expires_at')
    .limit(1)
    .executeTakeFirst()
}

interface OpenedSocket extends UserSocket {
  readonly id: number
  readonly title: string
  readonly unread: number
}

/** Sends the notifications to the members' v1 sockets, page by page. */
async function deliver(
  context: Pushes,
  roomId: number,
  { first_id: firstId, last_id: lastId, at }: { first_id: number; last_id: number; at: Date },
): Promise<void> {
  const pages = walk<OpenedSocket, UserSocket>(
    [sql`n.user_id`, sql`c.id`],
    async ({ position, order, limit }, after) => {
      const page = sql`
      select c.id as connection_id, n.user_id, n.id, ${memberTitle(sql`n.user_id`)} as title
        from notifications n
        join memberships m on m.room_id = n.room_id and m.user_id = n.user_id
        join rooms r on r.id = n.room_id
        join connections c on c.user_id = n.user_id and not c.simple and c.expires_at > now()
       where n.room_id = ${roomId} and n.kind = 'opened' and n.id between ${firstId} and ${lastId}
         and m.room_id = ${roomId} and m.user_id >= ${after?.user_id ?? 0} and ${position}
       order by ${order}
       limit ${limit}`
      const { rows } = await sql<OpenedSocket>`${withUnread(page)}`.execute(context.db)
      return rows
    },
    (row) => row,
    { pageSize, endsAt: performance.now() + sendingSeconds * 1_000 },
    ({ user_id, connection_id }) => [user_id, connection_id],
  )
  for await (const rows of pages) {
    await sendToUsers(context, rows, ({ id, title: room_title, unread }) => {
      const kind = 'opened' as const
      const row = { ...newNotification, id, kind, room_id: roomId, room_title, created_at: at }
      return [{ type: 'notification', ...renderNotification(row), unread }]
    })
  }
}

export interface ContentMessage {
  readonly seq: number
  readonly author: Named | null
  /** null: the message was deleted. */
  readonly text: string | null
  readonly created_at: Date
  readonly edited_at: Date | null
}

/** The messages of a room, the newest first; undefined if the room is closed to the admin. */
export async function listContent(
  db: Db,
  admin: Admin,
  { id: roomId, kind }: { readonly id: number; readonly kind: string },
  request: PageRequest,
): Promise<ListPage<ContentMessage> | undefined> {
  if (kind !== 'public' && !(await findOpening(db, admin, roomId))) return undefined
  const { position, order, limit } = seek('m.seq', 'desc', request)
  const rows = await db
    .selectFrom('messages as m')
    .leftJoin('users as u', 'u.id', 'm.user_id')
    .where('m.room_id', '=', roomId)
    .where(position)
    .orderBy(order)
    .limit(limit)
    .select([
      'm.seq',
      'm.text',
      'm.created_at',
      'm.edited_at',
      'u.id as author_id',
      sql<string | null>`nullif(u.username, '')`.as('author_name'),
      'u.display_name as author_display_name',
    ])
    .execute()
  return toPage(
    rows,
    request,
    (row) => row.seq,
    ({ author_id, author_name, author_display_name, ...row }) => ({
      ...row,
      author: named(author_id, author_name, author_display_name),
    }),
  )
}
