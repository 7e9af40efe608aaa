/**
 * The outgoing messages (sends). A send is visible at once. It is in the storage before the first attempt. The sends of
 * a room go out in order. Each has a `client_id`, so that the server stores a repeated send once [M3, W5].
 */
import { ChatError } from '../errors.ts'
import { frameInMaxBytes } from '../wire.ts'
import { fits, shapes } from './shape.ts'
import type { Outgoing } from './state.ts'
import { ask, backOffMs, sendFrame, setTimer, type StoredSend, type Turn } from './turn.ts'

/** How long to wait for an `ack`. */
const ackMs = 15_000
/** After this many failures of the server a send fails, so that it does not block the sends after it. */
const internalMax = 5
/** A character can take up to 6 bytes in JSON. */
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

/** Loads the sends of the storage. */
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

/** The send is in the storage. Only stored sends go out, because a reload would lose the others. */
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

/** Deletes a send. A send that may have reached the server cannot be deleted. */
export function discard(turn: Turn, clientId: string): void {
  const send = find(turn, clientId)
  if (!send || send.status === 'sending' || send.status === 'sent') return
  turn.outbox = turn.outbox.filter((each) => each !== send)
  forget(turn, clientId)
  pump(turn)
}

/** Sends the next message of each room. */
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
  // A message that may not fit into a frame goes over HTTP. Every message goes over HTTP while no socket opens.
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

/** [W5] An event with the user's own message proves that it was stored, like an `ack`. */
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

/** The delay of a room's next send is over. */
export function release(turn: Turn, roomId: number): void {
  turn.held.delete(roomId)
  pump(turn)
}

export function ackIsLate(turn: Turn, roomId: number): void {
  const send = turn.outbox.find((each) => each.roomId === roomId && each.status === 'sending')
  if (send) again(turn, { ...send, failures: send.failures + 1 })
}

/** The socket is gone. It is unknown whether the last sends arrived, so they are sent again. */
export function takeBack(turn: Turn): void {
  for (const { clientId, roomId, status } of turn.outbox) {
    if (status !== 'sending') continue
    change(turn, clientId, { status: 'waiting' })
    setTimer(turn, `ack:${roomId}`, null)
  }
}

/** Removes sends that the room shows by now. */
export function prune(turn: Turn): void {
  const { outbox, rooms } = turn
  const isShown = ({ status, roomId, seq }: Outgoing) => {
    if (status !== 'sent') return false
    const room = rooms.get(roomId)
    return !room?.window?.atEnd || (room.window.whole && room.applied >= (seq ?? 0))
  }
  if (outbox.some(isShown)) turn.outbox = outbox.filter((send) => !isShown(send))
}
