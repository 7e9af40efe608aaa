import * as z from 'zod'
import { username } from '../../src/protocol/accounts.ts'
import { normalizeEmail } from '../../src/protocol/email.ts'
import { queryCursor, queryId, queryLimit, visibleLine } from '../../src/protocol/fields.ts'
import { reportOutcomes } from '../../src/core/admin/report-outcomes.ts'
import { userAction } from '../../src/core/admin/act-on-user.ts'
import { auditActions } from '../../src/core/admin/audit-actions.ts'

const paging = { limit: queryLimit.default(25), cursor: queryCursor.optional() }

/** An empty field of a form that is sent with GET is none. */
const emptyIsNone = z.string().transform((value) => (value.trim() === '' ? undefined : value))

/** A whole address is looked for as it is stored. */
const nameOrAddress = visibleLine(1, 254).transform((search) => normalizeEmail(search) ?? search)

export const usersQuery = z.strictObject({
  search: emptyIsNone.pipe(nameOrAddress.optional()).optional(),
  ...paging,
})
/** `done` is what the form before has done: one of these, so that no link says anything else. */
export const userQuery = z.strictObject({ done: userAction.optional() })
export const noticesQuery = z.strictObject({
  done: z.literal('sent').optional(),
  /** Whose name to begin the form with. */
  to: username.optional(),
  ...paging,
})
export const auditQuery = z.strictObject({
  action: emptyIsNone.pipe(z.enum(auditActions).optional()).optional(),
  ...paging,
})
export const reportsQuery = z.strictObject({
  state: z.enum(['open', 'handled']).default('open'),
  about: emptyIsNone.pipe(z.enum(['message', 'user']).optional()).optional(),
  user: queryId.optional(),
  ...paging,
})
export const reportQuery = z.strictObject({ done: z.enum(reportOutcomes).optional() })
export const heldQuery = z.strictObject({
  done: z.enum(['published', 'discarded']).optional(),
  ...paging,
})
export const savedQuery = z.strictObject({ done: z.literal('saved').optional() })
