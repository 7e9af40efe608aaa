import { ChatError } from '../errors.ts'
import type { ClientFrame, Input, OtherEvent } from '../wire.ts'
import type { CoreState, RoomState } from './state.ts'

/** An event that is in no log. */
export type EventOf<Type> = Extract<OtherEvent, { type: Type }>

/** The effects: what the core asks its surroundings to do. */
export type Effect =
  /** Opens a socket. Its events come back as inputs with its number. */
  | { readonly do: 'open'; readonly socket: number }
  | { readonly do: 'close'; readonly socket: number }
  | { readonly do: 'frame'; readonly socket: number; readonly frame: ClientFrame }
  /**
   * Sets a timer, which comes back as an input `timer` with this name. It replaces a timer of this name. null
   * cancels it.
   */
  | { readonly do: 'timer'; readonly name: string; readonly ms: number | null }
  /** Makes a request, which comes back as an input `answer` or `refusal` with this tag. */
  | {
      readonly do: 'call'
      readonly tag: RequestTag
    }
  /** Stores a send, which comes back as an input `stored` or `notStored`. null deletes a send. */
  | { readonly do: 'store'; readonly clientId: string; readonly value: StoredSend | null }
  /** Reports an error that the application may want to show or log. */
  | { readonly do: 'report'; readonly error: ChatError }
  /** The server has ended the session. */
  | { readonly do: 'end'; readonly error: ChatError }

/** The kinds of HTTP requests, with their operations. */
export interface Questions {
  why: 'GET /api/users/me/'
  list: 'GET /api/rooms/'
  notifications: 'GET /api/notifications/'
  room: 'GET /api/rooms/{room_id}/'
  messages: 'GET /api/messages/{room_id}/'
  before: 'GET /api/messages/{room_id}/'
  after: 'GET /api/messages/{room_id}/'
  around: 'GET /api/messages/{room_id}/'
  fill: 'GET /api/rooms/{room_id}/events/'
  members: 'GET /api/rooms/{room_id}/members/'
  send: 'POST /api/messages/'
}

export type Asked = keyof Questions

export interface RequestTag {
  readonly for: Asked
  /** The id of the room; 0 when there is none. */
  readonly roomId: number
  readonly turn: number
  /** The `applied` of the room at the time of the request. */
  readonly position: number
  readonly query?: Readonly<Record<string, number | boolean | string | undefined>>
  readonly body?: Input<'POST /api/messages/'>['body']
}

/** A send as it is stored. */
export interface StoredSend {
  readonly userId: number
  readonly clientId: string
  readonly roomId: number
  readonly text: string
  readonly replyTo: number | null
  readonly order: number
  /** Why it failed; null when it is not sent yet. */
  readonly failed: { readonly code: string; readonly message: string } | null
}

/** One step: its changes and its effects. */
export interface Turn extends CoreState {
  readonly effects: Effect[]
  /** The rooms that this step has copied, and may change. */
  readonly edited: Set<RoomState>
  /** Milliseconds of a clock that never jumps. */
  readonly now: number
  /** Milliseconds since 1970. The clock may be wrong, so this is only for display. */
  readonly wall: number
  /** Returns a random number between 0 and 1. */
  readonly random: () => number
}

export function patch(turn: Turn, change: Partial<CoreState>): void {
  Object.assign(turn, change)
}

/** Returns a copy of a room to change. The state before this step keeps its own room. */
export function edit(turn: Turn, id: number): RoomState | undefined {
  const room = turn.rooms.get(id)
  return !room || turn.edited.has(room) ? room : keepRoom(turn, id, { ...room })
}

export function keepRoom(turn: Turn, id: number, room: RoomState): RoomState {
  turn.rooms.set(id, room)
  turn.edited.add(room)
  return room
}

const keyOf = (what: Asked, roomId: number) => `${what}:${roomId}`

/** Sends a request. It replaces an earlier request of the same kind about the same room. */
export function ask(
  turn: Turn,
  what: Asked,
  roomId = 0,
  details: Pick<RequestTag, 'query' | 'body'> = {},
): void {
  const number = ++turn.turns
  const position = turn.rooms.get(roomId)?.applied ?? 0
  // A send tracks by itself whether it waits for an answer.
  if (what !== 'send') turn.calls.set(keyOf(what, roomId), number)
  turn.effects.push({ do: 'call', tag: { for: what, roomId, turn: number, position, ...details } })
}

export function isAsked(turn: Turn, what: Asked, roomId = 0): boolean {
  return turn.calls.has(keyOf(what, roomId))
}

/** Whether an answer is still expected. After this call it is not. */
export function takeAnswer(turn: Turn, tag: RequestTag): boolean {
  if (tag.for === 'send') return true
  const key = keyOf(tag.for, tag.roomId)
  return turn.calls.get(key) === tag.turn && turn.calls.delete(key)
}

/** Ignores the answers to running requests about a room. */
export function forgetCall(turn: Turn, what: Asked, roomId = 0): void {
  turn.calls.delete(keyOf(what, roomId))
}

/** The kinds of requests that fetch a room or its messages. */
const callsOf = (turn: Turn, roomId: number) =>
  [...turn.calls.keys()].filter((key) => key.endsWith(`:${roomId}`))

/** Whether a request about the room is running to whose answer new events must be applied. */
export const isFetching = (turn: Turn, roomId: number) =>
  turn.listing !== null || callsOf(turn, roomId).length > 0

export function forgetRoomCalls(turn: Turn, roomId: number): void {
  for (const key of callsOf(turn, roomId)) turn.calls.delete(key)
}

/** The first `heads` after a `hello` [W3]. */
export const firstHeadsMs = 5_000
/** The longest wait, whatever the server says. */
const longestMs = 3_600_000

export function setTimer(turn: Turn, name: string, ms: number | null): void {
  turn.effects.push({ do: 'timer', name, ms: ms && Math.min(ms, longestMs) })
}

/** Sends a frame on the present socket, if it is ready. */
export function sendFrame(turn: Turn, frame: ClientFrame): boolean {
  const { current } = turn
  if (!current?.isReady) return false
  turn.effects.push({ do: 'frame', socket: current.id, frame })
  return true
}

export function closeSocket(turn: Turn, socket: number): void {
  turn.effects.push({ do: 'close', socket })
}

export const badForm = () =>
  new ChatError('bad_answer', 'the server is not Quick Connect: check the url')

export function reportError(turn: Turn, error: ChatError): void {
  turn.effects.push({ do: 'report', error })
}

/** How long to wait before the next attempt after so many failures: random, 0.25 to 25 s [W8]. */
export function backOffMs(turn: Turn, failures: number, error?: ChatError | null): number {
  const most = Math.min(25_000, 1_000 * 2 ** Math.min(failures, 10))
  return Math.max(error?.retryAfterMs ?? 0, 250 + turn.random() * (most - 250))
}

export const ownId = (turn: Turn) => turn.me?.id ?? 0
