/**
 * [N1] What admins say to one user or to everybody. A notice is a row that says which users have it yet:
 * it is given to them in batches, each in one call, for as long as a request has; who is left is for the
 * next one to go on with. Nobody gets it twice, and whose sockets were not reached finds it in their list.
 */
import { sql } from 'kysely'
import type { Pushes } from '../push/publish.ts'
import type { Trx } from '../database/database.ts'
import { pageSize } from '../push/deliver-to-room.ts'
import { sendToUsers } from '../push/send-to-users.ts'
import { withUnread } from './count-unread.ts'
import { newNotification, renderNotification } from './render-notification.ts'

export interface Notice {
  /** Of the form that it came by: sent twice, it makes one notice. */
  readonly formKey: string
  /** Of the form of `noticeText`. */
  readonly text: string
  readonly actorId: number
  /** null: everybody who has an account. */
  readonly subjectId: number | null
}

/** Undefined: this form has made one already. Whether the actor may is not asked here. */
export async function createNotice(trx: Trx, notice: Notice): Promise<number | undefined> {
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

/** Users in one call, which takes a fraction of a second. */
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

/** Gives it to those who have not got it yet, and pushes it, until all have it or the time is over. */
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

interface SocketRow {
  readonly connection_id: string
  readonly user_id: number
  readonly id: number
  readonly unread: number
}

/** To the v1 sockets of those who have just got it, in pages. */
async function deliver(context: Pushes, batch: Batch, endsAt: number): Promise<void> {
  const { text, first_id: firstId, last_id: lastId, last_user_id: lastUserId } = batch
  let at = { user_id: batch.first_user_id, connection_id: '' }
  while (performance.now() <= endsAt) {
    const page = sql`
      select c.id as connection_id, c.user_id, n.id
        from connections c
        join notifications n on n.user_id = c.user_id
          and n.id between ${firstId} and ${lastId} and n.kind = 'notice' and n.text = ${text}
       where (c.user_id, c.id) > (${at.user_id}, ${at.connection_id}) and c.user_id <= ${lastUserId}
         and not c.simple and c.expires_at > now()
       order by c.user_id, c.id
       limit ${sql.lit(pageSize)}`
    const { rows } = await sql<SocketRow>`${withUnread(page)}`.execute(context.db)
    await sendToUsers(context, rows, ({ id, unread }) => {
      const kind = 'notice' as const
      const row = { ...newNotification, id, kind, text, created_at: batch.at }
      return [{ type: 'notification', ...renderNotification(row), unread }]
    })
    if (rows.length < pageSize) return
    at = rows.at(-1)!
  }
}
