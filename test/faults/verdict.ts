/** Judges a calm world: its log, what was sent, and each screen in comparison with a fresh fetch. */
import { isDeepStrictEqual } from 'node:util'
import { sql } from 'kysely'
import type { Message, RoomView } from '../../src/client/index.ts'
import type { ExceptionKind } from './book.ts'
import type { Device } from './device.ts'
import type { User, World } from './world.ts'

interface Stored {
  readonly roomId: number
  readonly seq: number
  readonly userId: number | null
  readonly clientId: string | null
}

interface Page<T> {
  readonly results: T[]
  readonly next: string | null
  readonly unread?: number
}

export type Json = { readonly [name: string]: unknown }

/** `isJustConnected`: the clients have just connected again, so they also know what no event reports. */
export async function judge(world: World, isJustConnected: boolean): Promise<void> {
  const stored = await readLog(world)
  judgeSends(world, stored)
  judgeStretches(world, stored)
  await judgeMembers(world)
  const fetched = new Map<string, Promise<Fetched>>()
  for (const device of world.devices) {
    const user = world.users.find(({ id }) => id === device.account.id)!
    const name = `${user.id}`
    const own = fetched.get(name) ?? fetchList(world, user)
    fetched.set(name, own)
    await judgeDevice(world, device, user, await own, isJustConnected)
  }
}

/** Reads the messages of the log, and checks that it has no gaps. */
async function readLog({ server, rooms, book }: World): Promise<Stored[]> {
  const ids = sql`(select cast(value as bigint) from jsonb_array_elements_text(cast(${JSON.stringify(rooms)} as jsonb)))`
  const events = await sql<{ room_id: number; last_seq: number; count: number; max: number }>`
    select r.id as room_id, r.last_seq, count(e.seq) as count, coalesce(max(e.seq), 0) as max
      from rooms r left join room_events e on e.room_id = r.id
     where r.id in ${ids} group by r.id`.execute(server.db)
  for (const { room_id, last_seq, count, max } of events.rows) {
    if (count !== max || max !== last_seq) {
      book.found('out of order', `the log of room ${room_id} has gaps: ${count} of ${last_seq}`)
    }
  }
  const { rows } = await sql<Stored>`
    select room_id as "roomId", seq, user_id as "userId", client_id as "clientId"
      from messages where room_id in ${ids} order by room_id, seq`.execute(server.db)
  return rows
}

/** Each accepted send must be in the log once, and in the order of its sender. */
function judgeSends({ book, devices }: World, stored: readonly Stored[]): void {
  const seqs = Map.groupBy(stored, ({ clientId }) => clientId)
  const waiting = new Map(
    devices.flatMap(({ client }) => client.outbox.get().map((each) => [each.clientId, each])),
  )
  for (const { roomId, seq, clientId } of stored) {
    // The test itself sends, too.
    if (clientId === null || !(book.sends.has(clientId) || /^(?:request|flood)-/.test(clientId))) {
      book.found('doubled', `message ${seq} of room ${roomId} is not a client's send (${clientId})`)
    }
  }
  const last = new Map<string, { seq: number; text: string }>()
  for (const send of book.sends.values()) {
    const { clientId, text, device, roomId, isKept, isDiscarded, isRetried } = send
    const found = seqs.get(clientId) ?? []
    const outgoing = waiting.get(clientId)
    const name = `"${text}" to room ${roomId}`
    if (found.length > 1) book.found('doubled', `${name} was stored ${found.length} times`)
    const isFailed = outgoing?.status === 'failed'
    if (outgoing && !isFailed) book.found('lost', `${name} is ${outgoing.status} for ever`)
    else if (found.length === 0 && isKept && !isDiscarded && !isFailed) {
      book.found('lost', `${name} was accepted, and is not in the log`)
    } else if (found.length > 0 && isFailed && send.tries <= send.refusals) {
      book.found('different', `${name} is said to have failed, and was stored`)
    }
    const [first] = found
    if (!first || isFailed || isDiscarded || isRetried) continue
    const before = last.get(`${device}:${roomId}`)
    if (before && before.seq > first.seq) {
      book.found('out of order', `${name} was stored before "${before.text}"`)
    }
    last.set(`${device}:${roomId}`, { seq: first.seq, text })
  }
}

/**
 * [R5] Each writer must have been a member of the room at that place of its log. A former member must not be sent
 * anything later.
 */
async function judgeMembers(world: World): Promise<void> {
  const { server, gateway, rooms, book } = world
  const { rows } = await sql<{
    room_id: number
    seq: number
    kind: string
    who: number
    is_direct: boolean
  }>`
    select r.kind = 'direct' as is_direct, e.room_id, e.seq, e.kind,
           case when e.kind like 'member.%' then e.subject_id else e.actor_id end as who
      from room_events e join rooms r on r.id = e.room_id
     where e.room_id in (select cast(value as bigint)
                           from jsonb_array_elements_text(cast(${JSON.stringify(rooms)} as jsonb)))
       and (e.kind in ('member.joined', 'member.left') or e.message_id is not null)
     order by e.room_id, e.seq`.execute(server.db)
  const members = new Set<string>()
  /** The events at which each member joined and left, in turn. */
  const stays = new Map<string, number[]>()
  const left = new Map<string, (typeof rows)[number]>()
  const directs = new Set(rows.filter(({ is_direct }) => is_direct).map(({ room_id }) => room_id))
  for (const row of rows) {
    const { room_id, seq, kind, who } = row
    const member = `${room_id} ${who}`
    if (kind === 'member.joined') {
      members.add(member)
      left.delete(member)
      stays.set(member, [...(stays.get(member) ?? []), seq])
    } else if (!members.has(member)) {
      book.found('out of order', `event ${seq} of room ${room_id} is of ${who}, who was not in it`)
    } else if (kind === 'member.left') {
      members.delete(member)
      left.set(member, row)
      stays.get(member)?.push(seq)
    }
  }
  for (const { room_id, seq, who } of left.values()) {
    const newest = gateway.watch.newestPushed(room_id, who)
    if (newest > seq) {
      const text = `event ${newest} of room ${room_id} was sent to ${who}, who left it at ${seq}`
      book.found('different', text)
    }
  }
  judgePushes(world, stays, directs)
}

/** A socket that ends so soon afterwards may have been ending already. */
const endingMs = 60_000

/** [W7] What is sent to one socket must be sent to each socket of each member. */
function judgePushes(
  { gateway, book }: World,
  stays: ReadonlyMap<string, readonly number[]>,
  directs: ReadonlySet<number>,
): void {
  for (const { roomId, seq, type, to, first } of gateway.watch.pushes) {
    // [A6] When a blocked user takes something back, this is not sent to the user who blocks them.
    if (directs.has(roomId) && type !== 'message') continue
    for (const { id, page, endedAt } of first?.listening ?? []) {
      if (to.has(id) || endedAt - first!.at < endingMs) continue
      const turns = stays.get(`${roomId} ${page.userId}`) ?? []
      // Members who joined before and have not left since. A repeat is sent to those who are members then.
      if (turns.length % 2 === 0 || turns.at(-1)! > seq) continue
      book.found('lost', `event ${seq} of room ${roomId} was not sent to socket ${id}`)
    }
  }
}

/** At any moment, the shown messages must be a stretch of the log without a hole. */
function judgeStretches({ book }: World, stored: readonly Stored[]): void {
  const rooms = Map.groupBy(stored, ({ roomId }) => roomId)
  for (const [roomId, stretches] of book.stretches) {
    const seqs = (rooms.get(roomId) ?? []).map(({ seq }) => seq)
    const at = new Map(seqs.map((seq, index) => [seq, index]))
    for (const stretch of stretches) {
      const [first = 0, last = 0, count = 0] = stretch.split(' ').map(Number)
      const [from, to] = [at.get(first), at.get(last)]
      if (from === undefined || to === undefined) {
        book.found('different', `a screen showed ${stretch} of room ${roomId}: not in its log`)
      } else if (to - from + 1 > count) {
        book.found('lost', `a screen showed ${stretch} of room ${roomId}, with a hole`)
      } else if (to - from + 1 < count) {
        book.found('doubled', `a screen showed ${stretch} of room ${roomId}, which is too many`)
      }
    }
  }
}

type Differs = (what: string, shown: unknown, fetched: unknown, kind?: ExceptionKind) => void

/** In a large world only this many devices are compared with what is fetched for their own users. */
const ownMax = 40

interface Fetched {
  readonly rooms: Json[]
  readonly notifications: Page<Json>
}

async function fetchList(world: World, user: User): Promise<Fetched> {
  return {
    rooms: await fetchAll(world, user, '/api/rooms/?member=true&limit=100'),
    notifications: await world.ask(user, 'GET', '/api/notifications/?limit=50'),
  }
}

async function fetchAll(world: World, user: User, path: string): Promise<Json[]> {
  const all: Json[] = []
  for (let next: string | null = path; next !== null;) {
    const page: Page<Json> = await world.ask(user, 'GET', next)
    all.push(...page.results)
    next = page.next
  }
  return all
}

/** Fetches all pages, once for all devices of a user. Results that are not `isOwn` also serve other users. */
async function fetchOnce(world: World, user: User, path: string, isOwn: boolean): Promise<Json[]> {
  const name = isOwn ? `${user.id} ${path}` : path
  const fetched = world.fetched.get(name) ?? (await fetchAll(world, user, path))
  world.fetched.set(name, fetched)
  return fetched
}

/** A join shows the event's time, which differs slightly from the stored one. */
const withoutTime = (member: object) => ({ ...member, joined_at: null })

const withoutMine = (message: Message) => ({
  ...message,
  reactions: message.reactions.map((reaction) => ({ ...reaction, mine: null })),
})

async function judgeDevice(
  world: World,
  device: Device,
  user: User,
  { rooms, notifications }: Fetched,
  isJustConnected: boolean,
): Promise<void> {
  const { client, index } = device
  const comparable = (room: object) => ({
    ...plain(room),
    ...(!isJustConnected && { notify: null }),
  })
  const differs: Differs = (what, shown, fetched, kind = 'different') => {
    if (isDeepStrictEqual(shown, fetched)) return
    const [a, b] = [shown, fetched].map((each) => JSON.stringify(withoutSame(each, shown, fetched)))
    world.book.found(kind, `device ${index} shows of ${what} ${a}, and it is ${b}`)
  }
  if (client.connection.get().name !== 'connected') {
    world.book.found('different', `device ${index} is ${JSON.stringify(client.connection.get())}`)
    return
  }
  const shownRooms = client.rooms.get() ?? []
  differs('the list of rooms', shownRooms.map(idOf), rooms.map(idOf))
  for (const room of rooms) {
    const shown = shownRooms.find(({ id }) => id === room['id'])
    if (shown) differs(`room ${idOf(shown)}`, comparable(shown), comparable(room))
  }
  const { unread, items } = client.notifications.get()
  differs('what is not read', unread, notifications.unread)
  differs('the notifications', items?.slice(0, 50).map(noticed), notifications.results.map(noticed))
  const mine = new Set(rooms.map(idOf))
  for (const [roomId, handle] of device.open) {
    const view = handle.view.get()
    if (!mine.has(roomId)) {
      // Nothing is sent of a public room that the user is not in.
      if (!view.room?.role || view.status === 'gone') continue
      // [A6] A chat with a blocked user is in no list, but can be read.
      const { status } = await world.call(user, 'GET', `/api/rooms/${roomId}/`)
      if (status !== 200 || view.room.kind !== 'direct') {
        differs(`room ${roomId}`, view.status, 'gone')
        continue
      }
    }
    await judgeRoom(world, device, user, roomId, { view, comparable, differs })
  }
}

async function judgeRoom(
  world: World,
  device: Device,
  user: User,
  roomId: number,
  {
    view,
    comparable,
    differs,
  }: { view: RoomView; comparable: (room: object) => Json; differs: Differs },
): Promise<void> {
  differs(`the status of room ${roomId}`, view.status, 'ready')
  const room = await world.ask<Json>(user, 'GET', `/api/rooms/${roomId}/`)
  differs(`room ${roomId}`, view.room && comparable(view.room), comparable(room))
  const isOwn = device.index < ownMax
  const messages = await fetchOnce(world, user, `/api/messages/${roomId}/?after=0&limit=100`, isOwn)
  // Each user sees their own reactions differently.
  const asSeen = (message: object) => (isOwn ? message : withoutMine(message as Message))
  const first = view.messages[0]?.seq ?? 0
  const last = view.messages.at(-1)?.seq ?? 0
  const seqOf = ({ seq }: Json) => Number(seq)
  const stretch = messages.filter((each) => {
    return (seqOf(each) >= first || !view.hasOlder) && (seqOf(each) <= last || !view.hasNewer)
  })
  differs(
    `the messages of room ${roomId}`,
    view.messages.map(seqOfShown),
    stretch.map(seqOf),
    'lost',
  )
  const bySeq = new Map(view.messages.map((message) => [message.seq, message]))
  for (const message of stretch) {
    const shown = bySeq.get(seqOf(message))
    if (shown)
      differs(`message ${seqOf(message)} of room ${roomId}`, asSeen(shown), asSeen(message))
  }
  if (view.members && !view.hasMoreMembers) {
    const members = await fetchOnce(world, user, `/api/rooms/${roomId}/members/?limit=100`, isOwn)
    differs(
      `the members of room ${roomId}`,
      view.members.map(withoutTime),
      members.map(withoutTime),
    )
  }
}

/** Returns the fields in which two objects differ. */
function withoutSame(each: unknown, a: unknown, b: unknown): unknown {
  if (!isPlain(each) || !isPlain(a) || !isPlain(b)) return each
  return Object.fromEntries(
    Object.entries(each).filter(([name]) => !isDeepStrictEqual(a[name], b[name])),
  )
}

const isPlain = (each: unknown): each is Json =>
  typeof each === 'object' && each !== null && !Array.isArray(each)

const seqOfShown = ({ seq }: { seq: number }) => seq
const idOf = (room: Json | { id: number }) => Number(room.id)
const noticed = (each: object) => {
  const { id, read_at, text, kind } = each as Json
  return { id, isRead: read_at !== null, text, kind }
}

/** Presence is only sent when it changes [W4], so it is left out. */
function plain(room: object): Json {
  const { partner, online_count: _, online_more: __, online_ids: ___, ...rest } = room as Json
  return { ...rest, partner: partner ? { ...partner, online: null } : null }
}
