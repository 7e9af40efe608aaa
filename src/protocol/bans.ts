import * as z from 'zod'
import { names, username } from './accounts.ts'
import { id, page, queryCursor, queryLimit, text, timestamp } from './fields.ts'
import { banReasonMaxCodePoints } from './limits.ts'

/** [R7] A ban from a room, as the room's owners and moderators see it. */
export const ban = z.object({
  user_id: id,
  ...names,
  reason: z.string(),
  banned_by: username.nullable().describe('null when their account is deleted'),
  banned_by_display_name: names.display_name,
  banned_at: timestamp,
})
export type Ban = z.infer<typeof ban>

/** PUT …/bans/<username>/ */
export const banRequest = z.object({
  reason: text(0, banReasonMaxCodePoints)
    .optional()
    .describe('For owners and moderators to read. Without it, an existing ban keeps its reason'),
})

export const listBansQuery = z.strictObject({
  limit: queryLimit,
  cursor: queryCursor.optional(),
})
export const banPage = page(ban)
