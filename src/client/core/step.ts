import { ChatError } from '../errors.ts'
import type { EventPage, Operation, Output, Room, ServerEvent } from '../wire.ts'
import * as link from './link.ts'
import * as notifications from './notifications.ts'
import * as outbox from './outbox.ts'
import * as partner from './partner.ts'
import * as roomList from './room-list.ts'
import * as rooms from './rooms.ts'
import { fits, isInLog, parseJson, type Shape, shapes } from './shape.ts'
import { type CoreState, makeState, type Me } from './state.ts'
import * as typing from './typing.ts'
import {
  type Asked,
  type Questions,
  badForm,
  edit,
  patch,
  reportError,
  type RequestTag,
  takeAnswer,
  type Turn,
} from './turn.ts'

/** An input: it changes the turn, and adds effects for its surroundings. */
export type Happening = (turn: Turn) => void

/** Handles one input. Returns the new state and the effects. It has no side effects of its own. */
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

/** Another user, or nobody, uses the client now. The state of the previous user is deleted. */
export function changeUser(turn: Turn, me: Me | null, error: ChatError | null): void {
  link.stop(turn, error)
  const { turns, connection, sockets } = turn
  patch(turn, { ...makeState(), me, turns, connection, sockets })
}

/** Handles the notification setting of a room. The answer contains nothing else about the room. */
export function putNotify(turn: Turn, id: number, notify: Room['notify']): void {
  const room = edit(turn, id)
  if (room) room.room = { ...room.room, notify }
}

/** The handlers of the timers. The names of rooms' timers have the room's id after a colon. */
const timers: Readonly<Record<string, (turn: Turn, roomId: number) => void>> = {
  connect: link.openConnection,
  answer: link.answerIsLate,
  next: link.nextIsLate,
  heads: (turn) => link.askHeads(turn),
  beat: link.beat,
  list: (turn) => rooms.askList(turn),
  room: rooms.tend,
  read: rooms.sendMarker,
  typing: typing.endTyping,
  ack(turn, roomId) {
    outbox.ackIsLate(turn, roomId)
    // The cause may be a lost socket.
    link.wake(turn)
  },
  send: outbox.release,
}

export function ring(turn: Turn, timer: string): void {
  const [name = '', roomId] = timer.split(':')
  timers[name]?.(turn, Number(roomId))
}

/** An operation, the form of its answer, and the handler of the answer. */
type Question<Id extends Operation> = readonly [
  operation: Id,
  answer: Shape,
  put: (turn: Turn, output: Output<Id>, tag: RequestTag) => void,
]

const messagePage: Question<'GET /api/messages/{room_id}/'> = [
  'GET /api/messages/{room_id}/',
  'results[message]',
  rooms.putMessages,
]

export const questions: { [What in Asked]: Question<Questions[What]> } = {
  why: ['GET /api/users/me/', shapes.user, (turn) => link.knowWhy(turn)],
  list: ['GET /api/rooms/', 'results[room]', roomList.putList],
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

export function answer(turn: Turn, tag: RequestTag, output: unknown): void {
  if (!takeAnswer(turn, tag)) return
  // oxlint-disable typescript/no-unsafe-type-assertion -- its form is looked at
  const [, shape, put] = questions[tag.for]
  const isWhole =
    fits(output, shape) &&
    // An incomplete part of the log would be worse than none.
    (tag.for !== 'fill' || (output as EventPage).results.every((event) => judge(event) !== 'bad'))
  if (isWhole) put(turn, output as never, tag)
  else refuseAnswer(turn, tag, badForm())
  // oxlint-enable typescript/no-unsafe-type-assertion
}

export function refuse(turn: Turn, tag: RequestTag, error: ChatError): void {
  if (takeAnswer(turn, tag)) refuseAnswer(turn, tag, error)
}

function refuseAnswer(turn: Turn, tag: RequestTag, error: ChatError): void {
  const what = tag.for
  if (what === 'why') link.knowWhy(turn, error)
  else if (what === 'list') roomList.refuseList(turn, error)
  else if (what === 'notifications') reportError(turn, error)
  else if (what === 'send') outbox.refuseSend(turn, tag.body?.client_id, error)
  else rooms.refuseRoom(turn, tag, error)
}

/** Handles a frame: one event or several. */
export function hear(turn: Turn, socket: number, data: unknown): void {
  const { current, next } = turn
  if (current?.id === socket) turn.heardAt = turn.now
  else if (next?.id !== socket) return
  // A frame that is not JSON counts as a frame of a wrong form.
  for (const frame of [parseJson(data)].flat()) {
    const verdict = judge(frame)
    const isEvent = isInLog(frame)
    if (verdict === 'bad') {
      reportError(turn, badForm())
      // The client reads the event from the log instead.
      if (isEvent) rooms.putHead(turn, frame.room_id, frame.seq)
    } else if (isEvent) {
      // An event type of a later version changes nothing here, but it has its position in the log.
      rooms.putEvents(turn, frame.room_id, [frame])
    } else {
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- its form was looked at
      verdict?.(turn, frame as never, socket)
    }
  }
}

/** Returns the handler of a frame, or undefined when its type belongs to another version of the protocol. */
function judge(frame: unknown): Frame<never>[1] | 'bad' {
  if (!fits(frame, 'type$')) return 'bad'
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- its form was looked at
  const { type } = frame as { type: keyof typeof frames }
  if (!Object.hasOwn(frames, type)) return undefined
  const [shape, put] = frames[type]
  return fits(frame, shape) ? put : 'bad'
}

/** The form of a frame, and its handler. */
type Frame<Type> = readonly [
  shape: Shape,
  put?: (turn: Turn, frame: Extract<ServerEvent, { type: Type }>, socket: number) => void,
]

const about = 'room_id seq message_seq'
const member = ['room_id seq user_id'] as const

/**
 * Events of a room's log need no handler here. Announcements are the page's business: the page listens on the socket that
 * it provides, and this library ignores them.
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
  typing: ['room_id user_id username$', typing.putTyping],
  presence: ['user_id', partner.putPresence],
  seen: ['room_id partner_read_seq', partner.putSeen],
  read: [
    'room_id last_read_seq unread',
    (turn, { room_id, last_read_seq }) => {
      rooms.putMarker(turn, room_id, last_read_seq)
      notifications.readRoomNotifications(turn, room_id, last_read_seq)
    },
  ],
  notification: [`${shapes.notification} unread`, notifications.addNotification],
  'notifications.read': ['unread', notifications.onNotificationsRead],
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
      // A failed `heads` is sent again when its answer is late.
      if (id === undefined) reportError(turn, error)
      else if (id === 'hello' && retryable) link.closed(turn, socket, error)
      // The id of a marker's frame is the id of its room. All other frames have a text as their id.
      else if (typeof id === 'number') rooms.refuseMarker(turn, id, error)
      else outbox.refuseSend(turn, id, error)
    },
  ],
  hello: ['rooms[head]', link.putHello],
  heads: ['rooms[head]', link.putHeadsAnswer],
  bye: ['code$ after_ms', link.onBye],
}
