import { sql } from 'kysely'
import {
  frameOutMaxBytes,
  replayMax,
  replayMaxBytes,
  replayMaxOfRoom,
  pageMaxBytes,
} from '../../protocol/limits.ts'
import type { OtherEvent } from '../../protocol/socket.ts'
import { type Pushes, sendReplayed, sendTo } from '../push/publish.ts'
import type { ChatContext } from '../context.ts'
import { takeTokens } from '../limits/limit.ts'
import type { Pace } from '../limits/pace.ts'
import type { ProcessLimits } from '../limits/process-limits.ts'
import { type LogRow, renderEvent } from './render-event.ts'

type ReplayContext = Pushes &
  Pick<ChatContext, 'limits'> & {
    readonly processLimits: Pick<ProcessLimits, 'forArrival' | 'forReplay'>
  }

type Resync = Extract<OtherEvent, { type: 'resync' }>

/** A room whose events after `after`, up to `last`, are still to be read. */
interface Missing {
  readonly room_id: number
  after: number
  readonly last: number
  /** The events that were read so far, as JSON, and their bytes on the wire. */
  readonly events: string[]
  bytes: number
}

/** The next `count` events of a room. */
interface Part {
  readonly room: Missing
  readonly count: number
}

/** So many are read at once. A message that comes meanwhile waits for one read at most, of about 2 ms. */
const eventsAtOnce = 100

/** A socket, and whose it is. */
interface Resuming {
  readonly connectionId: string
  readonly userId: number
}

/**
 * [W6] Replays to a connection the events of each room after a position: all of them in order, or none of them and a
 * `resync`. Rooms with the fewest missed events come first, so that as many rooms as possible are replayed.
 */
export async function replay(
  context: ReplayContext,
  { connectionId, userId }: Resuming,
  positions: Readonly<Record<string, number>>,
): Promise<void> {
  if (Object.keys(positions).length === 0) return
  const missing: Missing[] = []
  const answers: OtherEvent[] = []
  const resync = (room_id: number, reason: Resync['reason']) =>
    answers.push({ type: 'resync', room_id, reason })
  let count = 0
  // These statements wait for their turn as that of `heads` does, so that most database connections are left to messages.
  // The reads of a replay do not: behind a crowd that reconnects, a replay would keep the next ones waiting.
  const inTurn = <T>(work: () => Promise<T>) => context.processLimits.forArrival(connectionId, work)
  for (const { room_id, after, last } of await inTurn(() =>
    findPositions(context, connectionId, positions),
  )) {
    if (last === null) answers.push({ type: 'room.removed', room_id })
    else if (after > last) resync(room_id, 'ahead')
    else if (last - after > replayMaxOfRoom) resync(room_id, 'too_many')
    else if (count + last - after > replayMax) resync(room_id, 'too_much')
    else if (after < last) {
      count += last - after
      missing.push({ room_id, after, last, events: [], bytes: 0 })
    }
  }
  if (missing.length > 0) {
    const key = `replayed-events:${userId}`
    const isLeft = await inTurn(() =>
      takeTokens(context.db, key, context.limits.replayedEvents, count),
    )
    const others = isLeft
      ? await context.processLimits.forReplay(userId, count, (pace) =>
          readMissing(context, connectionId, missing, pace),
        )
      : undefined
    if (others) answers.push(...others)
    else for (const { room_id } of missing) resync(room_id, 'too_often')
  }
  if (answers.length > 0) await sendTo(context, answers, [connectionId])
}

/** Replays rooms as long as they fit into the limits. Returns the answers for the other rooms. */
async function readMissing(
  context: Pushes,
  connectionId: string,
  missing: Missing[],
  pace: Pace,
): Promise<OtherEvent[]> {
  const answers: OtherEvent[] = []
  let bytes = 0
  while (missing[0] && bytes + missing[0].bytes <= replayMaxBytes) {
    const { room_id, after } = missing[0]
    const next = nextOf(missing)
    const bytesLeft = replayMaxBytes - bytes
    await pace(next.reduce((sum, { count }) => sum + count, 0))
    await readNext(context, connectionId, next, bytesLeft)
    if (missing[0].after === after) {
      // The user could read the room a moment ago, but not any more.
      answers.push({ type: 'room.removed', room_id })
      missing.shift()
      continue
    }
    const events: string[] = []
    for (
      let room = missing[0];
      room && room.after >= room.last && bytes + room.bytes <= replayMaxBytes;
      room = missing[0]!
    ) {
      bytes += room.bytes
      events.push(...room.events)
      missing.shift()
    }
    if (events.length > 0) await sendReplayed(context, connectionId, events)
  }
  for (const { room_id } of missing) answers.push({ type: 'resync', room_id, reason: 'too_much' })
  return answers
}

/**
 * The last `seq` of each room for which the client gave a position. `last` is null for a room that the user may not
 * read.
 */
async function findPositions(
  { db }: Pushes,
  connectionId: string,
  positions: Readonly<Record<string, number>>,
): Promise<{ room_id: number; after: number; last: number | null }[]> {
  const given = Object.entries(positions).map(([id, seq]) => ({ id: Number(id), seq }))
  const { rows } = await sql<{ room_id: number; after: number; last: number | null }>`
    select p.id as room_id, p.seq as after,
           case when r.kind = 'public' or m.user_id is not null then r.last_seq end as last
      from connections c
      cross join json_to_recordset(cast(${JSON.stringify(given)} as json)) as p(id bigint, seq bigint)
      left join rooms r on r.id = p.id and r.deleted_at is null
      left join memberships m on m.room_id = r.id and m.user_id = c.user_id
     where c.id = ${connectionId} and (c.room_id is null or c.room_id = p.id)
     order by r.last_seq - p.seq, p.id`.execute(db)
  return rows
}

/** The parts to read next: the first rooms, and as many of their events as one read may have. */
function nextOf(missing: readonly Missing[]): Part[] {
  const parts: Part[] = []
  let left = eventsAtOnce
  for (const room of missing) {
    if (left === 0) break
    const count = Math.min(room.last - room.after, left)
    parts.push({ room, count })
    left -= count
  }
  return parts
}

/** Reads what comes next of rooms: as much as an answer of the database holds, and always something of the first one. */
async function readNext(
  { db }: Pushes,
  connectionId: string,
  asked: readonly Part[],
  bytesLeft: number,
): Promise<void> {
  const given = asked.map(({ room: { room_id, after }, count }, at) => ({
    at,
    id: room_id,
    seq: after,
    count,
  }))
  const { rows } = await sql<LogRow>`
    select * from (
      select l.*, p.at,
             sum(coalesce(octet_length(l.text), 0) + coalesce(octet_length(l.reactions), 0)
                 + coalesce(octet_length(l.title || l.description), 0) + 200)
               over (order by p.at, l.seq) as bytes,
             row_number() over (order by p.at, l.seq) as number
        from connections c
        cross join json_to_recordset(cast(${JSON.stringify(given)} as json))
          as p(at bigint, id bigint, seq bigint, count bigint)
        join rooms r on r.id = p.id and r.deleted_at is null
        left join memberships m on m.room_id = r.id and m.user_id = c.user_id
        cross join lateral log_v1(r.id, c.user_id, p.seq, p.count) l
       where c.id = ${connectionId} and (r.kind = 'public' or m.user_id is not null)) sized
     where bytes <= ${Math.min(pageMaxBytes, bytesLeft + frameOutMaxBytes)} or number = 1
     order by number`.execute(db)
  const found = Map.groupBy(rows, ({ room_id }) => room_id)
  for (const { room } of asked) {
    for (const row of found.get(room.room_id) ?? []) {
      const event = JSON.stringify(renderEvent(row))
      room.events.push(event)
      room.after = row.seq
      room.bytes += Buffer.byteLength(event) + 1
    }
  }
}
