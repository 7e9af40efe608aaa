import * as z from 'zod'
import { type Cursor, cursorFault, directionOf, page, queryId, queryLimit, text } from './fields.ts'
import { searchMaxCodePoints } from './limits.ts'
import { message } from './messages.ts'
import { room } from './rooms.ts'

/** Results are in the order of their rank, and then of their id. On the wire a cursor is `a60793-12`. */
const searchCursor = z
  .string()
  .regex(/^[ab]\d{1,8}-\d{1,16}$/, cursorFault)
  .transform((given): Cursor<string> => ({ direction: directionOf(given), key: given.slice(1) }))
  .refine(({ key }) => Number.isSafeInteger(Number(key.split('-')[1])), cursorFault)

export const searchQuery = z.strictObject({
  q: text(1, searchMaxCodePoints),
  room_id: queryId.optional(),
  limit: queryLimit,
  cursor: searchCursor.optional(),
})
export type SearchQuery = z.infer<typeof searchQuery>

/**
 * A found message. `highlights` are the places of the searched words in `message`, from `start` to before `end`,
 * in UTF-16 code units.
 */
export const found = message.extend({
  room: room.pick({ id: true, name: true, title: true, kind: true }),
  rank: z.int(),
  highlights: z.array(z.object({ start: z.int(), end: z.int() })),
})
export type Found = z.infer<typeof found>

export const foundPage = page(found)
