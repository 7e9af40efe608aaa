/**
 * Follows the log of each room. A room is shown as its log says up to `applied`, in the order of the log: an event that
 * comes before its time is kept, and what is missing is asked for [W7].
 */
import { ChatError } from '../errors.ts'
import {
  type DurableEvent,
  type EventPage,
  headsMaxRooms,
  type MemberPage,
  type MessagePage,
  type OtherEvent,
  type Room,
  type RoomHead,
  type RoomPage,
  unreadMax,
} from '../wire.ts'
import { keep } from '../view.ts'
import { merge } from './merge.ts'
import { askNotifications, hideRoomNotifications } from './notifications.ts'
import { settleSends } from './outbox.ts'
import { applyToRoom, applyToWindow, countUnread } from './room-window.ts'
import type { RoomState, RoomWindow } from './state.ts'
import {
  ask,
  backOffMs,
  forgetRoomCalls,
  isAsked,
  edit,
  firstHeadsMs,
  isFetching,
  keepRoom,
  report,
  sendFrame,
  setTimer,
  type Tag,
  type Turn,
} from './turn.ts'

/** A push may be overtaken by the next one: so long is waited for it before it is asked for. */
const overtakenMs = 250
/** So many early events of a room are kept. */
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
/** One's own typing is told again after this time. */
const typingEveryMs = 3_000

type EventOf<Type> = Extract<OtherEvent, { type: Type }>

const myId = (turn: Turn) => turn.me?.id ?? 0
/** A function of this form is not repeated wherever it is called. */
function markerIn(room: Room): number {
  return room.last_read_seq ?? 0
}

/** A room as the server says it is. */
export function putRoom(turn: Turn, given: Room): void {
  const { id, last_seq: at } = given
  const room = edit(turn, id) ?? begin(turn, given)
  const { applied, window, reload } = room
  turn.unlisted.delete(id)
  const later = room.since.filter(({ seq }) => seq > at)
  const isOlder = later.length < applied - at
  if (window && at > applied && !reload) {
    // It is taken over when the events up to it are applied.
    room.ahead = given
    room.known = Math.max(room.known, at)
  } else if (isOlder && !reload) {
    // It is older than what is known by more than what was kept.
    room.stale = true
  } else {
    // Where all is fetched anew the log may be shorter than it was.
    room.applied = isOlder ? at : Math.max(at, applied)
    if (reload) room.known = room.early.at(-1)?.seq ?? 0
    room.known = Math.max(room.known, room.applied)
    room.failures = 0
    room.reload = false
    if (reload && window) {
      room.window = { ...window, whole: false }
      askMessages(turn, id, window)
      if (window.members) askMembers(turn, id)
    }
    takeOver(turn, room, given, later)
  }
  catchUp(turn, room)
}

/** A room that was asked for by itself. [A6] Whether the list has a direct chat only the list tells. */
export function putAskedRoom(turn: Turn, room: Room): void {
  const { id, role, partner } = room
  // One that came by a late push may not be one's own.
  if (!role && !turn.opened.has(id)) return
  const isShown = turn.rooms.has(id) && !turn.unlisted.has(id)
  putRoom(turn, room)
  if (isShown || !partner || !turn.listed) return
  turn.unlisted.add(id)
  askList(turn)
}

function begin(turn: Turn, room: Room): RoomState {
  const { id, last_seq: at } = room
  const begun = keepRoom(turn, id, {
    room,
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
    confirmed: markerIn(room),
    typing: [],
    typedAt: -Infinity,
  })
  // The list that is being fetched may have been made before.
  if (turn.listing) turn.listing = new Set([...turn.listing, id])
  // Those that it had when the user left it are shown again.
  if (turn.listed && !turn.listing && room.role) askNotifications(turn)
  // An event may have come between the server's answer and this.
  setTimer(turn, 'heads', firstHeadsMs)
  if (turn.opened.has(id)) hold(turn, begun)
  return begun
}

/** Takes the server's word of a room, and the events that came later. */
function takeOver(
  turn: Turn,
  state: RoomState,
  given: Room,
  later: readonly DurableEvent[] = [],
): void {
  const next = later.reduce((each, event) => changeRoom(turn, each, event), given)
  // A marker only moves forward, unless one leaves the room.
  const own = given.role && state.room.role ? markerIn(state.room) : 0
  const marker = Math.max(markerIn(next), own)
  state.room = {
    ...next,
    partner: laterOf(state.room.partner, next.partner),
    last_read_seq: next.role && marker,
  }
  state.confirmed = Math.max(state.confirmed, markerIn(given))
  state.ahead = null
  // It may have been counted from another marker.
  recount(turn, state, markerIn(given) < marker || later.some(isUncertain(next)))
}

export function dropRoom(
  turn: Turn,
  id: number,
  error = new ChatError('not_found', 'the room is gone'),
): void {
  forgetRoomCalls(turn, id)
  setTimer(turn, `room:${id}`, null)
  if (turn.rooms.delete(id)) hideRoomNotifications(turn, id)
  if (turn.opened.has(id)) turn.opened.set(id, error)
  if (turn.listing) askList(turn)
}

/** Events of a room as they come, in any order and any number of times. */
export function putEvents(turn: Turn, id: number, events: readonly DurableEvent[]): void {
  settleSends(turn, events)
  const room = edit(turn, id)
  if (room) {
    const later = events.filter(({ seq }) => seq > room.applied)
    room.early = merge('seq', room.early, later)
    room.known = Math.max(room.known, room.early.at(-1)?.seq ?? 0)
    catchUp(turn, room)
    // The room is to come: in the list that is being fetched, or asked for.
  } else if (turn.listed && !turn.listing && !isAsked(turn, 'room', id)) ask(turn, 'room', id)
}

/** The log is known to go to `seq`. */
export function putHead(turn: Turn, id: number, seq: number): void {
  const room = edit(turn, id)
  if (!room || seq <= room.known) return
  room.known = seq
  catchUp(turn, room)
}

/** Applies what is next, and sees to what is missing. */
export function catchUp(turn: Turn, room: RoomState): void {
  const { id } = room.room
  const events: DurableEvent[] = []
  for (const event of room.early) {
    if (event.seq > room.applied + 1) break
    if (event.seq <= room.applied) continue
    applyEvent(turn, room, event)
    events.push(event)
  }
  room.since = isFetching(turn, id) ? [...room.since, ...events].slice(-sinceMax) : []
  room.early = room.early.filter(({ seq }) => seq > room.applied).slice(0, earlyMax)
  room.window &&= trim(room.window, 'start')
  if (events.length > 0) recount(turn, room, events.some(isUncertain(room.room)))
  if (events.at(-1)?.type === 'room.deleted') dropRoom(turn, id)
  else watch(turn, room, events.length > 0)
}

/** [M8] A message that was unread may have been deleted: whose it was, the event does not tell. */
const isUncertain = (room: Room) => (event: DurableEvent) =>
  event.type === 'message.deleted' && !!room.unread && event.message_seq > markerIn(room)

function applyEvent(turn: Turn, state: RoomState, event: DurableEvent): void {
  const { window, ahead, typing } = state
  const isOwn = 'user_id' in event && event.user_id === myId(turn)
  // What else changes with one's own role, the event does not tell.
  if (isOwn && event.type.startsWith('member')) state.stale = true
  if (event.type === 'message')
    state.typing = typing.filter(({ userId }) => userId !== event.user_id)
  state.room = changeRoom(turn, state.room, event)
  state.window = window && applyToWindow(window, event, myId(turn))
  state.applied = event.seq
  if (ahead?.last_seq === event.seq) takeOver(turn, state, ahead)
}

function changeRoom(turn: Turn, room: Room, event: DurableEvent): Room {
  const next = applyToRoom(room, event)
  const counts =
    event.type === 'message' &&
    next.unread !== null &&
    event.seq > markerIn(next) &&
    event.user_id !== myId(turn) &&
    event.deleted_at === null
  return counts ? { ...next, unread: Math.min(unreadMax, next.unread! + 1) } : next
}

/** Counts what is unread, where what is held goes back to the marker. Elsewhere the server does. */
function recount(turn: Turn, state: RoomState, isUncertain: boolean): void {
  const { room, window, applied, confirmed } = state
  const marker = room.last_read_seq
  if (marker === null) return
  const unread = marker >= applied ? 0 : window && countUnread(window, marker, myId(turn))
  if (typeof unread === 'number') {
    state.room = keep(room, { ...room, unread })
  } else if (isUncertain && confirmed >= marker) state.stale = true
}

/** Sets the timer after which what is missing is asked for. */
function watch(turn: Turn, state: RoomState, hasMoved: boolean): void {
  const { applied, known, stale, reload, window, timer, failures } = state
  const { id } = state.room
  const isBehind = known > applied && (window !== null || turn.listing === null)
  const isBroken = reload || window?.whole === false
  const wanted = isBehind || isBroken ? 'gap' : stale ? 'stale' : null
  if ((failures > 0 && timer) || (wanted && isBusy(turn, id))) return
  if (timer === wanted && !(wanted === 'gap' && hasMoved)) return
  state.timer = wanted
  // What one event makes uncertain to all members is not asked for by all of them at once.
  const spread = wanted === 'gap' ? 1 : 12
  setTimer(turn, `room:${id}`, wanted && overtakenMs * (1 + turn.random() * spread))
}

const isBusy = (turn: Turn, id: number) =>
  isAsked(turn, 'room', id) || isAsked(turn, 'fill', id) || isAsked(turn, 'messages', id)

/** Asks for what is missing. */
export function tend(turn: Turn, id: number): void {
  const room = edit(turn, id)
  if (!room) {
    if (turn.opened.has(id)) ask(turn, 'room', id)
    return
  }
  room.timer = null
  if (isBusy(turn, id)) return
  const { window, stale } = room
  const missing = room.known - room.applied
  room.reload ||= !window && (missing > 0 || stale)
  if (room.reload || stale) {
    // What makes it stale from now on may not be in the answer.
    room.stale = false
    ask(turn, 'room', id)
  } else if (missing > gapMax) reloadRoom(turn, id)
  else if (window && !window.whole) askMessages(turn, id, window)
  else if (missing > 0) ask(turn, 'fill', id, { query: { after: room.applied, limit: eventsPage } })
}

/** Too much is missing: the room and the messages that are shown are fetched anew. */
export function reloadRoom(turn: Turn, id: number): void {
  const room = edit(turn, id)
  if (!room) return
  forgetRoomCalls(turn, id)
  room.reload = true
  room.since = []
  ask(turn, 'room', id)
}

/** Begins to hold the messages of a room. */
export function openRoom(turn: Turn, id: number): void {
  if (turn.opened.has(id)) return
  turn.opened.set(id, null)
  const room = edit(turn, id)
  if (room) hold(turn, room)
  else ask(turn, 'room', id)
}

function hold(turn: Turn, state: RoomState): void {
  turn.opened.set(state.room.id, null)
  state.window = {
    messages: [],
    heldFrom: 0,
    atEnd: true,
    whole: false,
    members: null,
    allMembers: false,
  }
  // Position first, then state: what comes in between is applied to both.
  askMessages(turn, state.room.id, state.window)
}

export function closeRoom(turn: Turn, id: number): void {
  turn.opened.delete(id)
  const room = edit(turn, id)
  if (!room) return
  forgetRoomCalls(turn, id)
  if (!room.room.role) return dropRoom(turn, id)
  Object.assign(room, { window: null, ahead: null, since: [], reload: false })
  catchUp(turn, room)
}

function askMessages(turn: Turn, id: number, { atEnd, messages }: RoomWindow): void {
  const middle = messages[messages.length >> 1]?.seq
  ask(turn, 'messages', id, { query: { limit: messagesPage, around: atEnd ? undefined : middle } })
}

/** Makes the stretch longer at one of its ends, or begins another one. Nothing is asked where nothing is to be had. */
export function askMore(
  turn: Turn,
  id: number,
  what: 'before' | 'after' | 'around',
  seq: number,
): void {
  const window = turn.rooms.get(id)?.window
  if (!window?.whole || isAsked(turn, what, id)) return
  const { heldFrom, atEnd, messages } = window
  if (what === 'before' ? heldFrom === 0 : what === 'after' && atEnd) return
  const from = { before: heldFrom, after: messages.at(-1)?.seq ?? 0, around: seq }
  ask(turn, what, id, { query: { limit: 100, [what]: from[what] } })
}

export function askMembers(turn: Turn, id: number, cursor?: string): void {
  if (turn.rooms.get(id)?.window) ask(turn, 'members', id, { query: { limit: 100, cursor } })
}

/** A page of messages, of which all is as late as the position that it was asked at, or later. */
export function putMessages(
  turn: Turn,
  { results, previous, next }: MessagePage,
  { for: what, roomId, position }: Tag,
): void {
  const room = edit(turn, roomId)
  if (!room?.window) return
  const { window, applied } = room
  const isBefore = what === 'before'
  const isAfter = what === 'after'
  const isMore = isBefore || isAfter
  const later = room.since.filter(({ seq }) => seq > position)
  if (later.length < applied - position) {
    // Too much has happened meanwhile.
    if (!isMore) reloadRoom(turn, roomId)
    return
  }
  const page: RoomWindow = {
    ...window,
    messages: isMore ? merge('seq', results, window.messages) : results,
    heldFrom: isAfter ? window.heldFrom : previous === null ? 0 : (results[0]?.seq ?? 0),
    atEnd: isBefore ? window.atEnd : next === null,
    whole: true,
  }
  const caughtUp = later.reduce((each, event) => applyToWindow(each, event, myId(turn)), page)
  room.window = trim(caughtUp, isBefore ? 'end' : 'start')
  room.failures = 0
  room.known = Math.max(room.known, results.at(-1)?.seq ?? 0)
  settleSends(turn, results)
  recount(turn, room, false)
  catchUp(turn, room)
}

/** Keeps the stretch at its bound: lets go of messages at one end. */
function trim(window: RoomWindow, from: 'start' | 'end'): RoomWindow {
  const { messages } = window
  if (messages.length <= windowMax) return window
  if (from === 'end') return { ...window, messages: messages.slice(0, windowKept), atEnd: false }
  const kept = messages.slice(-windowKept)
  return { ...window, messages: kept, heldFrom: kept[0]!.seq }
}

export function putEventPage(turn: Turn, { results }: EventPage, { roomId, position }: Tag): void {
  const room = edit(turn, roomId)
  if (!room) return
  room.failures = 0
  if (room.known > room.applied && !results.some(({ seq }) => seq > position)) {
    // The log is shorter than was said: what is held may be of another one.
    return reloadRoom(turn, roomId)
  }
  putEvents(turn, roomId, results)
  // Nothing else will bring what is still missing.
  if (room.known > room.applied) tend(turn, roomId)
}

export function putMembers(turn: Turn, page: MemberPage, { roomId, position, query }: Tag): void {
  const room = edit(turn, roomId)
  if (!room?.window) return
  const before = query?.['cursor'] ? (room.window.members ?? []) : []
  const members = merge('user_id', before, page.results)
  // A page that brings nobody is the last one, too.
  const next = members.length > before.length ? cursorOf(page.next) : undefined
  room.window = room.since
    .filter(({ seq, type }) => seq > position && type.startsWith('member'))
    .reduce<RoomWindow>((each, event) => applyToWindow(each, event, myId(turn)), {
      ...room.window,
      members,
      allMembers: next === undefined,
    })
  if (next !== undefined && members.length < membersMax) askMembers(turn, roomId, next)
  catchUp(turn, room)
}

/** Something of a room was refused. */
export function refuseRoom(turn: Turn, { for: what, roomId }: Tag, error: ChatError): void {
  const { code, retryable } = error
  if (code === 'not_found' || code === 'forbidden') return dropRoom(turn, roomId, error)
  if (!retryable) report(turn, error)
  const isNeeded = what === 'room' || what === 'messages' || what === 'fill'
  if (!isNeeded || !(retryable || code === 'bad_answer')) return
  const room = edit(turn, roomId)
  const failures = (room?.failures ?? 0) + 1
  if (room) {
    room.timer = 'gap'
    room.failures = failures
    // What was asked for is still to come.
    room.stale ||= what === 'room'
  }
  setTimer(turn, `room:${roomId}`, backOffMs(turn, failures, error))
}

/** [M8] Where the marker of a room stands, as the server says. */
export function putMarker(turn: Turn, id: number, seq: number): void {
  const room = edit(turn, id)
  if (!room || !room.room.role) return
  const marker = markerIn(room.room)
  const isNews = seq > room.confirmed && seq >= marker
  room.confirmed = Math.max(room.confirmed, seq)
  if (isNews) moveMarker(turn, room, seq)
  catchUp(turn, room)
}

function moveMarker(turn: Turn, state: RoomState, last_read_seq: number): void {
  state.room = { ...state.room, last_read_seq }
  recount(turn, state, true)
}

/** The user has read so far. It is shown at once. */
export function markRead(turn: Turn, id: number, seq: number | null): void {
  const room = edit(turn, id)
  if (!room || !room.room.role) return
  const to = Math.min(seq ?? Infinity, room.applied)
  if (to <= markerIn(room.room)) return
  moveMarker(turn, room, to)
  setTimer(turn, `read:${id}`, readEveryMs)
}

/** Tells the server of a marker that it does not know of yet. */
export function sendMarker(turn: Turn, id: number): void {
  const state = turn.rooms.get(id)
  const seq = state ? markerIn(state.room) : 0
  if (state && seq > state.confirmed) sendFrame(turn, { action: 'read', id, room_id: id, seq })
}

/** The server does not know the marker: it is told again in a moment, or else would learn of it by the next `heads`. */
export function refuseMarker(turn: Turn, id: number, error: ChatError): void {
  if (error.retryable) setTimer(turn, `read:${id}`, backOffMs(turn, 2, error))
  else report(turn, error)
}

/** The user types: the server is told now and then. */
export function typing(turn: Turn, id: number): void {
  const room = edit(turn, id)
  if (!room || turn.now - room.typedAt < typingEveryMs) return
  if (sendFrame(turn, { action: 'typing', room_id: id })) room.typedAt = turn.now
}

export function putTyping(
  turn: Turn,
  { room_id: id, user_id: userId, username }: EventOf<'typing'>,
): void {
  const room = edit(turn, id)
  if (!room?.window || userId === myId(turn)) return
  const others = room.typing.filter((each) => each.userId !== userId)
  room.typing = [...others, { userId, username, until: turn.now + typingMs }]
  // The timer is that of who ends first: whoever goes on typing must not keep the others there.
  endTyping(turn)
}

/** Ends what is over by itself. */
export function endTyping(turn: Turn): void {
  let next = Infinity
  for (const [id, { typing }] of turn.rooms) {
    const still = typing.filter(({ until }) => until > turn.now)
    if (still.length < typing.length) edit(turn, id)!.typing = still
    for (const { until } of still) next = Math.min(next, until)
  }
  if (next < Infinity) setTimer(turn, 'typing', next - turn.now)
}

export function putPresence(turn: Turn, { user_id, online }: EventOf<'presence'>): void {
  for (const [id, { room }] of turn.rooms) {
    if (room.partner?.id === user_id) showPartner(turn, id, { online })
  }
}

/** [M9] The partner of a direct chat has read so far. */
export function putSeen(turn: Turn, { room_id, partner_read_seq }: EventOf<'seen'>): void {
  showPartner(turn, room_id, { read_seq: partner_read_seq })
}

type Partner = Room['partner']

/** What is told of the partner of a direct chat. */
interface Told {
  readonly online?: boolean
  readonly read_seq?: number | null | undefined
}

function showPartner(turn: Turn, id: number, told: Told): void {
  const state = edit(turn, id)
  const partner = state?.room.partner
  if (!partner) return
  state.room = keep(state.room, {
    ...state.room,
    partner: laterOf(partner, { ...partner, ...told }),
  })
}

/** [M9] A partner's marker only moves forward; null: it is not told. */
const laterOf = (before: Partner, now: Partner): Partner =>
  now && before
    ? keep(before, {
        ...now,
        read_seq: now.read_seq && Math.max(now.read_seq, before.read_seq ?? 0),
      })
    : now

const cursorOf = (path: string | null) => /cursor=([^&]+)/.exec(path ?? '')?.[1]

/** Fetches the list of the user's rooms. */
export function askList(turn: Turn, cursor?: string): void {
  // What was listed so far may have changed: it begins anew.
  if (cursor === undefined) turn.listing = new Set()
  ask(turn, 'list', 0, { query: { member: true, limit: 100, cursor } })
}

export function putList(turn: Turn, { results, next }: RoomPage): void {
  const before = turn.listing?.size ?? 0
  for (const room of results) putRoom(turn, room)
  const listed = new Set([...(turn.listing ?? []), ...results.map(({ id }) => id)])
  turn.listing = listed
  const cursor = cursorOf(next)
  // A page that brings nothing is the last one, too.
  if (cursor !== undefined && listed.size > before) return askList(turn, cursor)
  turn.listing = null
  turn.listed = true
  for (const [id, { room }] of turn.rooms) {
    // A chat that is hidden can be read yet.
    if (!room.role || listed.has(id) || turn.unlisted.has(id)) catchUp(turn, edit(turn, id)!)
    else dropRoom(turn, id)
  }
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
  for (const {
    room_id: id,
    last_seq,
    last_read_seq,
    partner_online: online,
    partner_read_seq,
    hidden,
  } of heads) {
    named.add(id)
    const room = turn.rooms.get(id)
    if (room) {
      if (typeof online === 'boolean') showPartner(turn, id, { online, read_seq: partner_read_seq })
      putHead(turn, id, last_seq)
      putMarker(turn, id, last_read_seq)
      if (room.room.role) sendMarker(turn, id)
    }
    const isShown = room?.room.role && !turn.unlisted.has(id)
    // The frame that tells of it may have been lost.
    if (!isShown === !hidden) isNew = true
  }
  if (heads.length < headsMaxRooms) {
    for (const [id, { room }] of turn.rooms) if (room.role && !named.has(id)) isNew = true
  }
  if (isNew) askList(turn)
}
