/**
 * The connection. It opens a socket, sends `hello` and `heads`, replaces a socket that will be closed soon or does not
 * answer, backs off, and follows `bye` [W3, W8, W11].
 */
import { ChatError } from '../errors.ts'
import { helloMaxRooms } from '../wire.ts'
import { askNotifications } from './notifications.ts'
import { pump, takeBack } from './outbox.ts'
import { putHeads } from './room-list.ts'
import { askList } from './rooms.ts'
import type { Connection, Socket } from './state.ts'
import {
  ask,
  backOffMs,
  closeSocket,
  type EventOf,
  firstHeadsMs,
  forgetCall,
  patch,
  sendFrame,
  setTimer,
  type Turn,
} from './turn.ts'

/** How long a new socket may take until its `hello` is answered. */
const openMs = 20_000
/** How long to wait for an answer to `heads`. */
const answerMs = 10_000
/** The same after a sleep, when the socket is probably gone. */
const wakeMs = 5_000
const headsMs = 300_000
/** The interval of the beat. A late beat shows that the machine slept. */
const beatMs = 10_000

export function startLink(turn: Turn): void {
  if (turn.wanted || !turn.me) return
  patch(turn, { wanted: true, failures: 0 })
  if (!turn.listed) askList(turn)
  if (!turn.notifications.items) askNotifications(turn)
  turn.beatAt = turn.wall
  beat(turn)
  openConnection(turn)
}

export function beat(turn: Turn): void {
  if (turn.wall - turn.beatAt > 2 * beatMs) wake(turn)
  turn.beatAt = turn.wall
  setTimer(turn, 'beat', beatMs)
}

/** Closes the sockets, and makes no further attempt. */
export function stop(turn: Turn, error: ChatError | null = null): void {
  for (const socket of [turn.current, turn.next]) {
    if (socket) closeSocket(turn, socket.id)
  }
  patch(turn, { wanted: false, current: null, next: null, askedAt: null })
  for (const name of ['heads', 'next', 'answer', 'connect', 'beat']) setTimer(turn, name, null)
  forgetCall(turn, 'why')
  takeBack(turn)
  show(turn, 'offline', error)
}

function show(
  turn: Turn,
  name: Connection['name'],
  error: ChatError | null = turn.connection.error,
  retryInMs: number | null = null,
): void {
  turn.connection = { name, error, retryInMs }
}

function open(turn: Turn): Socket {
  const id = ++turn.sockets
  turn.effects.push({ do: 'open', socket: id })
  return { id, isReady: false }
}

export function openConnection(turn: Turn): void {
  const { wanted, current } = turn
  if (!wanted || current) return
  patch(turn, { current: open(turn), askedAt: null })
  setTimer(turn, 'connect', null)
  setTimer(turn, 'answer', openMs)
  show(turn, 'connecting')
}

/** [W8] Opens the socket that replaces the present one. */
export function openNext(turn: Turn): void {
  const { current, next } = turn
  if (!current || next) return
  turn.next = open(turn)
  setTimer(turn, 'next', openMs)
}

export function opened(turn: Turn, id: number): void {
  if (turn.current?.id === id) turn.heads = []
  else if (turn.next?.id !== id) return
  const rooms = [...turn.rooms]
    // A room that is not open is fetched with the list.
    .filter(([, { room, window }]) => room.role && window?.whole)
    .slice(-helloMaxRooms)
    .map(([roomId, { applied }]) => [roomId, applied] as const)
  const frame = { action: 'hello', id: 'hello', rooms: Object.fromEntries(rooms) } as const
  turn.effects.push({ do: 'frame', socket: id, frame })
}

/** Handles the answer to `hello`, or a part of it. */
export function putHello(turn: Turn, { rooms, done }: EventOf<'hello'>, id: number): void {
  const { next, current } = turn
  const heads = (turn.heads = [...turn.heads, ...rooms])
  if (!done) return
  const isNext = next?.id === id
  const isRotation = isNext && current?.isReady
  if (isNext) {
    if (current) closeSocket(turn, current.id)
    setTimer(turn, 'next', null)
    takeBack(turn)
  }
  patch(turn, {
    current: { id, isReady: true },
    ...(isNext && { next: null }),
    heads: [],
    failures: 0,
    askedAt: null,
    heardAt: turn.now,
  })
  setTimer(turn, 'answer', null)
  setTimer(turn, 'heads', firstHeadsMs)
  show(turn, 'connected', null)
  // States that no log contains may have changed meanwhile.
  if (!isRotation && turn.listed) {
    askList(turn)
    askNotifications(turn)
  }
  putHeads(turn, heads)
  pump(turn)
}

export function putHeadsAnswer(turn: Turn, { rooms, done }: EventOf<'heads'>): void {
  const heads = (turn.heads = [...turn.heads, ...rooms])
  if (!done) return
  patch(turn, { heads: [], askedAt: null })
  setTimer(turn, 'answer', null)
  setTimer(turn, 'heads', headsMs)
  putHeads(turn, heads)
  // A push that added or removed a notification may have been lost. No log contains it.
  askNotifications(turn)
}

/** Asks for the positions of the rooms. The answer also shows that the socket is alive. */
export function askHeads(turn: Turn, withinMs = answerMs): void {
  if (!sendFrame(turn, { action: 'heads', id: 'heads' })) return
  patch(turn, { askedAt: turn.now, heads: [] })
  setTimer(turn, 'heads', null)
  setTimer(turn, 'answer', withinMs)
}

/** An answer did not come in time. */
export function answerIsLate(turn: Turn): void {
  const { current, askedAt, heardAt } = turn
  if (!current) return
  if (current.isReady && (askedAt === null || heardAt > askedAt)) askHeads(turn)
  else closed(turn, current.id, new ChatError('network', 'the server did not answer'))
}

/** The machine may have slept. An open socket does not prove a connection then. */
export function wake(turn: Turn): void {
  const { current, wanted, askedAt } = turn
  if (wanted && !current) {
    turn.failures = 0
    forgetCall(turn, 'why')
    wait(turn, 0)
  } else if (askedAt === null) askHeads(turn, wakeMs)
}

/** Handles the `next` timer: an attempt to rotate took too long, or is due again. */
export function nextIsLate(turn: Turn): void {
  if (turn.next) closed(turn, turn.next.id, null)
  openNext(turn)
}

export function closed(turn: Turn, id: number, error: ChatError | null): void {
  const { current, next, failures } = turn
  closeSocket(turn, id)
  if (next?.id === id) {
    turn.next = null
    setTimer(turn, 'next', backOffMs(turn, 3))
  }
  if (current?.id !== id) return
  const why = error ?? new ChatError('network', 'connection closed')
  takeBack(turn)
  for (const name of ['heads', 'next', 'answer']) setTimer(turn, name, null)
  patch(turn, { current: next, next: null, askedAt: null, heads: [], failures: failures + 1 })
  if (current.isReady && !next) wait(turn, backOffMs(turn, failures), why)
  else show(turn, 'connecting', why)
  if (next) setTimer(turn, 'answer', openMs)
  // [W2] Only HTTP tells why an upgrade was refused.
  else if (!current.isReady) ask(turn, 'why')
  // Sends may go over HTTP now.
  pump(turn)
}

function wait(turn: Turn, ms: number, error?: ChatError): void {
  setTimer(turn, 'connect', ms)
  show(turn, 'offline', error, ms)
}

/** Handles the answer over HTTP: if HTTP works, the socket may work, too. Otherwise the error tells what is wrong. */
export function knowWhy(turn: Turn, error?: ChatError): void {
  if (!turn.wanted || turn.current) return
  if (error?.code === 'forbidden') stop(turn, error)
  else wait(turn, backOffMs(turn, turn.failures, error), error)
}

export function onBye(
  turn: Turn,
  {
    code,
    reconnect,
    after_ms,
    message = code,
  }: Pick<EventOf<'bye'>, 'reconnect' | 'after_ms' | 'message'> & { code: string },
  id: number,
): void {
  if (reconnect && code === 'rotate' && turn.current?.id === id) {
    if (!turn.next) setTimer(turn, 'next', after_ms)
    return
  }
  const text = `closed: ${message}`
  const isOver = code === 'session_revoked'
  const error = new ChatError(reconnect ? 'network' : isOver ? code : 'forbidden', text)
  if (reconnect) {
    closed(turn, id, error)
    if (!turn.current) wait(turn, Math.max(after_ms, backOffMs(turn, 0)), error)
  } else {
    stop(turn, error)
    if (isOver) turn.effects.push({ do: 'end', error })
  }
}
