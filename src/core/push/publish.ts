/**
 * Sends events to connections. The log is the truth and a push is only a hint [W7]: a client that misses a push finds
 * the gap with the next event or with `heads`. So a push is made after the commit, and a failed push does not fail the
 * request that caused it.
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
import type { Poster, PostOptions, Recipient } from '../ports.ts'

export interface Pushes {
  readonly db: Db
  readonly sender: Poster
}

/**
 * How many recipients a statement asks for. It is one more than a handler sends to, so that the handler sees that there
 * are more.
 */
export const recipientsAsked = recipientsAtOnce + 1

export type { Recipient } from '../ports.ts'

/** Connections of a room's members, read in the transaction of the events that are published to them. */
export interface Audience {
  readonly roomId: number
  readonly recipients: readonly Recipient[]
  /** Whether the recipients are all that there are. If absent, they are when a handler sends to so many. */
  readonly isWhole?: boolean
}

/**
 * The recipients of a durable event that is not a message: v1 sockets only [W2]. Simple clients still count towards the
 * limit: at the limit, all rows are returned and the event goes to the fan-out. So all events of a room are published
 * from the same place.
 */
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
 * Publishes a room's events to an audience, in the order of the log. A larger audience is left to the fan-out as a
 * whole, so that each connection is always served from the same place. Returns whether the events were sent or handed
 * over.
 */
export async function publish(
  context: Pushes & Pick<ChatContext, 'fanOut'>,
  events: readonly DurableEvent[],
  { roomId, recipients, isWhole = false }: Audience,
): Promise<boolean> {
  if (isForFanOut(recipients)) {
    return await context.fanOut.toRoom(roomId, events, false, isWhole ? recipients : undefined)
  }
  await sendEvents(context, recipients, events)
  return true
}

/**
 * [M3] Publishes events again that connections may have missed. Simple clients get none: they do not know `seq`, and
 * would show a message twice.
 */
export async function publishAgain(
  context: Pushes & Pick<ChatContext, 'fanOut'>,
  events: readonly DurableEvent[],
  { roomId, recipients, isWhole = false }: Audience,
): Promise<boolean> {
  const v1 = recipients.filter(({ isSimple }) => !isSimple)
  if (isForFanOut(recipients)) {
    return await context.fanOut.toRoom(roomId, events, true, isWhole ? v1 : undefined)
  }
  await sendEvents(context, v1, events)
  return true
}

export function isForFanOut(recipients: readonly Recipient[]): boolean {
  return recipients.length >= recipientsAsked
}

/**
 * [W2, W4] Sends events in their order. v1 sockets get all events, in as few frames as possible. Simple clients get
 * only messages, one in each frame. A simple client that misses one is disconnected, because it cannot see the gap.
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

/** How many posts to one v1 socket the events need. */
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
 * [W11] Forgets connections that are gone. It keeps young ones, since their $connect may not be answered yet. It skips
 * rows that another transaction has locked: the next push finds them again, so waiting is not worth it.
 *
 * The user of a forgotten connection may be offline now. The later $disconnect finds no row and cannot announce that,
 * so it is announced here. Connections that turn out to be gone during this announcement are left to the next push.
 * Otherwise one push could go on through all connections that are gone.
 */
async function forgetGone({ db, sender }: Pushes, ids: readonly string[]): Promise<void> {
  const { rows } = await sql<PresenceRow>`
    select * from forget_gone_v1(${JSON.stringify(ids)}, ${sql.lit(goneAfterSeconds)}, ${sql.lit(onlineSeconds)},
      ${sql.lit(recipientsAtOnce)})`.execute(db)
  await postOffline(sender, rows)
}

/** Tells connections that users are offline. Returns the connections that are gone. */
async function postOffline(sender: Poster, rows: readonly PresenceRow[]): Promise<string[]> {
  const told = Map.groupBy(rows, ({ user_id }) => user_id)
  const posts = [...told.values()].map((of) =>
    sender.post(
      of.map(({ connection_id }) => connection_id),
      JSON.stringify(presenceOf(of[0]!, false)),
      { mayBeDropped: true },
    ),
  )
  return (await Promise.all(posts)).flat()
}

/** A user, and a connection that is told whether that user is online. */
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

/** [W11] Announces which users are offline, to the connections in `rows`. Without rows there is nobody to tell. */
export async function announceOffline(
  context: Pushes,
  rows: readonly PresenceRow[],
): Promise<void> {
  const gone = await postOffline(context.sender, rows)
  if (gone.length > 0) await forgetGone(context, gone)
}
