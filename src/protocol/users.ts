import * as z from 'zod'
import { names } from './accounts.ts'
import {
  id,
  page,
  queryCursor,
  queryLimit,
  queryNameCursor,
  timestamp,
  visibleLine,
} from './fields.ts'
import { displayNameMaxCodePoints } from './limits.ts'

/** A user as other users see them. */
export const otherUser = z.object({ id, ...names, bio: z.string() })
export type OtherUser = z.infer<typeof otherUser>

export const listUsersQuery = z.strictObject({
  search: visibleLine(1, displayNameMaxCodePoints).optional(),
  limit: queryLimit,
  cursor: queryNameCursor.optional(),
})
export const userPage = page(otherUser)

export const blockedUser = otherUser.extend({ blocked_at: timestamp })
export type BlockedUser = z.infer<typeof blockedUser>

export const listBlocksQuery = z.strictObject({
  limit: queryLimit,
  cursor: queryCursor.optional(),
})
export const blockPage = page(blockedUser)
