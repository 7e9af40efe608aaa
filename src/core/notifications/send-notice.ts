/**
 * [N1] Notices: texts from admins to one user or to all users. A notice is a row that records which users have received
 * it. It is given to users in batches. Each batch is one call, and a request makes calls as long as it has time. The
 * next request goes on with the remaining users. No user gets a notice twice. Users whose connections were not reached
 * find it in their lists.
 */
import { sql } from 'kysely'
import type { Pushes } from '../push/publish.ts'
import type { Trx } from '../database/database.ts'
import { pageSize } from '../push/deliver-to-room.ts'
import { walk } from '../paging.ts'
import { sendToUsers, type UserSocket } from '../push/send-to-users.ts'
import { withUnread } from './count-unread.ts'
import { newNotification, renderNotification } from './render-notification.ts'

export interface NewNotice {
  /** The key of the form that the notice came from. A form that is sent twice makes one notice. */
  readonly formKey: string
  /** Valid by the schema `noticeText`. */
  readonly text: string
  readonly actorId: number
  /** null: all users. */
  readonly subjectId: number | null
}

/**
 * Creates a notice. Returns undefined if this form has made one already. It does not check whether the actor may do
 * this.
 */
export async function createNotice(trx: Trx, notice: NewNotice): Promise<number | undefined> {
  const { formKey, text, actorId, subjectId } = notice
  const users =
    subjectId === null
      ? sql`0, (select coalesce(max(id), 0) from users)`
      : sql`${subjectId - 1}, ${subjectId}`
  const { rows } = await sql<{ id: number }>`
    insert into notices (form_key, text, actor_id, subject_id, after_user_id, until_user_id)
    select ${formKey}, ${text}, ${actorId}, cast(${subjectId} as bigint), ${users}
    on conflict (form_key) do nothing
    returning id`.execute(trx)
  return rows[0]?.id
}

/** Users in one call. A call of this size takes a fraction of a second. */
const batchSize = 5_000

interface Batch {
  readonly made: number
  readonly first_id: number
  readonly last_id: number
  readonly first_user_id: number
  readonly last_user_id: number
  readonly text: string
  readonly at: Date
  readonly is_done: boolean
}

/**
 * Gives the notice to users who do not have it yet, and sends it to their connections. It ends when all users have it
 * or the time is over.
 */
export async function deliverNotice(
  context: Pushes,
  noticeId: number,
  seconds: number,
  users = batchSize,
): Promise<void> {
  const endsAt = performance.now() + seconds * 1_000
  for (;;) {
    const { rows } = await sql<Batch>`
      select * from deliver_notice_v1(${noticeId}, ${users})`.execute(context.db)
    const batch = rows[0]!
    if (batch.made > 0) await deliver(context, batch, endsAt)
    if (batch.is_done || performance.now() > endsAt) return
  }
}

interface SocketRow extends UserSocket {
  readonly id: number
  readonly unread: number
}

/** Sends the notice to the v1 sockets of the users of this batch, page by page. */
async function deliver(context: Pushes, batch: Batch, endsAt: number): Promise<void> {
  const { text, first_id: firstId, last_id: lastId, last_user_id: lastUserId } = batch
  const pages = walk<SocketRow, UserSocket>(
    [sql`c.user_id`, sql`c.id`],
    async ({ position, order, limit }, after) => {
      const page = sql`
      select c.id as connection_id, c.user_id, n.id
        from connections c
        join notifications n on n.user_id = c.user_id
          and n.id between ${firstId} and ${lastId} and n.kind = 'notice' and n.text = ${text}
       where c.user_id between ${after?.user_id ?? batch.first_user_id} and ${lastUserId} and ${position}
         and not c.simple and c.expires_at > now()
       order by ${order}
       limit ${limit}`
      const { rows } = await sql<SocketRow>`${withUnread(page)}`.execute(context.db)
      return rows
    },
    (row) => row,
    { pageSize, endsAt },
    ({ user_id, connection_id }) => [user_id, connection_id],
  )
  for await (const rows of pages) {
    await sendToUsers(context, rows, ({ id, unread }) => {
      const kind = 'notice' as const
      const row = { ...newNotification, id, kind, text, created_at: batch.at }
      return [{ type: 'notification', ...renderNotification(row), unread }]
    })
  }
}
