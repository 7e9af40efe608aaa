import type { ChatError } from '../errors.ts'
import type { ClientFrame, Input, Operation } from '../wire.ts'
import type { CoreState, RoomState } from './state.ts'

/** What the core asks its surroundings to do. */
export type Effect =
  /** Opens a socket. What becomes of it comes back as inputs with its number. */
  | { readonly do: 'open'; readonly socket: number }
  | { readonly do: 'close'; readonly socket: number }
  | { readonly do: 'frame'; readonly socket: number; readonly frame: ClientFrame }
  /** Comes back as an input `timer` with this name. It replaces the one of the same name; null cancels that. */
  | { readonly do: 'timer'; readonly name: string; readonly ms: number | null }
  /** Comes back as an input `answer` or `refusal` with this tag. */
  | {
      readonly do: 'call'
      readonly tag: Tag
      readonly operation: Operation
      readonly input: Input<Operation>
    }
  /** Keeps a send; null forgets it. The first comes back as an input `stored` or `notStored`. */
  | { readonly do: 'store'; readonly clientId: string; readonly value: StoredSend | null }
  /** Something that the application may want to show or log. */
  | { readonly do: 'report'; readonly error: ChatError }
  /** The server has ended the session. */
  | { readonly do: 'end'; readonly error: ChatError }

/** What is asked for over HTTP. */
export type Asked =
  | 'why'
  | 'list'
  | 'notifications'
  | 'room'
  | 'messages'
  | 'fill'
  | 'before'
  | 'after'
  | 'around'
  | 'members'
  | 'send'

export interface Tag {
  readonly for: Asked
  /** The room; 0: none. */
  readonly roomId: number
  readonly turn: number
  /** What was applied of the room when it was asked. */
  readonly position: number
  readonly clientId?: string
}

/** A send as it is kept in a storage. */
export interface StoredSend {
  readonly userId: number
  readonly clientId: string
  readonly roomId: number
  readonly text: string
  readonly replyTo: number | null
  readonly order: number
  /** Why it failed; null: it is still to be sent. */
  readonly failed: { readonly code: string; readonly message: string } | null
}

/** One step: what it changes, and what it asks for. */
export interface Turn extends CoreState {
  readonly effects: Effect[]
  /** Milliseconds of a clock that never jumps. */
  readonly now: number
  /** The same since 1970, of a clock that may be wrong: only to be shown. */
  readonly wall: number
  /** Between 0 and 1. */
  readonly random: () => number
}

export function patch(turn: Turn, change: Partial<CoreState>): void {
  Object.assign(turn, change)
}

export function patchRoom(turn: Turn, id: number, change: Partial<RoomState>): void {
  const room = turn.rooms.get(id)
  if (room) turn.rooms.set(id, { ...room, ...change })
}

const keyOf = (what: Asked, roomId: number, clientId = '') => `${what}:${roomId}:${clientId}`

/** Asks the server. An earlier question of the same kind about the same room is not wanted any more. */
export function ask<Id extends Operation>(
  turn: Turn,
  what: Asked,
  roomId: number,
  operation: Id,
  input: Input<Id>,
  clientId?: string,
): void {
  const number = ++turn.turns
  const position = turn.rooms.get(roomId)?.applied ?? 0
  turn.calls.set(keyOf(what, roomId, clientId), number)
  const tag: Tag = {
    for: what,
    roomId,
    turn: number,
    position,
    ...(clientId !== undefined && { clientId }),
  }
  turn.effects.push({ do: 'call', tag, operation, input })
}

export function isAsked(turn: Turn, what: Asked, roomId = 0): boolean {
  return turn.calls.has(keyOf(what, roomId))
}

/** Whether an answer is still wanted. From now on it is not. */
export function takeAnswer(turn: Turn, tag: Tag): boolean {
  const key = keyOf(tag.for, tag.roomId, tag.clientId)
  if (turn.calls.get(key) !== tag.turn) return false
  turn.calls.delete(key)
  return true
}

/** Answers to what was asked are not wanted any more. */
export function forgetCall(turn: Turn, what: Asked, roomId: number): void {
  turn.calls.delete(keyOf(what, roomId))
}

const fetches = ['room', 'messages', 'fill', 'before', 'after', 'around', 'members'] as const

/** Whether something of a room is being fetched that events have to be applied to when it comes. */
export function isFetching(turn: Turn, roomId: number): boolean {
  return turn.listing !== null || fetches.some((what) => isAsked(turn, what, roomId))
}

export function forgetRoomCalls(turn: Turn, roomId: number): void {
  for (const what of fetches) forgetCall(turn, what, roomId)
}

export function setTimer(turn: Turn, name: string, ms: number | null): void {
  turn.effects.push({ do: 'timer', name, ms })
}

export function report(turn: Turn, error: ChatError): void {
  turn.effects.push({ do: 'report', error })
}

/** How long to wait before the next attempt after so many failures: random, 0.25 to 25 s [W8]. */
export function backOffMs(turn: Turn, failures: number, error?: ChatError): number {
  const most = Math.min(25_000, 1_000 * 2 ** Math.min(failures, 10))
  return Math.max(error?.retryAfterMs ?? 0, 250 + turn.random() * (most - 250))
}
