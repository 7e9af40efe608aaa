/**
 * Sends: visible at once, kept in the storage before the first try, first in first out per room, each with a
 * `client_id`, so that the server stores one that is repeated once [M3, W5].
 */
import { ChatError } from '../errors.ts'
import { frameInMaxBytes } from '../wire.ts'
import { fits, shapes } from './shape.ts'
import type { Outgoing } from './state.ts'
import { ask, backOffMs, sendFrame, setTimer, type StoredSend, type Turn } from './turn.ts'

/** So long is waited for an `ack`. */
const ackMs = 15_000
/** A message at which the server fails again and again shall not keep back those after it. */
const internalMax = 5
/** In JSON a character has up to 6 bytes. */
const frameTextMax = frameInMaxBytes / 8

const find = (turn: Turn, clientId: unknown) =>
  turn.outbox.find((each) => each.clientId === clientId)

function change(turn: Turn, clientId: string, to: Partial<Outgoing>): void {
  turn.outbox = turn.outbox.map((each) => (each.clientId === clientId ? { ...each, ...to } : each))
}

function store(turn: Turn, send: Outgoing): void {
  const { status, error, seq: _, failures: __, ...kept } = send
  const failed = status === 'failed' && error ? { code: error.code, message: error.message } : null
  const userId = turn.me?.id ?? 0
  const value: StoredSend = { ...kept, userId, failed }
  turn.effects.push({ do: 'store', clientId: send.clientId, value })
}

const forget = (turn: Turn, clientId: string) =>
  turn.effects.push({ do: 'store', clientId, value: null })

export type NewSend = Pick<Outgoing, 'clientId' | 'roomId' | 'text' | 'replyTo'>

const fresh = { status: 'saving', seq: null, error: null, failures: 0 } as const

export function addSend(turn: Turn, send: NewSend): void {
  const last = turn.outbox.at(-1)?.order ?? 0
  const added: Outgoing = { ...send, ...fresh, order: Math.max(turn.wall, last + 1) }
  turn.outbox = [...turn.outbox, added]
  store(turn, added)
}

/** Takes along what the storage has from before. */
export function loadSends(turn: Turn, stored: readonly StoredSend[]): void {
  const own = stored
    .filter((send) => fits(send, shapes.send) && send.userId === turn.me?.id)
    .filter(({ clientId }) => !find(turn, clientId))
    .map((kept): Outgoing => {
      const { userId: _, failed, ...send } = kept
      return {
        ...fresh,
        ...send,
        status: failed ? 'failed' : 'waiting',
        // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- it was written by this library
        error: failed && new ChatError(failed.code as ChatError['code'], failed.message),
      }
    })
    .toSorted((a, b) => a.order - b.order)
  turn.outbox = [...own, ...turn.outbox]
  pump(turn)
}

/** It is in the storage. What is not kept is not sent: after a reload nobody would know of it. */
export function stored(turn: Turn, clientId: string, error: ChatError | null = null): void {
  if (find(turn, clientId)?.status !== 'saving') return
  change(turn, clientId, { status: error ? 'failed' : 'waiting', error })
  pump(turn)
}

export function retry(turn: Turn, clientId: string): void {
  const send = find(turn, clientId)
  if (send?.status !== 'failed') return
  turn.outbox = turn.outbox.filter((each) => each !== send)
  addSend(turn, send)
}

/** One that may have reached the server already is not taken back. */
export function discard(turn: Turn, clientId: string): void {
  const send = find(turn, clientId)
  if (!send || send.status === 'sending' || send.status === 'sent') return
  turn.outbox = turn.outbox.filter((each) => each !== send)
  forget(turn, clientId)
  pump(turn)
}

/** Sends what is next in each room. */
export function pump(turn: Turn): void {
  const busy = new Set(turn.held)
  for (const send of turn.outbox) {
    const { status, roomId } = send
    if (status === 'sent' || status === 'failed' || busy.has(roomId)) continue
    busy.add(roomId)
    if (status === 'waiting' && turn.wanted) trySend(turn, send)
  }
}

function trySend(turn: Turn, { clientId, roomId, text, replyTo }: Outgoing): void {
  const message = {
    room_id: roomId,
    message: text,
    client_id: clientId,
    ...(replyTo !== null && { reply_to: replyTo }),
  }
  const frame = { action: 'sendmessage', id: clientId, ...message } as const
  // What may not fit a frame goes by HTTP; where no socket opens HTTP may do.
  if (text.length <= frameTextMax && sendFrame(turn, frame)) {
    change(turn, clientId, { status: 'sending', error: null })
    setTimer(turn, `ack:${roomId}`, ackMs)
  } else if (turn.current?.isReady || turn.failures > 1) {
    ask(turn, 'send', roomId, { body: message })
    change(turn, clientId, { status: 'sending', error: null })
  }
}

/** The server has stored it. */
export function sent(turn: Turn, clientId: unknown, seq: number): void {
  const send = find(turn, clientId)
  if (!send || send.status === 'sent') return
  change(turn, send.clientId, { status: 'sent', seq, error: null })
  forget(turn, send.clientId)
  if (send.status === 'sending') setTimer(turn, `ack:${send.roomId}`, null)
  pump(turn)
}

/** [W5] A message of one's own tells that it was stored, as an `ack` does. */
export function settleSends(
  turn: Turn,
  messages: readonly { seq: number; user_id?: unknown; client_id?: unknown }[],
): void {
  if (turn.outbox.length === 0) return
  for (const { user_id, client_id, seq } of messages) {
    if (user_id === turn.me?.id && client_id) sent(turn, client_id, seq)
  }
}

export function refuseSend(turn: Turn, clientId: unknown, error: ChatError): void {
  const send = find(turn, clientId)
  if (send?.status !== 'sending') return
  setTimer(turn, `ack:${send.roomId}`, null)
  const failures = send.failures + 1
  const isOver = error.code === 'session_revoked' || error.code === 'signed_out'
  if (isOver || (error.retryable && !(error.code === 'internal' && failures >= internalMax))) {
    return again(turn, { ...send, failures }, error)
  }
  change(turn, send.clientId, { status: 'failed', error })
  store(turn, find(turn, send.clientId)!)
  pump(turn)
}

/** Lets a room's next send wait a moment. */
function again(
  turn: Turn,
  { clientId, roomId, failures }: Outgoing,
  error: ChatError | null = null,
): void {
  change(turn, clientId, { status: 'waiting', failures, error })
  turn.held.add(roomId)
  setTimer(turn, `send:${roomId}`, backOffMs(turn, failures, error))
}

/** The wait is over. */
export function release(turn: Turn, roomId: number): void {
  turn.held.delete(roomId)
  pump(turn)
}

export function ackIsLate(turn: Turn, roomId: number): void {
  const send = turn.outbox.find((each) => each.roomId === roomId && each.status === 'sending')
  if (send) again(turn, { ...send, failures: send.failures + 1 })
}

/** The socket is gone: whether what was on its way has arrived is not known, so it is sent again. */
export function takeBack(turn: Turn): void {
  for (const { clientId, roomId, status } of turn.outbox) {
    if (status !== 'sending') continue
    change(turn, clientId, { status: 'waiting' })
    setTimer(turn, `ack:${roomId}`, null)
  }
}

/** Forgets sends that the room shows by now. */
export function prune(turn: Turn): void {
  const { outbox, rooms } = turn
  const isShown = ({ status, roomId, seq }: Outgoing) => {
    if (status !== 'sent') return false
    const room = rooms.get(roomId)
    return !room?.window?.atEnd || (room.window.whole && room.applied >= (seq ?? 0))
  }
  if (outbox.some(isShown)) turn.outbox = outbox.filter((send) => !isShown(send))
}
