import { ChatError } from '../errors.ts'
import type { EventPage, Operation, Output, Room, ServerEvent } from '../wire.ts'
import * as link from './link.ts'
import * as notifications from './notifications.ts'
import * as outbox from './outbox.ts'
import * as rooms from './rooms.ts'
import { fits, isInLog, parseJson, type Shape, shapes } from './shape.ts'
import { type CoreState, makeState, type Me } from './state.ts'
import {
  type Asked,
  type Questions,
  badForm,
  edit,
  patch,
  report,
  type Tag,
  takeAnswer,
  type Turn,
} from './turn.ts'

/** Something that happens: it changes the turn, and says by its effects what is to be done. */
export type Happening = (turn: Turn) => void

/** One thing happens: what is known afterwards, and what is to be done. Nothing else comes of it. */
export function step(
  state: CoreState,
  happen: Happening,
  clock: Pick<Turn, 'now' | 'wall' | 'random'>,
): Turn {
  const { rooms, opened, unlisted, held, calls } = state
  const turn: Turn = {
    ...state,
    rooms: new Map(rooms),
    opened: new Map(opened),
    unlisted: new Set(unlisted),
    held: new Set(held),
    calls: new Map(calls),
    effects: [],
    edited: new Set(),
    ...clock,
  }
  happen(turn)
  outbox.prune(turn)
  return turn
}

/** Somebody else uses the client, or nobody; what was known of the user before is forgotten. */
export function changeUser(turn: Turn, me: Me | null, error: ChatError | null): void {
  link.stop(turn, error)
  const { turns, connection, sockets } = turn
  patch(turn, { ...makeState(), me, turns, connection, sockets })
}

/** What the user is notified of in a room. The answer tells nothing else of it. */
export function putNotify(turn: Turn, id: number, notify: Room['notify']): void {
  const room = edit(turn, id)
  if (room) room.room = { ...room.room, notify }
}

/** What is done when a timer rings. Those of rooms have the room's id after a colon. */
const timers: Readonly<Record<string, (turn: Turn, roomId: number) => void>> = {
  connect: link.connect,
  answer: link.answerIsLate,
  next: link.nextIsLate,
  heads: (turn) => link.askHeads(turn),
  beat: link.beat,
  list: (turn) => rooms.askList(turn),
  room: rooms.tend,
  read: rooms.sendMarker,
  typing: rooms.endTyping,
  ack(turn, roomId) {
    outbox.ackIsLate(turn, roomId)
    // It may be the socket that is gone.
    link.wake(turn)
  },
  send: outbox.release,
}

export function ring(turn: Turn, timer: string): void {
  const [name = '', roomId] = timer.split(':')
  timers[name]?.(turn, Number(roomId))
}

/** An operation, the form of its answer, and what is done with that. */
type Question<Id extends Operation> = readonly [
  operation: Id,
  answer: Shape,
  put: (turn: Turn, output: Output<Id>, tag: Tag) => void,
]

const messagePage: Question<'GET /api/messages/{room_id}/'> = [
  'GET /api/messages/{room_id}/',
  'results[message]',
  rooms.putMessages,
]

export const questions: { [What in Asked]: Question<Questions[What]> } = {
  why: ['GET /api/users/me/', shapes.user, (turn) => link.knowWhy(turn)],
  list: ['GET /api/rooms/', 'results[room]', rooms.putList],
  notifications: [
    'GET /api/notifications/',
    'results[notification] unread',
    notifications.putNotifications,
  ],
  room: ['GET /api/rooms/{room_id}/', shapes.room, rooms.putAskedRoom],
  messages: messagePage,
  before: messagePage,
  after: messagePage,
  around: messagePage,
  fill: ['GET /api/rooms/{room_id}/events/', 'results[event]', rooms.putEventPage],
  members: ['GET /api/rooms/{room_id}/members/', 'results[member]', rooms.putMembers],
  send: [
    'POST /api/messages/',
    shapes.message,
    (turn, { seq }, { body }) => outbox.sent(turn, body?.client_id, seq),
  ],
}

export function answer(turn: Turn, tag: Tag, output: unknown): void {
  if (!takeAnswer(turn, tag)) return
  // oxlint-disable typescript/no-unsafe-type-assertion -- its form is looked at
  const [, shape, put] = questions[tag.for]
  const isWhole =
    fits(output, shape) &&
    // A part of the log would be worse than none.
    (tag.for !== 'fill' || (output as EventPage).results.every((event) => judge(event) !== 'bad'))
  if (isWhole) put(turn, output as never, tag)
  else refuseAnswer(turn, tag, badForm())
  // oxlint-enable typescript/no-unsafe-type-assertion
}

export function refuse(turn: Turn, tag: Tag, error: ChatError): void {
  if (takeAnswer(turn, tag)) refuseAnswer(turn, tag, error)
}

function refuseAnswer(turn: Turn, tag: Tag, error: ChatError): void {
  const what = tag.for
  if (what === 'why') link.knowWhy(turn, error)
  else if (what === 'list') rooms.refuseList(turn, error)
  else if (what === 'notifications') report(turn, error)
  else if (what === 'send') outbox.refuseSend(turn, tag.body?.client_id, error)
  else rooms.refuseRoom(turn, tag, error)
}

/** A frame is one event or several. */
export function hear(turn: Turn, socket: number, data: unknown): void {
  const { current, next } = turn
  if (current?.id === socket) turn.heardAt = turn.now
  else if (next?.id !== socket) return
  // What is not JSON is a frame of another form, too.
  for (const frame of [parseJson(data)].flat()) {
    const verdict = judge(frame)
    const isEvent = isInLog(frame)
    if (verdict === 'bad') {
      report(turn, badForm())
      // It is read from the log.
      if (isEvent) rooms.putHead(turn, frame.room_id, frame.seq)
    } else if (isEvent) {
      // A type of a later version changes nothing here, but it has its place in the log.
      rooms.putEvents(turn, frame.room_id, [frame])
    } else {
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- its form was looked at
      verdict?.(turn, frame as never, socket)
    }
  }
}

/** What is to be done with a frame: undefined when its type is of another version of the protocol. */
function judge(frame: unknown): Frame<never>[1] | 'bad' {
  if (!fits(frame, 'type$')) return 'bad'
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- its form was looked at
  const { type } = frame as { type: keyof typeof frames }
  if (!Object.hasOwn(frames, type)) return undefined
  const [shape, put] = frames[type]
  return fits(frame, shape) ? put : 'bad'
}

/** The form of a frame, and what is done with it. */
type Frame<Type> = readonly [
  shape: Shape,
  put?: (turn: Turn, frame: Extract<ServerEvent, { type: Type }>, socket: number) => void,
]

const about = 'room_id seq message_seq'
const member = ['room_id seq user_id'] as const

/**
 * What is in the log of a room has nothing to be done with it here. An announcement is the page's own: it hears it on the
 * socket that it gives, and this library passes over it.
 */
const frames: { [Type in Exclude<ServerEvent['type'], 'announcement'>]: Frame<Type> } = {
  message: [shapes.message],
  'message.edited': [`${about} message$?`],
  'message.deleted': [about],
  reaction: [`${about} user_id count first_seq? emoji$`],
  'member.joined': member,
  'member.updated': member,
  'member.left': member,
  'room.updated': ['room_id seq title$'],
  'room.deleted': ['room_id seq'],
  typing: ['room_id user_id username$', rooms.putTyping],
  presence: ['user_id', rooms.putPresence],
  seen: ['room_id partner_read_seq', rooms.putSeen],
  read: [
    'room_id last_read_seq unread',
    (turn, { room_id, last_read_seq }) => {
      rooms.putMarker(turn, room_id, last_read_seq)
      notifications.readRoomNotifications(turn, room_id, last_read_seq)
    },
  ],
  notification: [`${shapes.notification} unread`, notifications.addNotification],
  'notifications.read': ['unread', notifications.readNotifications],
  'notifications.removed': ['ids[] unread', notifications.removeNotifications],
  'room.added': ['room{room}', (turn, { room }) => rooms.putRoom(turn, room)],
  'room.removed': ['room_id', (turn, { room_id }) => rooms.dropRoom(turn, room_id)],
  resync: ['room_id', (turn, { room_id }) => rooms.reloadRoom(turn, room_id)],
  ack: [
    'room_id seq',
    (turn, { id, room_id, seq }) => {
      rooms.putHead(turn, room_id, seq)
      outbox.sent(turn, id, seq)
    },
  ],
  error: [
    'code$ message$ retry_after_ms??',
    (turn, { id, code, message, retryable, retry_after_ms: retryAfterMs }, socket) => {
      const error = new ChatError(code, message, { retryable, retryAfterMs })
      // One to `heads` is asked for again when its answer is late.
      if (id === undefined) report(turn, error)
      else if (id === 'hello' && retryable) link.closed(turn, socket, error)
      // The frame of a marker is called as its room, all others are called by a text.
      else if (typeof id === 'number') rooms.refuseMarker(turn, id, error)
      else outbox.refuseSend(turn, id, error)
    },
  ],
  hello: ['rooms[head]', link.putHello],
  heads: ['rooms[head]', link.putHeadsAnswer],
  bye: ['code$ after_ms', link.bye],
}
