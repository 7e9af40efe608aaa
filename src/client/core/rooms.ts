/**
 * Follows the log of each room. A room is shown as its log says up to `applied`, in the order of the log: an event that
 * comes before its time is kept, and what is missing is asked for [W7].
 */
import type { ChatError } from '../errors.ts'
import {
  type DurableEvent,
  type EventPage,
  headsMaxRooms,
  type Member,
  type MessagePage,
  type Room,
  type RoomHead,
  unreadMax,
} from '../wire.ts'
import { settleSends } from './outbox.ts'
import { applyToRoom, applyToWindow, countUnread, joinMessages } from './room-window.ts'
import type { RoomState, RoomWindow } from './state.ts'
import {
  ask,
  backOffMs,
  forgetRoomCalls,
  isAsked,
  isFetching,
  patch,
  patchRoom,
  report,
  setTimer,
  type Tag,
  type Turn,
} from './turn.ts'

/** A push may be overtaken by the next one: so long is waited for it before it is asked for. */
const overtakenMs = 250
/** So many early events of a room are kept, and so many of rooms that are not known yet. */
const earlyMax = 300
/** A longer gap is not read event by event: the room is fetched anew. */
const gapMax = 300
/** Events that are kept for an answer that is still to come. */
const sinceMax = 2_000
const messagesPage = 50
const eventsPage = 100
/** So many messages of a room are held; beyond, the end of the stretch that is farther away is let go. */
export const windowMax = 1_000
const windowKept = 800
/** So many members of a room are held. */
export const membersMax = 1_000
/** Reading on and on costs a frame a second. */
const readEveryMs = 1_000
/** Of somebody who types no more nothing is sent. */
const typingMs = 6_000

const myId = (turn: Turn) => turn.me?.id ?? 0
const markerIn = (room: Room | undefined) => room?.last_read_seq ?? 0
const get = (turn: Turn, id: number) => turn.rooms.get(id)

/** A room as the server says it is. */
export function putRoom(turn: Turn, given: Room): void {
  const { id, last_seq: at } = given
  const before = get(turn, id)
  if (!before) {
    const orphans = turn.orphans.filter((event) => event.room_id === id)
    turn.rooms.set(id, {
      room: given,
      applied: at,
      known: at,
      early: [],
      ahead: null,
      window: null,
      since: [],
      stale: false,
      reload: false,
      timer: null,
      failures: 0,
      confirmed: markerIn(given),
      typing: [],
    })
    turn.hidden.delete(id)
    turn.orphans = turn.orphans.filter((event) => event.room_id !== id)
    if (turn.opened.has(id)) hold(turn, id)
    return putEvents(turn, id, orphans)
  }
  if (at > before.applied && before.window && !before.reload) {
    // It is taken over when the events up to it are applied.
    patchRoom(turn, id, { ahead: given, known: Math.max(before.known, at) })
    return catchUp(turn, id)
  }
  const later = before.since.filter(({ seq }) => seq > at)
  if (at < before.applied && later.length < before.applied - at) {
    // It is older than what is known by more than what was kept.
    patchRoom(turn, id, { stale: true })
    return catchUp(turn, id)
  }
  let room = given
  const window = before.reload && before.window ? { ...before.window, whole: false } : before.window
  patchRoom(turn, id, { stale: false, window })
  for (const event of later) room = changeRoom(turn, { ...get(turn, id)!, room }, event)
  const applied = Math.max(at, before.applied)
  patchRoom(turn, id, {
    room: { ...room, last_read_seq: markerOf(before, given, room) },
    applied,
    known: before.reload ? applied : Math.max(before.known, applied),
    early: before.early.filter(({ seq }) => seq > applied),
    ahead: null,
    reload: false,
    failures: 0,
    confirmed: Math.max(before.confirmed, markerIn(given)),
  })
  // It was counted from another marker.
  if (markerIn(given) < markerIn(get(turn, id)!.room)) recount(turn, id, true)
  const isHead = before.early.some(({ seq }) => seq > applied)
  if (before.reload && isHead) patchRoom(turn, id, { known: before.early.at(-1)!.seq })
  if (before.reload && window) {
    askMessages(turn, id, window)
    if (window.members) askMembers(turn, id)
  }
  recount(turn, id)
  catchUp(turn, id)
}

/** A marker only moves forward, unless one leaves the room. */
function markerOf(before: RoomState, given: Room, later: Room): number | null {
  if (later.last_read_seq === null) return null
  return Math.max(later.last_read_seq, given.role && before.room.role ? markerIn(before.room) : 0)
}

export function dropRoom(turn: Turn, id: number): void {
  forgetRoomCalls(turn, id)
  setTimer(turn, `room:${id}`, null)
  turn.rooms.delete(id)
  if (turn.listing) turn.listAgain = true
}

/** Events of a room as they come, in any order and any number of times. */
export function putEvents(turn: Turn, id: number, events: readonly DurableEvent[]): void {
  if (events.length === 0) return
  settleSends(turn, events)
  const room = get(turn, id)
  if (!room) return putOrphans(turn, id, events)
  const early = new Map(room.early.map((event) => [event.seq, event]))
  for (const event of events) if (event.seq > room.applied) early.set(event.seq, event)
  const sorted = [...early.values()].toSorted((a, b) => a.seq - b.seq)
  const known = Math.max(room.known, sorted.at(-1)?.seq ?? 0)
  patchRoom(turn, id, { early: sorted, known })
  catchUp(turn, id)
}

/** The room is to come: in the list that is being fetched, or asked for. */
function putOrphans(turn: Turn, id: number, events: readonly DurableEvent[]): void {
  turn.orphans = [...turn.orphans, ...events].slice(-earlyMax)
  if (turn.listed && !turn.listing && !isAsked(turn, 'room', id)) askRoom(turn, id)
}

/** The log is known to go to `seq`. */
export function putHead(turn: Turn, id: number, seq: number): void {
  const room = get(turn, id)
  if (!room || seq <= room.known) return
  patchRoom(turn, id, { known: seq })
  catchUp(turn, id)
}

/** Applies what is next, and sees to what is missing. */
export function catchUp(turn: Turn, id: number): void {
  const before = get(turn, id)
  if (!before) return
  const events: DurableEvent[] = []
  let room = before
  for (const event of before.early) {
    if (event.seq !== room.applied + 1) {
      if (event.seq > room.applied) break
      continue
    }
    const next = changeRoom(turn, room, event)
    const ahead = room.ahead && room.ahead.last_seq <= event.seq ? null : room.ahead
    room = {
      ...room,
      room: next,
      window: room.window && applyToWindow(room.window, event, myId(turn)),
      applied: event.seq,
      stale: room.stale || isUncertain(room, event),
      typing: room.typing.filter(
        ({ userId }) => event.type !== 'message' || userId !== event.user_id,
      ),
    }
    if (room.ahead && !ahead && room.ahead.last_seq === event.seq) {
      const given = room.ahead
      room = {
        ...room,
        room: { ...given, last_read_seq: markerOf(before, given, given) },
        confirmed: Math.max(room.confirmed, markerIn(given)),
        stale: markerIn(given) < markerIn(room.room),
      }
    }
    room = { ...room, ahead }
    events.push(event)
  }
  const since = isFetching(turn, id) ? [...room.since, ...events].slice(-sinceMax) : []
  const early = room.early.filter(({ seq }) => seq > room.applied).slice(0, earlyMax)
  turn.rooms.set(id, {
    ...room,
    since,
    early,
    window: room.window && trim(room.window, 'start'),
  })
  if (events.length > 0) recount(turn, id)
  const end = events.at(-1)
  if (end?.type === 'room.deleted') return dropRoom(turn, id)
  watch(turn, id, events.length > 0)
}

function changeRoom(turn: Turn, { room }: RoomState, event: DurableEvent): Room {
  const next = applyToRoom(room, event, myId(turn))
  const counts =
    event.type === 'message' &&
    next.unread !== null &&
    event.seq > markerIn(next) &&
    event.user_id !== myId(turn) &&
    event.deleted_at === null
  return counts ? { ...next, unread: Math.min(unreadMax, next.unread! + 1) } : next
}

/** [M8] A message that was unread may have been deleted: whose it was, the event does not tell. */
function isUncertain({ room }: RoomState, event: DurableEvent): boolean {
  return event.type === 'message.deleted' && !!room.unread && event.message_seq > markerIn(room)
}

/** Counts what is unread, where what is held goes back to the marker. */
function recount(turn: Turn, id: number, isOther = false): void {
  const { room, window, applied, confirmed, stale } = get(turn, id)!
  const marker = room.last_read_seq
  if (marker === null) return
  const unread = marker >= applied ? 0 : window && countUnread(window, marker, myId(turn))
  if (unread === null || unread === undefined) {
    // The server knows, once it knows of the marker.
    if (isOther && confirmed >= marker) patchRoom(turn, id, { stale: true })
  } else if (unread !== room.unread || stale) {
    patchRoom(turn, id, { room: { ...room, unread }, stale: false })
  }
}

/** Sets the timer after which what is missing is asked for. */
function watch(turn: Turn, id: number, hasMoved: boolean): void {
  const { applied, known, stale, reload, window, timer, failures } = get(turn, id)!
  const isBehind = known > applied && (window !== null || turn.listing === null)
  const isBroken = reload || (window !== null && !window.whole)
  if (failures > 0 && timer) return
  if (isBehind || isBroken) {
    if (isBusy(turn, id) || (timer === 'gap' && !hasMoved)) return
    patchRoom(turn, id, { timer: 'gap' })
    setTimer(turn, `room:${id}`, isBroken ? 0 : overtakenMs * (1 + turn.random()))
  } else if (stale) {
    // What one event makes uncertain to all members is not asked for by all of them at once.
    if (timer || isBusy(turn, id)) return
    patchRoom(turn, id, { timer: 'stale' })
    setTimer(turn, `room:${id}`, overtakenMs + turn.random() * 3_000)
  } else if (timer) {
    patchRoom(turn, id, { timer: null })
    setTimer(turn, `room:${id}`, null)
  }
}

const isBusy = (turn: Turn, id: number) =>
  isAsked(turn, 'room', id) || isAsked(turn, 'fill', id) || isAsked(turn, 'messages', id)

/** Asks for what is missing. */
export function tend(turn: Turn, id: number): void {
  const room = get(turn, id)
  if (!room) {
    if (turn.opened.has(id)) askRoom(turn, id)
    return
  }
  patchRoom(turn, id, { timer: null })
  if (isBusy(turn, id)) return
  const { applied, known, window, reload, stale } = room
  if (reload || (!window && known > applied)) return askRoom(turn, id)
  if (window && known - applied > gapMax) return reloadRoom(turn, id)
  if (window && !window.whole) return askMessages(turn, id, window)
  if (known > applied) {
    const query = { after: applied, limit: eventsPage }
    return ask(turn, 'fill', id, 'GET /api/rooms/{room_id}/events/', {
      params: { room_id: id },
      query,
    })
  }
  if (stale) askRoom(turn, id)
}

export function askRoom(turn: Turn, id: number): void {
  ask(turn, 'room', id, 'GET /api/rooms/{room_id}/', { params: { room_id: id } })
}

/** Too much is missing: the room and the messages that are shown are fetched anew. */
export function reloadRoom(turn: Turn, id: number): void {
  const room = get(turn, id)
  if (!room) return
  forgetRoomCalls(turn, id)
  patchRoom(turn, id, { reload: true, since: [] })
  askRoom(turn, id)
}

/** Begins to hold the messages of a room. */
export function openRoom(turn: Turn, id: number): void {
  if (turn.opened.has(id)) return
  turn.opened.set(id, null)
  if (get(turn, id)) hold(turn, id)
  else askRoom(turn, id)
}

function hold(turn: Turn, id: number): void {
  const window: RoomWindow = {
    messages: [],
    heldFrom: 0,
    atEnd: true,
    whole: false,
    members: null,
    allMembers: false,
  }
  patchRoom(turn, id, { window })
  // Position first, then state: what comes in between is applied to both.
  askMessages(turn, id, window)
}

export function closeRoom(turn: Turn, id: number): void {
  turn.opened.delete(id)
  const room = get(turn, id)
  if (!room) return
  forgetRoomCalls(turn, id)
  if (room.room.role === null) return dropRoom(turn, id)
  patchRoom(turn, id, { window: null, ahead: null, since: [], reload: false })
  catchUp(turn, id)
}

function askMessages(turn: Turn, id: number, { atEnd, messages }: RoomWindow): void {
  const middle = messages[messages.length >> 1]?.seq
  const where = atEnd || middle === undefined ? {} : { around: middle }
  const query = { ...where, limit: messagesPage }
  ask(turn, 'messages', id, 'GET /api/messages/{room_id}/', { params: { room_id: id }, query })
}

/** Makes the stretch longer at one of its ends, or begins another one. Nothing is asked where nothing is to be had. */
export function askMore(
  turn: Turn,
  id: number,
  what: 'before' | 'after' | 'around',
  seq: number,
): void {
  const window = get(turn, id)?.window
  if (!window?.whole || isAsked(turn, what, id)) return
  if (what === 'around') {
    ask(turn, what, id, 'GET /api/messages/{room_id}/', {
      params: { room_id: id },
      query: { around: seq, limit: messagesPage },
    })
  } else if (what === 'before' ? window.heldFrom > 0 : !window.atEnd) {
    const end = what === 'before' ? window.heldFrom : (window.messages.at(-1)?.seq ?? 0)
    ask(turn, what, id, 'GET /api/messages/{room_id}/', {
      params: { room_id: id },
      query: { [what]: end, limit: messagesPage },
    })
  }
}

export function askMembers(turn: Turn, id: number, cursor?: string): void {
  const query = { limit: 100, ...(cursor !== undefined && { cursor }) }
  ask(turn, 'members', id, 'GET /api/rooms/{room_id}/members/', { params: { room_id: id }, query })
}

/** A page of messages, of which all is as late as the position that it was asked at, or later. */
export function putMessages(
  turn: Turn,
  { for: what, roomId, position }: Tag,
  page: MessagePage,
): void {
  const room = get(turn, roomId)
  if (!room?.window) return
  const { window } = room
  const since = room.since.filter(({ seq }) => seq > position)
  if (since.length < room.applied - position) {
    // Too much has happened meanwhile.
    return what === 'messages' || what === 'around' ? reloadRoom(turn, roomId) : undefined
  }
  const { results } = page
  const isBefore = what === 'before'
  const isAfter = what === 'after'
  const messages = isBefore
    ? joinMessages(results, window.messages)
    : isAfter
      ? joinMessages(window.messages, results)
      : results
  const heldFrom = isAfter ? window.heldFrom : page.previous === null ? 0 : (results[0]?.seq ?? 0)
  const next: RoomWindow = {
    ...window,
    messages,
    heldFrom,
    atEnd: isBefore ? window.atEnd : page.next === null,
    whole: true,
  }
  const applied = since.reduce((each, event) => applyToWindow(each, event, myId(turn)), next)
  patchRoom(turn, roomId, { window: trim(applied, isBefore ? 'end' : 'start'), failures: 0 })
  settleSends(turn, results)
  recount(turn, roomId)
  const newest = results.at(-1)?.seq ?? 0
  if (newest > room.known) patchRoom(turn, roomId, { known: newest })
  catchUp(turn, roomId)
}

/** Keeps the stretch at its bound: lets go of messages at one end. */
function trim(window: RoomWindow, from: 'start' | 'end'): RoomWindow {
  const { messages } = window
  if (messages.length <= windowMax) return window
  if (from === 'end') return { ...window, messages: messages.slice(0, windowKept), atEnd: false }
  const kept = messages.slice(-windowKept)
  return { ...window, messages: kept, heldFrom: kept[0]!.seq }
}

export function putEventPage(turn: Turn, roomId: number, { results }: EventPage): void {
  const room = get(turn, roomId)
  if (!room) return
  patchRoom(turn, roomId, { failures: 0 })
  if (results.length === 0 && room.known > room.applied) {
    // The log is shorter than was said: what is held may be of another one.
    return reloadRoom(turn, roomId)
  }
  putEvents(turn, roomId, results)
  const now = get(turn, roomId)
  // Nothing else will bring what is still missing.
  if (now && now.known > now.applied && !isBusy(turn, roomId)) tend(turn, roomId)
}

export function putMembers(
  turn: Turn,
  { roomId, position }: Tag,
  page: { results: Member[]; next: string | null },
  isFirst: boolean,
): void {
  const room = get(turn, roomId)
  if (!room?.window) return
  const since = room.since.filter(({ seq }) => seq > position)
  const before = isFirst ? [] : (room.window.members ?? [])
  const ids = new Set(page.results.map(({ user_id }) => user_id))
  const members = [...before.filter(({ user_id }) => !ids.has(user_id)), ...page.results]
  const isDone = page.next === null
  const window = { ...room.window, members, allMembers: isDone }
  patchRoom(turn, roomId, {
    window: since
      .filter(({ type }) => type.startsWith('member.'))
      .reduce<RoomWindow>((each, event) => applyToWindow(each, event, myId(turn)), window),
  })
  if (!isDone && members.length < membersMax) {
    askMembers(turn, roomId, cursorOf(page.next!))
  }
  catchUp(turn, roomId)
}

/** Something of a room was refused. */
export function refuseRoom(turn: Turn, { for: what, roomId }: Tag, error: ChatError): void {
  const room = get(turn, roomId)
  if (!error.retryable) {
    if (error.code === 'not_found' || error.code === 'forbidden') {
      if (room) dropRoom(turn, roomId)
    } else report(turn, error)
    if (turn.opened.has(roomId) && (!get(turn, roomId) || what === 'messages')) {
      turn.opened.set(roomId, error)
    }
    if (error.code !== 'bad_answer') return
  }
  if (what !== 'room' && what !== 'messages' && what !== 'fill') return
  const failures = (room?.failures ?? 0) + 1
  patchRoom(turn, roomId, { failures, timer: 'gap' })
  if (room || turn.opened.has(roomId)) {
    setTimer(turn, `room:${roomId}`, backOffMs(turn, failures, error))
  }
}

/** [M8] Where the marker of a room stands, as the server says. */
export function putMarker(turn: Turn, id: number, seq: number): void {
  const room = get(turn, id)
  if (!room || room.room.role === null) return
  const hasMoved = seq > markerIn(room.room)
  const isConfirmed = seq > room.confirmed && seq === room.room.last_read_seq
  patchRoom(turn, id, {
    confirmed: Math.max(room.confirmed, seq),
    ...(hasMoved && { room: { ...room.room, last_read_seq: seq } }),
  })
  if (hasMoved || isConfirmed) recount(turn, id, true)
  catchUp(turn, id)
}

/** The user has read so far. It is shown at once. */
export function markRead(turn: Turn, id: number, seq: number | null): void {
  const room = get(turn, id)
  if (!room || room.room.role === null) return
  const to = Math.min(seq ?? room.applied, room.applied)
  if (to <= markerIn(room.room)) return
  patchRoom(turn, id, { room: { ...room.room, last_read_seq: to } })
  recount(turn, id, true)
  setTimer(turn, `read:${id}`, readEveryMs)
}

/** Tells the server of a marker that it does not know of yet. */
export function sendMarker(turn: Turn, id: number): void {
  const room = get(turn, id)
  const { current } = turn
  const seq = markerIn(room?.room)
  if (!room || seq <= room.confirmed || current?.state !== 'ready') return
  turn.effects.push({
    do: 'frame',
    socket: current.id,
    frame: { action: 'read', id, room_id: id, seq },
  })
}

/** The server does not know the marker: it is told again in a moment, or else would learn of it by the next `heads`. */
export function refuseMarker(turn: Turn, id: number, error: ChatError): void {
  if (error.retryable) setTimer(turn, `read:${id}`, backOffMs(turn, 2, error))
  else report(turn, error)
}

export function putTyping(turn: Turn, id: number, userId: number, username: string): void {
  const room = get(turn, id)
  if (!room?.window || userId === myId(turn)) return
  const others = room.typing.filter((each) => each.userId !== userId)
  patchRoom(turn, id, { typing: [...others, { userId, username, until: turn.now + typingMs }] })
  // The timer is that of who ends first: whoever goes on typing must not keep the others there.
  endTyping(turn)
}

/** Ends what is over by itself. */
export function endTyping(turn: Turn): void {
  let next = Infinity
  for (const [id, { typing }] of turn.rooms) {
    const still = typing.filter(({ until }) => until > turn.now)
    if (still.length < typing.length) patchRoom(turn, id, { typing: still })
    for (const { until } of still) next = Math.min(next, until)
  }
  if (next < Infinity) setTimer(turn, 'typing', next - turn.now)
}

export function putPresence(turn: Turn, userId: number, online: boolean): void {
  for (const [id, state] of turn.rooms) {
    if (state.room.partner?.id === userId) showPartner(turn, id, state, online)
  }
}

function showPartner(turn: Turn, id: number, { room }: RoomState, online?: boolean): void {
  const { partner } = room
  if (!partner || typeof online !== 'boolean' || partner.online === online) return
  patchRoom(turn, id, { room: { ...room, partner: { ...partner, online } } })
}

const cursorOf = (path: string) => /cursor=([^&]+)/.exec(path)?.[1]

/** Fetches the list of the user's rooms. */
export function askList(turn: Turn, cursor?: string): void {
  if (cursor === undefined) {
    if (turn.listing) return patch(turn, { listAgain: true })
    patch(turn, { listing: new Set(), listAgain: false })
  }
  const query = { member: true, limit: 100, ...(cursor !== undefined && { cursor }) }
  ask(turn, 'list', 0, 'GET /api/rooms/', { query })
}

export function putList(
  turn: Turn,
  { results, next }: { results: Room[]; next: string | null },
): void {
  turn.listing = new Set([...(turn.listing ?? []), ...results.map(({ id }) => id)])
  if (!turn.listAgain) for (const room of results) putRoom(turn, room)
  if (next !== null) return askList(turn, cursorOf(next))
  const listed = turn.listing
  const { listAgain } = turn
  turn.listing = null
  if (listAgain) return askList(turn)
  turn.listed = true
  for (const [id, { room }] of turn.rooms) {
    if (room.role !== null && !listed.has(id)) dropRoom(turn, id)
  }
  for (const id of turn.rooms.keys()) catchUp(turn, id)
  const missing = new Set(turn.orphans.map((event) => event.room_id))
  for (const id of missing) if (!turn.rooms.has(id)) askRoom(turn, id)
}

export function refuseList(turn: Turn, error: ChatError): void {
  turn.listing = null
  report(turn, error)
  setTimer(turn, 'list', backOffMs(turn, 3, error))
}

/** [W4] Where all of the user's rooms stand. */
export function putHeads(turn: Turn, heads: readonly RoomHead[]): void {
  const named = new Set<number>()
  let isNew = false
  for (const { room_id: id, last_seq, last_read_seq, partner_online } of heads) {
    named.add(id)
    const room = get(turn, id)
    if (room) {
      showPartner(turn, id, room, partner_online)
      putHead(turn, id, last_seq)
      putMarker(turn, id, last_read_seq)
      if (room.room.role === null) isNew = true
      else sendMarker(turn, id)
    } else if (turn.hidden.get(id) !== last_seq) {
      // A chat that is not shown stands there, too: it is looked for once.
      turn.hidden.set(id, last_seq)
      isNew = true
    }
  }
  const isAll = heads.length < headsMaxRooms
  const isGone = [...turn.rooms].some(([id, { room }]) => room.role !== null && !named.has(id))
  if (isNew || (isAll && isGone)) askList(turn)
}
