import * as z from 'zod'
import { names, username } from './accounts.ts'
import { id, page, queryCursor, queryLimit, text, timestamp } from './fields.ts'
import { banReasonMaxCodePoints } from './limits.ts'

/** [R7] Somebody who is banned from a room, as its owners and moderators see it. */
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
    .describe('For owners and moderators to read; left out, a ban that is there keeps its own'),
})

export const listBansQuery = z.strictObject({
  limit: queryLimit,
  cursor: queryCursor.optional(),
})
export const banPage = page(ban)
