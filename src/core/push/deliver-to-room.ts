import { sql } from 'kysely'
import type { DurableEvent } from '../../protocol/socket.ts'
import { knownAudiencesOf } from './known-audiences.ts'
import { countFrames, sendEvents, type Pushes, type Recipient } from './publish.ts'

/**
 * A part of a room's connections. A hash of the connection's id decides the shard, so a connection stays in its shard
 * while others come and go.
 */
export interface Shard {
  readonly shards: number
  readonly shard: number
}

export const pageSize = 1_000

/**
 * [R5] Sends a room's events to the connections of a shard, page by page. Each page is read under the room's lock.
 * Returns how many of the events were sent. It sends all of them, unless that takes more than `postsMax` posts: then it
 * sends only the first ones that fit, and at least one.
 */
export async function deliverToRoom(
  context: Pushes,
  roomId: number,
  events: readonly DurableEvent[],
  { shards, shard }: Shard,
  postsMax = Infinity,
  isAgain = false,
): Promise<number> {
  const withSimple = !isAgain && events.some(({ type }) => type === 'message')
  let pushing = events
  let after = ''
  const audiences = knownAudiencesOf(context.db)
  for (;;) {
    const key = `${roomId} ${shard}/${shards} ${after}`
    const known = audiences.get(key)
    const { rows } = await sql<{ page: string }>`
      select page from locked_audience_page_v1(${roomId}, ${shards}, ${shard}, ${after}, ${sql.lit(pageSize)},
        ${known?.state ?? null}) page`.execute(context.db)
    const page = audiences.read(key, rows[0]!.page, known)
    const { last } = page
    const recipients = withSimple
      ? page.recipients
      : page.recipients.filter(({ isSimple }) => !isSimple)
    if (
      after === '' &&
      last !== null &&
      recipients.length > 0 &&
      events.length > 1 &&
      postsMax < Infinity
    ) {
      const sockets = (await countSubscriptions(context, roomId)) / shards
      pushing = cutToPosts(events, recipients, sockets, postsMax)
    }
    await sendEvents(context, recipients, pushing)
    if (last === null) return pushing.length
    after = last
  }
}

async function countSubscriptions({ db }: Pushes, roomId: number): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(*) as count from subscriptions where room_id = ${roomId}`.execute(db)
  return rows[0]!.count
}

/**
 * Cuts the events to `postsMax` posts. It assumes that all pages have the same share of simple clients as this page. A
 * simple client costs one post for each message.
 */
function cutToPosts(
  events: readonly DurableEvent[],
  page: readonly Recipient[],
  sockets: number,
  postsMax: number,
): readonly DurableEvent[] {
  const simple = page.filter(({ isSimple }) => isSimple).length / page.length
  const postsOf = (some: readonly DurableEvent[]) =>
    sockets * ((1 - simple) * countFrames(some) + simple * some.length)
  let cut = events
  while (cut.length > 1 && postsOf(cut) > postsMax) cut = cut.slice(0, Math.ceil(cut.length / 2))
  return cut
}
