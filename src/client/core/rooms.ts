/**
 * Follows the log of each room. A room shows the state after its event `applied`. Events are applied in the order of the
 * log. An early event is kept, and missing events are requested [W7].
 */
import { ChatError } from '../errors.ts'
import {
  type DurableEvent,
  type EventPage,
  type MemberPage,
  type MessagePage,
  type Room,
  unreadMax,
} from '../wire.ts'
import { keep } from '../view.ts'
import { merge } from './merge.ts'
import { askNotifications, hideRoomNotifications } from './notifications.ts'
import { settleSends } from './outbox.ts'
import { laterOf } from './partner.ts'
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
  ownId,
  reportError,
  sendFrame,
  setTimer,
  type RequestTag,
  type Turn,
} from './turn.ts'

/** A later push may arrive first. So the client waits this long before it requests missing events. */
const overtakenMs = 250
/** How many early events of a room are kept. */
const earlyMax = 300
/** After a longer gap the room is fetched again, instead of the missing events. */
const gapMax = 300
/** How many applied events are kept for an answer that is not there yet. */
const sinceMax = 2_000
const messagesPage = 50
const eventsPage = 100
/** How many messages of a room are loaded. Beyond that, messages at the farther end of the window are dropped. */
export const windowMax = 1_000
const windowKept = 800
/** How many members of a room are loaded. */
export const membersMax = 1_000
/** The read marker is sent at most once in this time. */
const readEveryMs = 1_000

/** Being one function, this does not repeat its code at each call. */
function markerIn(room: Room): number {
  return room.last_read_seq ?? 0
}

/** Handles a room as the server returned it. */
export function putRoom(turn: Turn, given: Room): void {
  const { id, last_seq: at } = given
  const room = edit(turn, id) ?? begin(turn, given)
  const { applied, window, reload } = room
  turn.unlisted.delete(id)
  const later = room.since.filter(({ seq }) => seq > at)
  const isOlder = later.length < applied - at
  if (window && at > applied && !reload) {
    // It is used when the events up to it are applied.
    room.ahead = given
    room.known = Math.max(room.known, at)
  } else if (isOlder && !reload) {
    // It is too old: not all later events were kept.
    room.stale = true
  } else {
    // When everything is fetched again, the log may be shorter than before.
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

/** Handles a room that was requested singly. [A6] Only the list of rooms tells whether it contains a direct chat. */
export function putAskedRoom(turn: Turn, room: Room): void {
  const { id, role, partner } = room
  // After a late push, the room may not be one of the user's rooms.
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
  // The list that is being fetched may be older.
  if (turn.listing) turn.listing = new Set([...turn.listing, id])
  // Its notifications from before the user left are shown again.
  if (turn.listed && !turn.listing && room.role) askNotifications(turn)
  // An event may have come between the server's answer and this.
  setTimer(turn, 'heads', firstHeadsMs)
  if (turn.opened.has(id)) hold(turn, begun)
  return begun
}

/** Uses the server's state of a room, and applies the events after it. */
function takeOver(
  turn: Turn,
  state: RoomState,
  given: Room,
  later: readonly DurableEvent[] = [],
): void {
  const next = later.reduce((each, event) => changeRoom(turn, each, event), given)
  // A marker only moves forward, unless the user leaves the room.
  const own = given.role && state.room.role ? markerIn(state.room) : 0
  const marker = Math.max(markerIn(next), own)
  state.room = {
    ...next,
    partner: laterOf(state.room.partner, next.partner),
    last_read_seq: next.role && marker,
  }
  state.confirmed = Math.max(state.confirmed, markerIn(given))
  state.ahead = null
  // The server may have counted from an older marker.
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

/** Handles events of a room. They may come in any order and more than once. */
export function putEvents(turn: Turn, id: number, events: readonly DurableEvent[]): void {
  settleSends(turn, events)
  const room = edit(turn, id)
  if (room) {
    const later = events.filter(({ seq }) => seq > room.applied)
    room.early = merge('seq', room.early, later)
    room.known = Math.max(room.known, room.early.at(-1)?.seq ?? 0)
    catchUp(turn, room)
    // The room will come with the list that is being fetched, or is requested.
  } else if (turn.listed && !turn.listing && !isAsked(turn, 'room', id)) ask(turn, 'room', id)
}

/** Notes that the log reaches `seq`. */
export function putHead(turn: Turn, id: number, seq: number): void {
  const room = edit(turn, id)
  if (!room || seq <= room.known) return
  room.known = seq
  catchUp(turn, room)
}

/** Applies the next events, and makes sure that missing events are requested. */
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

/** [M8] An unread message may have been deleted. The event does not name its author. */
const isUncertain = (room: Room) => (event: DurableEvent) =>
  event.type === 'message.deleted' && !!room.unread && event.message_seq > markerIn(room)

function applyEvent(turn: Turn, state: RoomState, event: DurableEvent): void {
  const { window, ahead, typing } = state
  const isOwn = 'user_id' in event && event.user_id === ownId(turn)
  // The event does not contain everything that changes with the user's own role.
  if (isOwn && event.type.startsWith('member')) state.stale = true
  if (event.type === 'message')
    state.typing = typing.filter(({ userId }) => userId !== event.user_id)
  state.room = changeRoom(turn, state.room, event)
  state.window = window && applyToWindow(window, event, ownId(turn))
  state.applied = event.seq
  if (ahead?.last_seq === event.seq) takeOver(turn, state, ahead)
}

function changeRoom(turn: Turn, room: Room, event: DurableEvent): Room {
  const next = applyToRoom(room, event)
  const counts =
    event.type === 'message' &&
    next.unread !== null &&
    event.seq > markerIn(next) &&
    event.user_id !== ownId(turn) &&
    event.deleted_at === null
  return counts ? { ...next, unread: Math.min(unreadMax, next.unread! + 1) } : next
}

/** Counts unread messages if the window reaches back to the marker. Otherwise the server counts. */
function recount(turn: Turn, state: RoomState, isUncertain: boolean): void {
  const { room, window, applied, confirmed } = state
  const marker = room.last_read_seq
  if (marker === null) return
  const unread = marker >= applied ? 0 : window && countUnread(window, marker, ownId(turn))
  if (typeof unread === 'number') {
    state.room = keep(room, { ...room, unread })
  } else if (isUncertain && confirmed >= marker) state.stale = true
}

/** Sets the timer after which missing data is requested. */
function watch(turn: Turn, state: RoomState, hasMoved: boolean): void {
  const { applied, known, stale, reload, window, timer, failures } = state
  const { id } = state.room
  const isBehind = known > applied && (window !== null || turn.listing === null)
  const isBroken = reload || window?.whole === false
  const wanted = isBehind || isBroken ? 'gap' : stale ? 'stale' : null
  if ((failures > 0 && timer) || (wanted && isBusy(turn, id))) return
  if (timer === wanted && !(wanted === 'gap' && hasMoved)) return
  state.timer = wanted
  // One event can make the room stale for all members. The spread keeps them from requesting it all at once.
  const spread = wanted === 'gap' ? 1 : 12
  setTimer(turn, `room:${id}`, wanted && overtakenMs * (1 + turn.random() * spread))
}

const isBusy = (turn: Turn, id: number) =>
  isAsked(turn, 'room', id) || isAsked(turn, 'fill', id) || isAsked(turn, 'messages', id)

/** Requests missing data. */
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
    // A later change may not be in the answer. It makes the room stale again.
    room.stale = false
    ask(turn, 'room', id)
  } else if (missing > gapMax) reloadRoom(turn, id)
  else if (window && !window.whole) askMessages(turn, id, window)
  else if (missing > 0) ask(turn, 'fill', id, { query: { after: room.applied, limit: eventsPage } })
}

/** Fetches the room and its messages again, because too much is missing. */
export function reloadRoom(turn: Turn, id: number): void {
  const room = edit(turn, id)
  if (!room) return
  forgetRoomCalls(turn, id)
  room.reload = true
  room.since = []
  ask(turn, 'room', id)
}

/** Begins to load the messages of a room. */
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
  // First the position, then the state. Events in between are applied to the state [W7].
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

/** Extends the window at one of its ends, or begins another window. It requests nothing when there is nothing more. */
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

/** Handles a page of messages. Its state is at least as new as the position at the time of the request. */
export function putMessages(
  turn: Turn,
  { results, previous, next }: MessagePage,
  { for: what, roomId, position }: RequestTag,
): void {
  const room = edit(turn, roomId)
  if (!room?.window) return
  const { window, applied } = room
  const isBefore = what === 'before'
  const isAfter = what === 'after'
  const isMore = isBefore || isAfter
  const later = room.since.filter(({ seq }) => seq > position)
  if (later.length < applied - position) {
    // Too many events came meanwhile.
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
  const caughtUp = later.reduce((each, event) => applyToWindow(each, event, ownId(turn)), page)
  room.window = trim(caughtUp, isBefore ? 'end' : 'start')
  room.failures = 0
  room.known = Math.max(room.known, results.at(-1)?.seq ?? 0)
  settleSends(turn, results)
  recount(turn, room, false)
  catchUp(turn, room)
}

/** Keeps the window within its bound: drops messages at one end. */
function trim(window: RoomWindow, from: 'start' | 'end'): RoomWindow {
  const { messages } = window
  if (messages.length <= windowMax) return window
  if (from === 'end') return { ...window, messages: messages.slice(0, windowKept), atEnd: false }
  const kept = messages.slice(-windowKept)
  return { ...window, messages: kept, heldFrom: kept[0]!.seq }
}

export function putEventPage(
  turn: Turn,
  { results }: EventPage,
  { roomId, position }: RequestTag,
): void {
  const room = edit(turn, roomId)
  if (!room) return
  room.failures = 0
  if (room.known > room.applied && !results.some(({ seq }) => seq > position)) {
    // The log is shorter than the server said before. The loaded data may belong to another log.
    return reloadRoom(turn, roomId)
  }
  putEvents(turn, roomId, results)
  // No other request will bring the events that are still missing.
  if (room.known > room.applied) tend(turn, roomId)
}

export function putMembers(
  turn: Turn,
  page: MemberPage,
  { roomId, position, query }: RequestTag,
): void {
  const room = edit(turn, roomId)
  if (!room?.window) return
  const before = query?.['cursor'] ? (room.window.members ?? []) : []
  const members = merge('user_id', before, page.results)
  // A page without new members also counts as the last one.
  const next = members.length > before.length ? cursorIn(page.next) : undefined
  room.window = room.since
    .filter(({ seq, type }) => seq > position && type.startsWith('member'))
    .reduce<RoomWindow>((each, event) => applyToWindow(each, event, ownId(turn)), {
      ...room.window,
      members,
      allMembers: next === undefined,
    })
  if (next !== undefined && members.length < membersMax) askMembers(turn, roomId, next)
  catchUp(turn, room)
}

/** Handles a refused request about a room. */
export function refuseRoom(turn: Turn, { for: what, roomId }: RequestTag, error: ChatError): void {
  const { code, retryable } = error
  if (code === 'not_found' || code === 'forbidden') return dropRoom(turn, roomId, error)
  if (!retryable) reportError(turn, error)
  const isNeeded = what === 'room' || what === 'messages' || what === 'fill'
  if (!isNeeded || !(retryable || code === 'bad_answer')) return
  const room = edit(turn, roomId)
  const failures = (room?.failures ?? 0) + 1
  if (room) {
    room.timer = 'gap'
    room.failures = failures
    // The request will be repeated.
    room.stale ||= what === 'room'
  }
  setTimer(turn, `room:${roomId}`, backOffMs(turn, failures, error))
}

/** [M8] Handles the position of a read marker from the server. */
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

/** Moves the user's marker. The change is shown at once. */
export function markRead(turn: Turn, id: number, seq: number | null): void {
  const room = edit(turn, id)
  if (!room || !room.room.role) return
  const to = Math.min(seq ?? Infinity, room.applied)
  if (to <= markerIn(room.room)) return
  moveMarker(turn, room, to)
  setTimer(turn, `read:${id}`, readEveryMs)
}

/** Sends a marker to the server. */
export function sendMarker(turn: Turn, id: number): void {
  const state = turn.rooms.get(id)
  const seq = state ? markerIn(state.room) : 0
  if (state && seq > state.confirmed) sendFrame(turn, { action: 'read', id, room_id: id, seq })
}

/** The server has not accepted the marker. It is sent again in a moment, or at the latest after the next `heads`. */
export function refuseMarker(turn: Turn, id: number, error: ChatError): void {
  if (error.retryable) setTimer(turn, `read:${id}`, backOffMs(turn, 2, error))
  else reportError(turn, error)
}

export const cursorIn = (path: string | null) => /cursor=([^&]+)/.exec(path ?? '')?.[1]

/** Fetches the list of the user's rooms. */
export function askList(turn: Turn, cursor?: string): void {
  // The list so far may have changed, so the fetch begins again.
  if (cursor === undefined) turn.listing = new Set()
  ask(turn, 'list', 0, { query: { member: true, limit: 100, cursor } })
}
