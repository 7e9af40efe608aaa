import { sql } from 'kysely'
import { unreadMax } from '../../protocol/limits.ts'
import { type Pushes, tell } from '../connections/publish.ts'
import { ChatError } from '../errors.ts'
import { pageSize } from '../fan-out/push-to-room.ts'
import { renderNotification } from './render-notification.ts'

/** What an admin says; `text` is of the form of `noticeText`. */
export type Notice = { readonly text: string } & (
  { readonly userId: number } | { readonly everybody: true }
)

/** [N1] Notifies one user, or everybody who has an account; gives how many. Whether the caller may is not asked here. */
export async function sendNotice(context: Pushes, notice: Notice): Promise<number> {
  const whom = 'userId' in notice ? sql`u.id = ${notice.userId}` : sql`true`
  const { rows } = await sql<{ count: number; first_id: number; last_id: number; at: Date }>`
    with made as (
      insert into notifications (user_id, kind, text)
      select u.id, 'notice', ${notice.text} from users u where u.deleted_at is null and ${whom}
      returning id, created_at)
    select count(*) as count, coalesce(min(id), 0) as first_id, coalesce(max(id), 0) as last_id,
           max(created_at) as at
      from made`.execute(context.db)
  const { count, first_id: firstId, last_id: lastId, at } = rows[0]!
  if (count === 0) {
    // Of everybody there is at least the admin.
    throw new ChatError('not_found', 'no such user')
  }
  await push(context, notice.text, at, firstId, lastId)
  return count
}

interface SocketRow {
  readonly connection_id: string
  readonly user_id: number
  readonly id: number
  readonly unread: number
}

/** To the v1 sockets of those who have one of these notices, in pages. */
async function push(
  context: Pushes,
  text: string,
  at: Date,
  firstId: number,
  lastId: number,
): Promise<void> {
  let after = ''
  for (;;) {
    const { rows } = await sql<SocketRow>`
      with page as (
        select c.id as connection_id, c.user_id, n.id
          from connections c
          join notifications n on n.user_id = c.user_id
            and n.id between ${firstId} and ${lastId} and n.text = ${text}
         where c.id > ${after} and not c.simple and c.expires_at > now()
         order by c.id
         limit ${sql.lit(pageSize)})
      select page.*, counted.unread
        from page
        join (select u.user_id, unread_notifications_v1(u.user_id, ${sql.lit(unreadMax)}) as unread
                from (select distinct user_id from page) u) counted on counted.user_id = page.user_id
       order by page.connection_id`.execute(context.db)
    const users = Map.groupBy(rows, ({ user_id }) => user_id)
    await Promise.all(
      Array.from(users.values(), async (sockets) => {
        const { id, unread } = sockets[0]!
        const notification = renderNotification({
          id,
          kind: 'notice',
          room_id: null,
          room_title: null,
          message_seq: null,
          message_id: null,
          user_id: null,
          username: null,
          text,
          created_at: at,
          read_at: null,
        })
        await tell(
          context,
          { type: 'notification', ...notification, unread },
          sockets.map(({ connection_id }) => connection_id),
        )
      }),
    )
    if (rows.length < pageSize) return
    after = rows.at(-1)!.connection_id
  }
}
