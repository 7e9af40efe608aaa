/**
 * The connection: opens a socket, says hello, asks for heads, replaces a socket that is about to be closed or does not
 * answer, backs off, and obeys `bye` [W3, W8, W11].
 */
import { ChatError } from '../errors.ts'
import { helloMaxRooms, type OtherEvent, type RoomHead } from '../wire.ts'
import { askNotifications } from './notifications.ts'
import { pump, takeBack } from './outbox.ts'
import { askList, putHeads } from './rooms.ts'
import type { Connection, Socket } from './state.ts'
import { ask, backOffMs, forgetCall, patch, setTimer, type Turn } from './turn.ts'

/** From the beginning of a socket until its `hello` is answered. */
const openMs = 20_000
/** So long is waited for an answer to `heads`. */
const answerMs = 10_000
/** The same after a sleep, when the socket is likely to be gone. */
const wakeMs = 5_000
const firstHeadsMs = 5_000
const headsMs = 300_000
const typingEveryMs = 3_000

export function start(turn: Turn): void {
  if (turn.wanted || !turn.me) return
  patch(turn, { wanted: true, failures: 0 })
  if (!turn.listed) askList(turn)
  if (!turn.notifications.items) askNotifications(turn)
  connect(turn)
}

/** Closes what is open, and makes no further attempt. */
export function stop(turn: Turn, error: ChatError | null = null): void {
  const { current, next } = turn
  for (const socket of [current, next]) {
    if (socket) turn.effects.push({ do: 'close', socket: socket.id })
  }
  patch(turn, { wanted: false, current: null, next: null, askedAt: null })
  for (const name of ['connect', 'answer', 'heads', 'next']) setTimer(turn, name, null)
  forgetCall(turn, 'why', 0)
  takeBack(turn)
  show(turn, 'offline', error, null)
}

function show(
  turn: Turn,
  name: Connection['name'],
  error: ChatError | null,
  retryInMs: number | null,
) {
  turn.connection = { name, error, retryInMs }
}

function open(turn: Turn): Socket {
  const id = turn.sockets + 1
  turn.sockets = id
  turn.effects.push({ do: 'open', socket: id })
  return { id, state: 'opening' }
}

export function connect(turn: Turn): void {
  const { wanted, current } = turn
  if (!wanted || current) return
  patch(turn, { current: open(turn), askedAt: null })
  setTimer(turn, 'connect', null)
  setTimer(turn, 'answer', openMs)
  show(turn, 'connecting', turn.connection.error, null)
}

/** [W8] Opens the socket that takes the place of the present one. */
export function openNext(turn: Turn): void {
  const { current, next } = turn
  if (!current || next) return
  turn.next = open(turn)
  setTimer(turn, 'next', openMs)
}

export function opened(turn: Turn, id: number): void {
  const { current, next } = turn
  const greeting = { id, state: 'greeting' } as const
  if (current?.id === id) patch(turn, { current: greeting, heads: [] })
  else if (next?.id === id) turn.next = greeting
  else return
  const rooms = [...turn.rooms]
    // A room that is not open is fetched, with the list.
    .filter(([, { room, window }]) => room.role !== null && window?.whole)
    .slice(-helloMaxRooms)
    .map(([roomId, { applied }]) => [roomId, applied] as const)
  const frame = { action: 'hello', id: 'hello', rooms: Object.fromEntries(rooms) } as const
  turn.effects.push({ do: 'frame', socket: id, frame })
}

/** A part of the answer to `hello`. */
export function putHello(
  turn: Turn,
  id: number,
  heads: readonly RoomHead[],
  isDone: boolean,
): void {
  const { next, current } = turn
  const isNext = next?.id === id
  if (!isNext && current?.id !== id) return
  const all = [...turn.heads, ...heads]
  turn.heads = all
  if (!isDone) return
  const isRotation = isNext && current?.state === 'ready'
  if (isNext) {
    if (current) turn.effects.push({ do: 'close', socket: current.id })
    setTimer(turn, 'next', null)
    takeBack(turn)
  }
  patch(turn, {
    current: { id, state: 'ready' },
    ...(isNext && { next: null }),
    heads: [],
    failures: 0,
    askedAt: null,
    isFirst: true,
    heardAt: turn.now,
  })
  setTimer(turn, 'answer', null)
  setTimer(turn, 'heads', firstHeadsMs)
  show(turn, 'connected', null, null)
  // What no log tells of may have changed meanwhile.
  if (!isRotation && turn.listed) {
    askList(turn)
    askNotifications(turn)
  }
  putHeads(turn, all)
  pump(turn)
}

export function putHeadsAnswer(turn: Turn, heads: readonly RoomHead[], isDone: boolean): void {
  const all = [...turn.heads, ...heads]
  turn.heads = all
  if (!isDone) return
  const { isFirst } = turn
  patch(turn, { heads: [], askedAt: null, isFirst: false })
  setTimer(turn, 'answer', null)
  setTimer(turn, 'heads', headsMs)
  putHeads(turn, all)
  // One of a push between the log's reading and the socket's being known may be lost.
  if (isFirst) askNotifications(turn)
}

/** Asks where the rooms stand; it also shows whether the socket is alive. */
export function askHeads(turn: Turn, withinMs = answerMs): void {
  const { current } = turn
  if (current?.state !== 'ready') return
  patch(turn, { askedAt: turn.now, heads: [] })
  turn.effects.push({ do: 'frame', socket: current.id, frame: { action: 'heads', id: 'heads' } })
  setTimer(turn, 'heads', null)
  setTimer(turn, 'answer', withinMs)
}

/** The server could not answer just now. */
export function refuseHeads(turn: Turn, error: ChatError): void {
  turn.askedAt = null
  setTimer(turn, 'answer', null)
  setTimer(turn, 'heads', backOffMs(turn, 3, error))
}

/** What was waited for has not come. */
export function answerIsLate(turn: Turn): void {
  const { current, askedAt, heardAt } = turn
  if (!current) return
  if (current.state === 'ready' && (askedAt === null || heardAt > askedAt)) return askHeads(turn)
  turn.effects.push({ do: 'close', socket: current.id })
  lose(turn, current.state !== 'ready', new ChatError('network', 'the socket does not answer'))
}

/** The machine may have slept: an open socket is no proof of a connection. */
export function wake(turn: Turn): void {
  const { current, wanted, askedAt } = turn
  if (!wanted) return
  if (!current) {
    turn.failures = 0
    forgetCall(turn, 'why', 0)
    wait(turn, 0)
  } else if (current.state === 'ready' && askedAt === null) askHeads(turn, wakeMs)
}

export function closed(turn: Turn, id: number, error: ChatError | null): void {
  const { current, next } = turn
  if (next?.id === id) {
    turn.next = null
    setTimer(turn, 'next', backOffMs(turn, 3))
  } else if (current?.id === id) {
    lose(
      turn,
      current.state !== 'ready',
      error ?? new ChatError('network', 'the connection was closed'),
    )
  }
}

/** Closes a socket that is of no use. */
export function abandon(turn: Turn, id: number, error: ChatError): void {
  turn.effects.push({ do: 'close', socket: id })
  closed(turn, id, error)
}

/** The `next` timer: an attempt to rotate took too long, or is to be made again. */
export function nextIsLate(turn: Turn): void {
  const { next } = turn
  if (next) {
    turn.effects.push({ do: 'close', socket: next.id })
    turn.next = null
  }
  openNext(turn)
}

function lose(turn: Turn, isFailure: boolean, error: ChatError): void {
  const { next, failures } = turn
  takeBack(turn)
  setTimer(turn, 'heads', null)
  setTimer(turn, 'next', null)
  patch(turn, { current: next, next: null, askedAt: null, heads: [], failures: failures + 1 })
  if (next) {
    setTimer(turn, 'answer', openMs)
    return show(turn, 'connecting', error, null)
  }
  setTimer(turn, 'answer', null)
  if (isFailure) {
    // [W2] Why an upgrade was refused only HTTP tells.
    show(turn, 'connecting', error, null)
    ask(turn, 'why', 0, 'GET /api/users/me/', {})
  } else wait(turn, backOffMs(turn, failures), error)
  // Sends may go by HTTP now.
  pump(turn)
}

function wait(turn: Turn, ms: number, error = turn.connection.error): void {
  setTimer(turn, 'connect', ms)
  show(turn, 'offline', error, ms)
}

/** HTTP works: the socket may again, too. */
export function whyIsAnswered(turn: Turn): void {
  if (turn.wanted && !turn.current) wait(turn, backOffMs(turn, turn.failures))
}

export function whyIsRefused(turn: Turn, error: ChatError): void {
  if (!turn.wanted || turn.current) return
  if (error.code === 'forbidden') return stop(turn, error)
  wait(turn, backOffMs(turn, turn.failures, error), error)
}

const byeTexts: Readonly<Record<string, string>> = {
  session_revoked: 'the session has ended: sign in again',
  suspended: 'the account is suspended',
}

export function bye(
  turn: Turn,
  id: number,
  {
    code,
    reconnect,
    after_ms,
  }: Pick<Extract<OtherEvent, { type: 'bye' }>, 'reconnect' | 'after_ms'> & { code: string },
): void {
  const { current, next } = turn
  if (current?.id !== id && next?.id !== id) return
  if (reconnect && code === 'rotate' && current?.id === id) {
    if (!next) setTimer(turn, 'next', after_ms)
    return
  }
  const text = byeTexts[code] ?? `the server has closed the connection: ${code}`
  if (reconnect) {
    const error = new ChatError('network', text)
    abandon(turn, id, error)
    if (!turn.current) wait(turn, Math.max(after_ms, backOffMs(turn, 0)), error)
    return
  }
  if (code === 'session_revoked') {
    const error = new ChatError('session_revoked', text)
    stop(turn, error)
    turn.effects.push({ do: 'end', error })
  } else stop(turn, new ChatError('forbidden', text))
}

export function typing(turn: Turn, roomId: number): void {
  const { current, typedAt } = turn
  if (current?.state !== 'ready' || turn.now - (typedAt.get(roomId) ?? -Infinity) < typingEveryMs)
    return
  const recent = [...typedAt].filter(([, at]) => turn.now - at < typingEveryMs)
  turn.typedAt = new Map(recent).set(roomId, turn.now)
  turn.effects.push({
    do: 'frame',
    socket: current.id,
    frame: { action: 'typing', room_id: roomId },
  })
}
