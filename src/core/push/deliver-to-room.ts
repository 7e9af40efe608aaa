import { sql } from 'kysely'
import type { DurableEvent } from '../../protocol/socket.ts'
import { knownAudiencesOf } from './known-audiences.ts'
import { countFrames, sendEvents, type Pushes, type Recipient } from './publish.ts'

/** A part of a room's sockets, by their ids: the same ones each time, whoever comes and goes. */
export interface Shard {
  readonly shards: number
  readonly shard: number
}

export const pageSize = 1_000

/**
 * Pushes a room's events to the sockets of a shard, in pages, each read with the room locked [R5]. Gives how
 * many of them were pushed: where all are more than `postsMax` posts, the first of them that are not; always one.
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
    const { recipients, last } = audiences.read(key, rows[0]!.page, known)
    if (after === '' && last !== null && events.length > 1 && postsMax < Infinity) {
      const sockets = (await countSubscriptions(context, roomId)) / shards
      pushing = cutToPosts(events, recipients, sockets, postsMax)
    }
    await sendEvents(
      context,
      withSimple ? recipients : recipients.filter(({ isSimple }) => !isSimple),
      pushing,
    )
    if (last === null) return pushing.length
    after = last
  }
}

async function countSubscriptions({ db }: Pushes, roomId: number): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(*) as count from subscriptions where room_id = ${roomId}`.execute(db)
  return rows[0]!.count
}

/** As if simple clients were everywhere as frequent as in this page: their messages are a frame each. */
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
