import type { DurableEvent } from '../wire.ts'

/**
 * Whether what a server sent has the form that this library goes by. Types of TypeScript say nothing of that at run
 * time: what is not so is refused before anything is changed. Here stands what could do harm; a text that is none is
 * shown as it is.
 */

/**
 * Names of fields: whole numbers; `$` texts; `[name]` lists of objects of that shape, `[]` of whole numbers; `{name}`
 * objects of that shape. `?` may be null, `??` may be left out.
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

export function fits(value: unknown, shape: Shape): boolean {
  return (
    isObject(value) &&
    shape.split(' ').every((word) => {
      const [, name = '', kind, of = '', mark] = /^(\w+)([$[{]?)(\w*)[\]}]?(\?*)$/.exec(word)!
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

/** Whether it stands in the log of a room, whatever its type is. */
export function isInLog(frame: unknown): frame is DurableEvent {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- its form was looked at
  return fits(frame, shapes.event) && (frame as { type: string }).type !== 'ack'
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
