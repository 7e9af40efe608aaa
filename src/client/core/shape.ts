import type { DurableEvent } from '../wire.ts'

/**
 * Checks that data from a server has the form that this library relies on. TypeScript checks nothing at run time. Data
 * of another form is refused before anything changes. Only fields that could do harm are checked. A text field of
 * another type is shown as it is.
 */

/**
 * A shape is a list of field names. A plain name is a whole number, `$` a text, `[name]` a list of objects of that shape,
 * `[]` a list of whole numbers, and `{name}` an object of that shape. `?` may be null. `??` may be missing.
 */
export type Shape = string

export const shapes = {
  room: 'id last_seq member_count last_read_seq? unread? title$ kind$',
  head: 'room_id last_seq last_read_seq',
  reaction: 'count first_seq emoji$',
  member: 'user_id username$',
  notification: 'id room_id? message_seq?',
  user: 'id username$',
  tokens: 'access$',
  session: 'access$ user{user}',
  problem: 'code$ detail$ errors[field]??',
  field: 'field$ message$',
  event: 'room_id seq type$',
  send: 'userId clientId$ roomId text$ replyTo? failed{failure}?',
  failure: 'code$ message$',
  message: 'room_id seq id user_id? timestamp$ message$? reactions[reaction]',
} as const satisfies Readonly<Record<string, Shape>>

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

const readWord = (word: string): string[] => /^(\w+)([$[{]?)(\w*)[\]}]?(\?*)$/.exec(word)!

/** The words of each shape that was used. Pages of messages are checked often. */
const read: Record<Shape, string[][]> = {}

export function fits(value: unknown, shape: Shape): boolean {
  return (
    isObject(value) &&
    (read[shape] ??= shape.split(' ').map(readWord)).every(([, name = '', kind, of = '', mark]) => {
      const field = value[name]
      if (mark && field === (mark === '?' ? null : undefined)) return true
      // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the words above name no other
      const part = shapes[of as keyof typeof shapes]
      if (kind === '$') return typeof field === 'string'
      if (kind === '{') return fits(field, part)
      if (kind !== '[') return Number.isSafeInteger(field)
      return (
        Array.isArray(field) &&
        field.every((item) => (of ? fits(item, part) : Number.isSafeInteger(item)))
      )
    })
  )
}

/** Whether an event belongs to the log of a room, also when its type is unknown. */
export function isInLog(frame: unknown): frame is DurableEvent {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- its form was looked at
  return fits(frame, shapes.event) && (frame as { type: string }).type !== 'ack'
}

/** Returns undefined for a text that is not JSON. */
export function parseJson(text: unknown): unknown {
  try {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what is no text is refused
    return JSON.parse(text as string)
  } catch {
    return undefined
  }
}
