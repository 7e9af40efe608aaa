import { ChatError } from '../errors.ts'
import type { DurableEvent, Operation, Output, Room, ServerEvent } from '../wire.ts'
import * as link from './link.ts'
import * as notifications from './notifications.ts'
import * as outbox from './outbox.ts'
import * as rooms from './rooms.ts'
import { fits, hasListOf, isInLog, judgeFrame, parseJson, shapes } from './shape.ts'
import { type CoreState, makeState, type Me } from './state.ts'
import { patch, patchRoom, report, type Tag, takeAnswer, type Turn } from './turn.ts'

/** What can happen to the core: names, and what is to be known of it. */
const inputs = {
  /** Somebody else uses the client, or nobody; what was known of the user before is forgotten. */
  user(turn: Turn, me: Me | null, error: ChatError | null) {
    link.stop(turn, error)
    const { turns, connection, sockets } = turn
    patch(turn, { ...makeState(), me, turns, connection, sockets })
  },
  start: link.start,
  stop: link.stop,
  wake: link.wake,
  opened: link.opened,
  closed: link.closed,
  heard: hear,
  timer: ring,
  answer(turn: Turn, tag: Tag, output: unknown, isFirstPage = true) {
    if (takeAnswer(turn, tag)) answer(turn, tag, output, isFirstPage)
  },
  refusal(turn: Turn, tag: Tag, error: ChatError) {
    if (takeAnswer(turn, tag)) refuse(turn, tag, error)
  },
  /** A room that somebody asked for by other means. */
  room(turn: Turn, room: Room) {
    if (fits(room, shapes.room) && room.role !== null) rooms.putRoom(turn, room)
  },
  notificationsRead: notifications.readNotifications,
  open: rooms.openRoom,
  close: rooms.closeRoom,
  members(turn: Turn, id: number) {
    if (turn.rooms.get(id)?.window) rooms.askMembers(turn, id)
  },
  typing: link.typing,
  more: rooms.askMore,
  read: rooms.markRead,
  send: outbox.addSend,
  retry: outbox.retry,
  discard: outbox.discard,
  stored: outbox.stored,
  notStored: outbox.notStored,
  loaded: outbox.loadSends,
} satisfies Record<string, (turn: Turn, ...rest: never[]) => void>

type Inputs = typeof inputs
type Rest<F> = F extends (turn: Turn, ...rest: infer R) => void ? R : never

export type CoreInput = { [Name in keyof Inputs]: [Name, ...Rest<Inputs[Name]>] }[keyof Inputs]

/** One thing happens: what is known afterwards, and what is to be done. Nothing else comes of it. */
export function step(
  state: CoreState,
  [name, ...rest]: CoreInput,
  clock: Pick<Turn, 'now' | 'wall' | 'random'>,
): Turn {
  const { rooms, opened, hidden, held, calls } = state
  const turn: Turn = {
    ...state,
    rooms: new Map(rooms),
    opened: new Map(opened),
    hidden: new Map(hidden),
    held: new Set(held),
    calls: new Map(calls),
    effects: [],
    ...clock,
  }
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the name and what follows belong together
  const take = inputs[name] as (turn: Turn, ...rest: unknown[]) => void
  take(turn, ...rest)
  outbox.prune(turn)
  return turn
}

function ring(turn: Turn, name: string): void {
  const [what = '', id = '0'] = name.split(':')
  const roomId = Number(id)
  switch (what) {
    case 'connect':
      return link.connect(turn)
    case 'answer':
      return link.answerIsLate(turn)
    case 'next':
      return link.nextIsLate(turn)
    case 'heads':
      return link.askHeads(turn)
    case 'list':
      return rooms.askList(turn)
    case 'room':
      return rooms.tend(turn, roomId)
    case 'read':
      return rooms.sendMarker(turn, roomId)
    case 'typing':
      return rooms.endTyping(turn)
    case 'ack':
      outbox.ackIsLate(turn, roomId)
      // It may be the socket that is gone.
      return link.wake(turn)
    case 'send':
      return outbox.release(turn, roomId)
  }
}

function answer(turn: Turn, tag: Tag, output: unknown, isFirstPage: boolean): void {
  if (!isAnswerTo(tag.for, output)) {
    const text = 'the server sent an answer of another form: is it a Quick Connect server?'
    return refuse(turn, tag, new ChatError('bad_answer', text))
  }
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- its form was looked at
  const as = <Id extends Operation>(_operation: Id) => output as Output<Id>
  switch (tag.for) {
    case 'why':
      return link.whyIsAnswered(turn)
    case 'list':
      return rooms.putList(turn, as('GET /api/rooms/'))
    case 'notifications':
      return notifications.putNotifications(turn, as('GET /api/notifications/'))
    case 'room': {
      const room = as('GET /api/rooms/{room_id}/')
      // One that came by a late push, and is not one's own.
      if (room.role === null && !turn.opened.has(room.id)) return
      return rooms.putRoom(turn, room)
    }
    case 'messages':
    case 'before':
    case 'after':
    case 'around':
      return rooms.putMessages(turn, tag, as('GET /api/messages/{room_id}/'))
    case 'fill':
      return rooms.putEventPage(turn, tag.roomId, as('GET /api/rooms/{room_id}/events/'))
    case 'members':
      return rooms.putMembers(turn, tag, as('GET /api/rooms/{room_id}/members/'), isFirstPage)
    case 'send':
      return outbox.sent(turn, tag.clientId, as('POST /api/messages/').seq)
  }
}

/** The form of what each question is answered with: of the whole, or of each item of a page. */
const answers: Readonly<Record<Tag['for'], string>> = {
  why: shapes.user,
  room: shapes.room,
  send: shapes.message,
  list: shapes.room,
  notifications: shapes.notification,
  messages: shapes.message,
  before: shapes.message,
  after: shapes.message,
  around: shapes.message,
  members: shapes.member,
  fill: 'room_id seq type$',
}

function isAnswerTo(what: Tag['for'], output: unknown): boolean {
  if (what === 'why' || what === 'room' || what === 'send') return fits(output, answers[what])
  return hasListOf(
    output,
    answers[what],
    'results',
    (item) => what !== 'fill' || judgeFrame(item) !== 'bad',
  )
}

function refuse(turn: Turn, tag: Tag, error: ChatError): void {
  switch (tag.for) {
    case 'why':
      return link.whyIsRefused(turn, error)
    case 'list':
      return rooms.refuseList(turn, error)
    case 'notifications':
      return report(turn, error)
    case 'send':
      return outbox.refuseSend(turn, tag.clientId, error)
    default:
      return rooms.refuseRoom(turn, tag, error)
  }
}

/** A frame is one event or several. Those of a room are applied together. */
function hear(turn: Turn, socket: number, data: unknown): void {
  const { current, next } = turn
  if (current?.id !== socket && next?.id !== socket) return
  if (current?.id === socket) turn.heardAt = turn.now
  let batch: DurableEvent[] = []
  const flush = () => {
    const events = batch
    batch = []
    if (events[0]) rooms.putEvents(turn, events[0].room_id, events)
  }
  // What is not JSON is a frame of another form, too.
  for (const frame of [parseJson(data)].flat()) {
    const verdict = judgeFrame(frame)
    if (verdict === 'bad') {
      report(turn, new ChatError('bad_answer', 'the server sent a frame of another form'))
      // It is read from the log.
      if (isInLog(frame)) rooms.putHead(turn, frame.room_id, frame.seq)
      continue
    }
    // A type of a later version changes nothing here, but it has its place in the log.
    if (isInLog(frame)) {
      if (batch[0] && batch[0].room_id !== frame.room_id) flush()
      batch.push(frame)
      continue
    }
    flush()
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- its form was looked at
    if (verdict === 'known') event(turn, socket, frame as Parameters<typeof event>[2])
  }
  flush()
}

function event(turn: Turn, socket: number, frame: ServerEvent): void {
  switch (frame.type) {
    case 'hello':
      return link.putHello(turn, socket, frame.rooms, frame.done)
    case 'heads':
      return link.putHeadsAnswer(turn, frame.rooms, frame.done)
    case 'resync': {
      const room = turn.rooms.get(frame.room_id)
      if (room?.window) rooms.reloadRoom(turn, frame.room_id)
      else if (room) {
        patchRoom(turn, frame.room_id, { stale: true })
        rooms.catchUp(turn, frame.room_id)
      }
      return
    }
    case 'ack':
      rooms.putHead(turn, frame.room_id, frame.seq)
      return outbox.sent(turn, frame.id, frame.seq)
    case 'error': {
      const error = new ChatError(frame.code, frame.message, {
        retryable: frame.retryable,
        retryAfterMs: frame.retry_after_ms,
      })
      if (frame.id === 'hello' && error.retryable) return link.abandon(turn, socket, error)
      if (frame.id === 'heads') return link.refuseHeads(turn, error)
      // A marker's frame is called as its room, all others are called by a text.
      if (typeof frame.id === 'number') return rooms.refuseMarker(turn, frame.id, error)
      if (frame.id !== undefined) return outbox.refuseSend(turn, frame.id, error)
      return report(turn, error)
    }
    case 'bye':
      return link.bye(turn, socket, frame)
    case 'typing':
      return rooms.putTyping(turn, frame.room_id, frame.user_id, frame.username)
    case 'presence':
      return rooms.putPresence(turn, frame.user_id, frame.online)
    case 'read':
      rooms.putMarker(turn, frame.room_id, frame.last_read_seq)
      return notifications.readRoomNotifications(turn, frame.room_id, frame.last_read_seq)
    case 'room.added':
      return rooms.putRoom(turn, frame.room)
    case 'room.removed':
      return rooms.dropRoom(turn, frame.room_id)
    case 'notification': {
      const { type: _, unread, ...notification } = frame
      return notifications.addNotification(turn, notification, unread)
    }
    case 'notifications.read':
      return notifications.readNotifications(turn, {
        ids: frame.all ? undefined : (frame.ids ?? []),
        unread: frame.unread,
      })
    case 'notifications.removed':
      return notifications.removeNotifications(turn, frame.ids, frame.unread)
    default:
  }
}
