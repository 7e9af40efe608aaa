/**
 * Pushes. The log is the truth and a push is a hint [W7]: what a socket misses it finds by its next
 * gap or by heads. So pushes are made after the commit, and one that fails does not fail what it tells of.
 */
import { sql } from 'kysely'
import { goneAfterSeconds, recipientsAtOnce } from '../../protocol/limits.ts'
import type { DurableEvent, ServerEvent } from '../../protocol/socket.ts'
import type { ChatContext } from '../context.ts'
import type { Db, Trx } from '../database.ts'

type Pushes = Pick<ChatContext, 'db' | 'sender'>

/** Asked for at once; one more than is pushed, to know that there are more. */
export const recipientsAsked = recipientsAtOnce + 1
const pageSize = 1_000

/** Sockets of a room's members, read in the transaction of what they are to be told. */
export interface Audience {
  readonly roomId: number
  readonly connectionIds: readonly string[]
}

/** Who is told of a durable event other than a message: simple clients know only messages [W2]. */
export async function readAudience(trx: Trx, roomId: number): Promise<Audience> {
  const result = await sql<{ connection_id: string }>`
    select connection_id
      from recipients_v1(${roomId}, '', false, ${sql.lit(recipientsAsked)})`.execute(trx)
  return { roomId, connectionIds: result.rows.map((row) => row.connection_id) }
}

/** The v1 sockets of a user. */
export async function readSockets(db: Db | Trx, userId: number): Promise<string[]> {
  const rows = await db
    .selectFrom('connections')
    .where('user_id', '=', userId)
    .where('simple', '=', false)
    .where('expires_at', '>', sql<Date>`now()`)
    .select('id')
    .limit(recipientsAsked)
    .execute()
  return rows.map((row) => row.id)
}

/** Pushes an event to an audience; what is beyond its first page is read in further pages. */
export async function publish(
  context: Pushes,
  event: DurableEvent,
  audience: Audience,
): Promise<void> {
  const frame = JSON.stringify(event)
  await push(context, audience.connectionIds, frame)
  let last =
    audience.connectionIds.length === recipientsAsked ? audience.connectionIds.at(-1) : undefined
  while (last !== undefined) {
    const page = await sql<{ connection_id: string }>`
      select connection_id
        from recipients_page_v1(${audience.roomId}, ${last}, ${event.type === 'message'}, ${sql.lit(pageSize)})`.execute(
      context.db,
    )
    const ids = page.rows.map((row) => row.connection_id)
    await push(context, ids, frame)
    last = ids.length === pageSize ? ids.at(-1) : undefined
  }
}

/** Sends an event that is in no log. */
export async function tell(
  context: Pushes,
  event: ServerEvent,
  connectionIds: readonly string[],
): Promise<void> {
  if (connectionIds.length > 0) await push(context, connectionIds, JSON.stringify(event))
}

/** Says goodbye and closes. A simple client is told nothing it does not know. */
export async function dismiss(
  context: Pushes,
  bye: Extract<ServerEvent, { type: 'bye' }>,
  connections: readonly { id: string; simple: boolean }[],
): Promise<void> {
  if (connections.length === 0) return
  const v1 = connections.filter(({ simple }) => !simple).map(({ id }) => id)
  if (v1.length > 0) await context.sender.post(v1, JSON.stringify(bye))
  await context.sender.close(connections.map(({ id }) => id))
}

async function push({ db, sender }: Pushes, ids: readonly string[], frame: string): Promise<void> {
  if (ids.length === 0) return
  const gone = await sender.post(ids, frame)
  if (gone.length > 0) await forgetGone(db, gone)
}

/** [W11] A younger connection may be one whose $connect has not been answered yet. */
async function forgetGone(db: Db, ids: readonly string[]): Promise<void> {
  await sql`
    delete from connections
     where id in (select jsonb_array_elements_text(cast(${JSON.stringify(ids)} as jsonb)))
       and connected_at < now() - make_interval(secs => ${sql.lit(goneAfterSeconds)})`.execute(db)
}
