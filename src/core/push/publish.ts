/**
 * Pushes. The log is the truth and a push is a hint [W7]: what a socket misses it finds by its next
 * gap or by heads. So pushes are made after the commit, and one that fails does not fail what it tells of.
 */
import { sql } from 'kysely'
import {
  frameOutMaxBytes,
  goneAfterSeconds,
  onlineSeconds,
  recipientsAtOnce,
} from '../../protocol/limits.ts'
import type { DurableEvent, ServerEvent } from '../../protocol/socket.ts'
import type { ChatContext } from '../context.ts'
import type { Db, Trx } from '../database/database.ts'
import type { Poster, PostOptions } from '../ports.ts'

export interface Pushes {
  readonly db: Db
  readonly sender: Poster
}

/** Asked for with what is committed; one more than a handler pushes to, to know that there are more. */
export const recipientsAsked = recipientsAtOnce + 1

export interface Recipient {
  readonly connectionId: string
  /** Knows only messages, one a frame [W2]. */
  readonly isSimple: boolean
}

/** Sockets of a room's members, read in the transaction of what they are to be told. */
export interface Audience {
  readonly roomId: number
  readonly recipients: readonly Recipient[]
}

/** Who is told of a durable event other than a message: simple clients know only messages [W2]. */
export async function readAudience(trx: Trx, roomId: number): Promise<Audience> {
  const result = await sql<{ connection_id: string }>`
    select connection_id from audience_v1(${roomId}, '', ${sql.lit(recipientsAsked)})`.execute(trx)
  return {
    roomId,
    recipients: result.rows.map(({ connection_id }) => ({
      connectionId: connection_id,
      isSimple: false,
    })),
  }
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

/**
 * Pushes a room's events, in their order, to an audience; a larger one is left to the fan-out as a whole, so
 * that each of its sockets is always served from the same place. Gives whether that was done or taken over.
 */
export async function publish(
  context: Pushes & Pick<ChatContext, 'fanOut'>,
  events: readonly DurableEvent[],
  { roomId, recipients }: Audience,
): Promise<boolean> {
  if (isForFanOut(recipients)) return await context.fanOut.toRoom(roomId, events)
  await sendEvents(context, recipients, events)
  return true
}

/** [M3] Pushes again what may have been missed. Simple clients know nothing by its number, and would show it twice. */
export async function publishAgain(
  context: Pushes & Pick<ChatContext, 'fanOut'>,
  events: readonly DurableEvent[],
  { roomId, recipients }: Audience,
): Promise<boolean> {
  if (isForFanOut(recipients)) return await context.fanOut.toRoom(roomId, events, true)
  await sendEvents(
    context,
    recipients.filter(({ isSimple }) => !isSimple),
    events,
  )
  return true
}

export function isForFanOut(recipients: readonly Recipient[]): boolean {
  return recipients.length === recipientsAsked
}

/**
 * [W2, W4] Events in their order: all to v1 sockets, in as few frames as they fit; messages alone to simple ones,
 * whose clients know no `seq` and go on only as long as they miss none.
 */
export async function sendEvents(
  context: Pushes,
  recipients: readonly Recipient[],
  events: readonly DurableEvent[],
): Promise<void> {
  const idsOf = (isSimple: boolean) =>
    recipients.filter((each) => each.isSimple === isSimple).map(({ connectionId }) => connectionId)
  const [ids, simpleIds] = [idsOf(false), idsOf(true)]
  if (ids.length > 0) for (const frame of toFrames(events)) await sendFrame(context, ids, frame)
  if (simpleIds.length === 0) return
  for (const event of events) {
    if (event.type === 'message' && event.message !== null)
      await sendFrame(context, simpleIds, JSON.stringify(event), { closeMissed: true })
  }
}

/** [W6] Events as JSON, in their order, to one v1 socket. Other work of the process is done between two frames. */
export async function sendReplayed(
  context: Pushes,
  connectionId: string,
  events: readonly string[],
): Promise<void> {
  for (const frame of packFrames(events)) {
    await sendFrame(context, [connectionId], frame)
    await new Promise((resolve) => setImmediate(resolve))
  }
}

/** Sends one or more events that are in no log. */
export async function sendTo(
  context: Pushes,
  events: ServerEvent | readonly ServerEvent[],
  connectionIds: readonly string[],
  options?: PostOptions,
): Promise<void> {
  for (const frame of toFrames([events].flat()))
    await sendFrame(context, connectionIds, frame, options)
}

/** Posts to a v1 socket that events are. */
export function countFrames(events: readonly ServerEvent[]): number {
  return toFrames(events).length
}

function toFrames(events: readonly ServerEvent[]): string[] {
  return packFrames(events.map((event) => JSON.stringify(event)))
}

/** [W4] One event is a frame; several are arrays of as many as fit. */
function packFrames(events: readonly string[]): string[] {
  if (events.length === 1) return [events[0]!]
  const frames: string[][] = [[]]
  let bytes = 2
  for (const event of events) {
    const size = Buffer.byteLength(event) + 1
    if (bytes + size > frameOutMaxBytes && frames.at(-1)!.length > 0) {
      frames.push([])
      bytes = 2
    }
    frames.at(-1)!.push(event)
    bytes += size
  }
  return frames.map((parts) => `[${parts.join()}]`)
}

async function sendFrame(
  { db, sender }: Pushes,
  ids: readonly string[],
  frame: string,
  options?: PostOptions,
): Promise<void> {
  if (ids.length === 0) return
  const gone = await sender.post(ids, frame, options)
  if (gone.length > 0) await forgetGone({ db, sender }, gone)
}

/**
 * [W11] A younger connection may be one whose $connect has not been answered yet. A row that somebody
 * else has is left to the next push: nobody waits for this, and it is not worth waiting for. Users
 * whose last connection it was are offline now. Their $disconnect will find nothing to tell of, so others are told
 * here. A socket that is told and is gone, too, is left to the next push: or one push would go on to all that are gone.
 */
async function forgetGone({ db, sender }: Pushes, ids: readonly string[]): Promise<void> {
  const { rows } = await sql<PresenceRow>`
    select * from forget_gone_v1(${JSON.stringify(ids)}, ${sql.lit(goneAfterSeconds)}, ${sql.lit(onlineSeconds)},
      ${sql.lit(recipientsAtOnce)})`.execute(db)
  const told = Map.groupBy(rows, ({ user_id }) => user_id)
  const posts = [...told.values()].map((of) =>
    sender.post(
      of.map(({ connection_id }) => connection_id),
      JSON.stringify(presenceOf(of[0]!, false)),
      { mayBeDropped: true },
    ),
  )
  await Promise.all(posts)
}

/** A user, and a socket that is told whether they are online. */
export interface PresenceRow {
  readonly user_id: number
  readonly username: string
  readonly display_name: string | null
  readonly connection_id: string
}

function presenceOf(
  { user_id, username, display_name }: PresenceRow,
  online: boolean,
): ServerEvent {
  return { type: 'presence', user_id, username, display_name, online }
}

/** [W11] Tells the sockets that a user has gone; no rows, nobody to be told. */
export async function announceOffline(
  context: Pushes,
  rows: readonly PresenceRow[],
): Promise<void> {
  if (!rows[0]) return
  await sendTo(
    context,
    presenceOf(rows[0], false),
    rows.map(({ connection_id }) => connection_id),
    { mayBeDropped: true },
  )
}
