import { deepStrictEqual, ok, strictEqual } from 'node:assert/strict'
import type { Frame, TestSocket } from '../support/test-socket.ts'
import type { Observer } from '../support/barrier.ts'
import type { Played, Scene } from './play.ts'
import { cast, clientIdOf } from './schedule.ts'

interface EventRow {
  room_id: number
  seq: number
  kind: string
  at: number
  actor_id: number | null
  subject_id: number | null
  message_id: number | null
  message_seq: number | null
  message_at: number | null
  user_id: number | null
  text: string | null
  client_id: string | null
}

interface RoomRow {
  id: number
  kind: string
  last_seq: number
  member_count: number
  is_deleted: boolean
  members: { user_id: number; role: string }[]
  messages: number
  connections: { id: string; user_id: number }[]
  /** Users who are banned, or were removed a moment ago. */
  kept_out: number[]
}

/** What PostgreSQL has of a room at the end. */
export interface Room {
  readonly row: RoomRow
  readonly log: readonly EventRow[]
}

export async function readRooms(
  observer: Observer,
  ids: readonly number[],
): Promise<Map<number, Room>> {
  const log = await observer.query<EventRow>(
    `select e.room_id::float8, e.seq::float8, e.kind, extract(epoch from e.created_at)::float8 as at,
            e.actor_id::float8, e.subject_id::float8, e.message_id::float8,
            m.seq::float8 as message_seq, extract(epoch from m.created_at)::float8 as message_at,
            m.user_id::float8, m.text, m.client_id
       from room_events e left join messages m on m.id = e.message_id
      where e.room_id = any($1) order by e.room_id, e.seq`,
    [ids],
  )
  const rows = await observer.query<RoomRow>(
    `select r.id::float8, r.kind, r.last_seq::float8, r.member_count::float8, r.deleted_at is not null as is_deleted,
            coalesce((select json_agg(json_build_object('user_id', m.user_id, 'role', m.role) order by m.user_id)
               from memberships m where m.room_id = r.id), '[]') as members,
            (select count(*)::int from messages m where m.room_id = r.id) as messages,
            coalesce((select json_agg(json_build_object('id', c.id, 'user_id', c.user_id))
               from connections c where c.room_id = r.id), '[]') as connections,
            coalesce((select json_agg(b.user_id) from bans b where b.room_id = r.id), '[]') as kept_out
       from rooms r where r.id = any($1)`,
    [ids],
  )
  return new Map(
    rows.map((row) => [row.id, { row, log: log.filter((event) => event.room_id === row.id) }]),
  )
}

/** Checks everything that must hold for a room's log, whatever happened at once. Throws what does not hold. */
export function checkLog({ row, log }: Room): void {
  deepStrictEqual(
    log.map(({ seq }) => seq),
    log.map((_, index) => index + 1),
    'the log has a gap',
  )
  strictEqual(row.last_seq, log.length, 'last_seq is not the end of the log')
  const members = new Set<number>()
  const clientIds = new Set<string>()
  let previous = 0
  for (const event of log) {
    const { seq, kind, at, actor_id: actor, subject_id: subject } = event
    ok(at >= previous, `the clock ran backwards at seq ${seq}`)
    previous = at
    if (kind === 'message') {
      strictEqual(event.message_seq, seq, `seq ${seq} refers to a message of another seq`)
      strictEqual(event.message_at, at, `seq ${seq} has two times`)
      strictEqual(event.user_id, event.actor_id)
      ok(members.has(actor!), `seq ${seq} is of somebody who is not a member`)
      const key = `${event.user_id} ${event.client_id}`
      ok(!clientIds.has(key), `seq ${seq} is stored twice: ${key}`)
      clientIds.add(key)
    } else if (kind === 'member.joined') {
      const isOwnWish = row.kind === 'public' || seq === 1
      ok(actor === subject ? isOwnWish : members.has(actor!), `seq ${seq}: nobody let them in`)
      ok(!members.has(subject!), `seq ${seq} lets in somebody who is in`)
      members.add(subject!)
    } else if (kind === 'member.left') {
      ok(members.has(actor!), `seq ${seq} is done by somebody who is not in`)
      ok(members.delete(subject!), `seq ${seq} removes somebody who is not in`)
    } else if (kind === 'member.updated') {
      ok(members.has(subject!), `seq ${seq} gives a role to somebody who is not in`)
    } else if (kind === 'room.deleted') {
      const isOver = row.kind === 'private' && members.size === 0
      ok(isOver || members.has(actor!), `seq ${seq} is done by somebody who is not in`)
      strictEqual(seq, row.last_seq, 'something came after room.deleted')
    }
  }
  strictEqual(log.filter(({ kind }) => kind === 'message').length, row.messages, 'messages')
  strictEqual(log.at(-1)!.kind === 'room.deleted', row.is_deleted, 'deleted or not')
  deepStrictEqual(
    row.members.map(({ user_id }) => user_id),
    [...members].toSorted((a, b) => a - b),
    'the members are not those of the log',
  )
  strictEqual(row.member_count, members.size, 'member_count')
  ok(!row.kept_out.some((id) => members.has(id)), 'somebody who is kept out is in')
  if (members.size === 0) {
    ok(row.kind === 'public' || row.is_deleted, 'it can never be entered again')
  } else
    ok(
      row.members.some(({ role }) => role === 'owner'),
      'there is no owner',
    )
}

/** The allowed answers beside success. */
const refusals: Record<Played['operation']['type'], readonly number[]> = {
  send: [401, 403, 404],
  remove: [403, 404],
  ban: [403, 404],
  lift: [403, 404],
  put: [403, 404, 409],
  join: [403, 404],
  leave: [404],
  delete: [403, 404],
  logout: [401],
  connect: [401, 403, 404],
  disconnect: [],
}
const statusOfCode: Record<string, number> = {
  session_revoked: 401,
  unauthenticated: 401,
  forbidden: 403,
  not_found: 404,
}

/** Checks that every answer is true, and one of the allowed ones. */
export function checkAnswers(scene: Scene, { log }: Room): void {
  for (const played of scene.played) {
    const { operation, outcome, text } = played
    const what = `${text} (${operation.type})`
    switch (outcome!.kind) {
      case 'failed':
        throw new Error(`${what} failed`, { cause: outcome!.error })
      case 'http': {
        const { status, body, text: bodyText } = outcome!.answer
        if (status >= 300) {
          ok(refusals[operation.type].includes(status), `${what}: ${status} ${bodyText}`)
          strictEqual(body.status, status, what)
          if (operation.type === 'send') checkNotStored(played, log)
        } else if (operation.type === 'send') {
          checkStored(played, log, {
            id: body.id,
            seq: body.seq,
            timestamp: body.timestamp,
            isDuplicate: status === 200,
          })
        }
        break
      }
      case 'socket': {
        const { frame } = outcome!
        if (frame.type === 'error') {
          const status = statusOfCode[frame.code]
          ok(refusals.send.includes(status!), `${what}: ${JSON.stringify(frame)}`)
          checkNotStored(played, log)
        } else {
          const { message_id: id, seq, timestamp, duplicate: isDuplicate } = frame
          checkStored(played, log, { id, seq, timestamp, isDuplicate })
        }
        break
      }
      case 'refused':
        ok(refusals.connect.includes(outcome!.status), `${what}: ${outcome!.status}`)
        break
      case 'opened':
      case 'lost':
        break
    }
    if (operation.type === 'logout') checkNothingAfterLogout(scene, played, log)
  }
}

function checkStored(
  { text }: Played,
  log: Room['log'],
  answer: { id: number; seq: number; timestamp: string; isDuplicate: boolean },
): void {
  const event = log[answer.seq - 1]
  strictEqual(event?.message_id, answer.id, `${text} was answered, and is not in the log`)
  strictEqual(Math.round(event.at * 1000), Date.parse(answer.timestamp), `${text}: timestamp`)
  // A repeat returns the first message, whichever of the two was first.
  if (!answer.isDuplicate) strictEqual(event.text, text)
}

function checkNotStored({ text }: Played, log: Room['log']): void {
  ok(!log.some((event) => event.text === text), `${text} was refused, and is in the log`)
}

/** [A4] Whatever is committed after the answer to a logout belongs to another session. */
function checkNothingAfterLogout(scene: Scene, logout: Played, log: Room['log']): void {
  const known = logout.messagesAtLogout!
  for (const { operation, text } of scene.played) {
    if (operation.type !== 'send' || operation.session !== 'spare') continue
    if (operation.by !== logout.operation.by) continue
    const event = log.find((candidate) => candidate.text === text)
    ok(!event || known.has(event.message_id!), `${text} came after the logout of its session`)
  }
}

/** [R7] A user who was removed or banned came back only by an invitation, unless that was lifted. */
export function checkKeptOut({ players, schedule }: Scene, { row, log }: Room): void {
  for (const part of cast) {
    const isLifted = schedule.operations.some(
      (operation) => operation.type === 'lift' && operation.whom === part,
    )
    if (row.kind !== 'public' || isLifted) continue
    const { id } = players[part].user
    const own = log.filter(
      ({ subject_id: subject, kind }) => subject === id && /joined|left/.test(kind),
    )
    for (const [n, { kind, actor_id: actor, seq }] of own.entries()) {
      if (kind !== 'member.joined' || actor !== id || n === 0) continue
      strictEqual(own[n - 1]!.actor_id, id, `seq ${seq} is of somebody who was sent out`)
    }
  }
}

/** Checks what the users' sockets for all rooms, which were open all the time, were sent. */
export function checkPushes(scene: Scene, { log }: Room): void {
  for (const part of cast) {
    const { user, socket } = scene.players[part]
    const expected: number[] = []
    const joinedAt = new Set<number>()
    let isMember = false
    for (const { seq, kind, at, subject_id } of log) {
      const isOwn = subject_id === user.id
      if (isOwn && kind === 'member.joined') {
        isMember = true
        joinedAt.add(at)
      }
      if (isMember && seq > scene.baseSeq) expected.push(seq)
      if (isOwn && kind === 'member.left') isMember = false
    }
    const got = pushed(socket, scene.room.id).filter(({ seq }) => seq > scene.baseSeq)
    for (const frame of got) checkPush(frame, log)
    const seqs = got.map(({ seq }) => Number(seq)).toSorted((a, b) => a - b)
    const repeated = new Set(repeatedSeqs(scene, log))
    // Sockets that join together share a statement and its time, and each is pushed all of their events.
    const joinedTogether = new Set(
      log.flatMap(({ seq, kind, at }) =>
        kind === 'member.joined' && joinedAt.has(at) ? [seq] : [],
      ),
    )
    deepStrictEqual(
      // A repeated message is published again, also to users who joined in between.
      [...new Set(seqs)].filter(
        (seq) => expected.includes(seq) || !(repeated.has(seq) || joinedTogether.has(seq)),
      ),
      expected,
      `what the ${part} was pushed`,
    )
    const twice = seqs.filter((seq, index) => seqs[index - 1] === seq && !repeated.has(seq))
    deepStrictEqual(twice, [], `the ${part} was pushed it twice`)
  }
  for (const socket of scene.sockets) {
    for (const frame of pushed(socket, scene.room.id)) checkPush(frame, log)
  }
}

function pushed(socket: TestSocket, roomId: number): Frame[] {
  return socket.received.filter(
    ({ type, room_id, seq }) => room_id === roomId && seq !== undefined && type !== 'ack',
  )
}

function checkPush(frame: Frame, log: Room['log']): void {
  const event = log[frame.seq - 1]
  ok(event, `pushed, and not in the log: ${JSON.stringify(frame)}`)
  strictEqual(frame.type, event.kind)
  strictEqual(Date.parse(frame.timestamp), Math.round(event.at * 1000))
  if (event.kind === 'message') {
    deepStrictEqual([frame.id, frame.message], [event.message_id, event.text])
  } else if (event.subject_id !== null) strictEqual(frame.user_id, event.subject_id)
}

/**
 * Returns the seqs that were published again: those answered as repeats, and those that may be repeats because the
 * answer was lost.
 */
function repeatedSeqs({ played }: Scene, log: Room['log']): number[] {
  return played.flatMap(({ operation, outcome }) => {
    if (outcome?.kind === 'http' && outcome.answer.status === 200 && outcome.answer.body?.seq) {
      return [Number(outcome.answer.body.seq)]
    }
    if (outcome?.kind === 'socket' && outcome.frame.duplicate) return [Number(outcome.frame.seq)]
    if (outcome?.kind === 'lost' && operation.type === 'send' && operation.clientId) {
      const clientId = clientIdOf(operation)
      return log.filter((event) => event.client_id === clientId).map(({ seq }) => seq)
    }
    return []
  })
}

/**
 * [R5, R6, A4] Returns the sockets of users who may no longer be in the room, and of ended sessions. All of them will
 * be closed. A row is removed by its $disconnect, which comes a while after the close.
 */
export function lingeringSockets(scene: Scene, { row }: Room): string[] {
  const members = new Set(row.members.map(({ user_id }) => user_id))
  const ofRoom = row.connections
    .filter(({ user_id }) => row.is_deleted || !members.has(user_id))
    .map(({ id, user_id }) => `${id} of user ${user_id}`)
  const ofSessions = scene.played.flatMap(({ operation, outcome }) => {
    if (operation.type !== 'logout' || outcome?.kind !== 'http') return []
    const { socket, roomSocket } = scene.session(operation.by, 'spare')
    return [socket, roomSocket].filter((open) => open?.ws.readyState === open?.ws.OPEN && open)
  })
  return [...ofRoom, ...ofSessions.map(() => 'a socket of an ended session')]
}
