import type { DurableEvent } from '../wire.ts'

/**
 * Whether what a server sent has the form that this library goes by. Types of TypeScript say nothing of that at run
 * time: what is not so is refused before anything is changed. Here stands what could do harm; a text that is none is
 * shown as it is.
 */

/** Names of fields: whole numbers, `?` also null; `$` texts, `[]` lists, `{}` objects. */
type Shape = string

const member = 'room_id seq user_id'
const about = 'room_id seq message_seq'

/** What frames carry, by their type. */
const frames: Readonly<Record<string, Shape>> = {
  message: 'room_id seq id user_id? timestamp$ reactions[]',
  'message.edited': about,
  'message.deleted': about,
  reaction: `${about} user_id count first_seq? emoji$`,
  'member.joined': member,
  'member.updated': member,
  'member.left': member,
  'room.updated': 'room_id seq title$ description$',
  'room.deleted': 'room_id seq',
  typing: 'room_id user_id username$',
  presence: 'user_id',
  read: 'room_id last_read_seq unread',
  notification: 'id room_id? message_seq? unread',
  'notifications.read': 'unread',
  'notifications.removed': 'ids[] unread',
  'room.added': 'room{}',
  'room.removed': 'room_id',
  resync: 'room_id',
  ack: 'room_id seq',
  error: 'code$ message$',
  hello: 'rooms[]',
  heads: 'rooms[]',
  bye: 'code$ after_ms',
}

export const shapes = {
  room: 'id last_seq member_count last_read_seq? unread? title$ kind$',
  head: 'room_id last_seq last_read_seq',
  member: 'user_id username$',
  notification: 'id room_id? message_seq?',
  user: 'id username$',
  tokens: 'access$',
  problem: 'code$ detail$',
  message: frames['message']!,
} as const satisfies Readonly<Record<string, Shape>>

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

export function fits(value: unknown, shape: Shape): boolean {
  return (
    isObject(value) &&
    shape.split(' ').every((word) => {
      const field = value[word.replace(/\W+/, '')]
      if (word.endsWith('$')) return typeof field === 'string'
      if (word.endsWith(']')) return Array.isArray(field)
      if (word.endsWith('}')) return isObject(field)
      return Number.isSafeInteger(field) || (word.endsWith('?') && field === null)
    })
  )
}

/** Whether it has a list whose items all fit. */
export function hasListOf(
  value: unknown,
  shape: Shape,
  name: string,
  isMore: (item: unknown) => boolean = () => true,
): boolean {
  const list = isObject(value) && value[name]
  return Array.isArray(list) && list.every((item) => fits(item, shape) && isMore(item))
}

/** What is known of a frame: it fits, it does not, or its type is of another version of the protocol. */
export function judgeFrame(frame: unknown): 'known' | 'unknown' | 'bad' {
  if (!fits(frame, 'type$')) return 'bad'
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- its form was looked at
  const { type, rooms, room } = frame as { type: string; rooms: unknown; room: unknown }
  const shape = Object.hasOwn(frames, type) && frames[type]
  if (!shape) return 'unknown'
  const isWhole =
    fits(frame, shape) &&
    (!rooms || hasListOf(frame, shapes.head, 'rooms')) &&
    (!room || fits(room, shapes.room))
  return isWhole ? 'known' : 'bad'
}

/** Whether it stands in the log of a room, whatever its type is. */
export function isInLog(frame: unknown): frame is DurableEvent {
  return fits(frame, 'room_id seq type$') && isObject(frame) && frame['type'] !== 'ack'
}

/** Undefined: this is not JSON. */
export function parseJson(text: unknown): unknown {
  try {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what is no text is refused
    return JSON.parse(text as string)
  } catch {
    return undefined
  }
}
