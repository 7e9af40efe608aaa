import * as z from 'zod'
import { username } from '../../src/protocol/accounts.ts'
import { normalizeEmail } from '../../src/protocol/email.ts'
import {
  type Cursor,
  cursorFault,
  directionOf,
  queryCursor,
  queryId,
  queryLimit,
  visibleLine,
} from '../../src/protocol/fields.ts'
import { roomKind } from '../../src/protocol/rooms.ts'
import { reportOutcomes } from '../../src/core/database/report-outcomes.ts'
import { exportCursor } from '../../src/protocol/exports.ts'
import { userAction } from '../../src/core/admin/act-on-user.ts'
import { auditActions } from '../../src/core/database/audit-actions.ts'
import { adminRoomOrders } from '../../src/core/admin/rooms.ts'
import { roomDoneNames } from './views/room-words.ts'

/** The selection of rows in a list. With "none" the form was sent without any row. */
const select = z.enum(['all', 'none']).optional()
const paging = { limit: queryLimit.default(25), cursor: queryCursor.optional() }

/** A cursor in the order of a number, and of ids among equal numbers: `a12-7`. */
const pairCursor = z
  .string()
  .regex(/^[ab]\d{1,16}-\d{1,16}$/, { error: cursorFault, abort: true })
  .transform((given): Cursor<string> => ({ direction: directionOf(given), key: given.slice(1) }))
  .refine(({ key }) => key.split('-').map(Number).every(Number.isSafeInteger), cursorFault)

/** In a form that is sent with GET, an empty field counts as missing. */
const emptyIsNone = z.string().transform((value) => (value.trim() === '' ? undefined : value))

/** A complete email address is normalized before the search, as it is stored. */
const nameOrAddress = visibleLine(1, 254).transform((search) => normalizeEmail(search) ?? search)

export const usersQuery = z.strictObject({
  search: emptyIsNone.pipe(nameOrAddress.optional()).optional(),
  select,
  ...paging,
})
export const roomsQuery = z.strictObject({
  search: emptyIsNone.pipe(visibleLine(1, 100).optional()).optional(),
  kind: emptyIsNone.pipe(roomKind.optional()).optional(),
  state: emptyIsNone.pipe(z.enum(['open', 'archived']).optional()).optional(),
  order: z.enum(adminRoomOrders).default('newest'),
  done: z.literal('delete').optional(),
  select,
  limit: paging.limit,
  cursor: pairCursor.optional(),
})
export const roomQuery = z.strictObject({ done: z.enum(roomDoneNames).optional() })
export const roomListQuery = roomQuery.extend(paging)

/** The connection id of API Gateway or of the local gateway. */
export const connectionId = z.string().regex(/^[A-Za-z0-9+/=_-]{1,128}$/, 'is not a connection id')
export const connectionsQuery = z.strictObject({
  user: emptyIsNone.pipe(username.optional()).optional(),
  done: z.literal('close').optional(),
  select,
  limit: paging.limit,
  cursor: z
    .string()
    .regex(/^[ab]\d{1,16}-[A-Za-z0-9+/=_-]{1,128}$/, { error: cursorFault, abort: true })
    .transform((given): Cursor<string> => ({ direction: directionOf(given), key: given.slice(1) }))
    .optional(),
})
export const connectionQuery = z.strictObject({ id: connectionId })

/** `done` is the action that a page reports as done. Only these are allowed, so that no link can show another text. */
export const userQuery = z.strictObject({
  done: z.enum([...userAction.options, 'edit_user', 'end_session']).optional(),
})
/** The number and the cursor of a file of an export. */
export const exportFileQuery = z.strictObject({
  cursor: exportCursor.optional(),
  part: queryId.default(1),
})
export const noticesQuery = z.strictObject({
  done: z.literal('sent').optional(),
  /** The username that the form begins with. */
  to: username.optional(),
  ...paging,
})
export const announcementsQuery = z.strictObject({
  done: z.enum(['announce', 'end']).optional(),
  ...paging,
})
const day = emptyIsNone.pipe(z.iso.date('must be a day such as 2026-11-27').optional()).optional()
const name = emptyIsNone.pipe(username.optional()).optional()
export const auditQuery = z.strictObject({
  action: emptyIsNone.pipe(z.enum(auditActions).optional()).optional(),
  /** The admin who did it, and the user whom it concerns. */
  by: name,
  about: name,
  from: day,
  to: day,
  ...paging,
})
export const reportsQuery = z.strictObject({
  state: z.enum(['open', 'handled']).default('open'),
  about: emptyIsNone.pipe(z.enum(['message', 'user']).optional()).optional(),
  user: queryId.optional(),
  select,
  ...paging,
})
export const reportQuery = z.strictObject({ done: z.enum(reportOutcomes).optional() })
export const heldQuery = z.strictObject({
  done: z.enum(['published', 'discarded']).optional(),
  select,
  ...paging,
})
export const secondFactorQuery = z.strictObject({ done: z.literal('off').optional() })
export const savedQuery = z.strictObject({ done: z.literal('saved').optional() })

/** Writes the filter of a list as a query, without empty fields. */
export function given(filter: Readonly<Record<string, unknown>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(filter)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => [name, String(value)]),
  )
}
