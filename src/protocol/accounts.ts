import * as z from 'zod'
import { email } from './email.ts'
import {
  bio,
  displayName,
  id,
  page,
  queryCursor,
  queryLimit,
  text as anyText,
  timestamp,
} from './fields.ts'
import { usernamePattern } from './limits.ts'
import { givenPassword, newPassword } from './passwords.ts'
import { factorCode } from './second-factor.ts'

const usernameFault = 'must be 1 to 32 letters, digits or underscores'
export const username = z.string().regex(usernamePattern, usernameFault)

/** A user's two names. The username identifies one account. The display name is for people to read. */
export const names = {
  username,
  display_name: z.string().nullable().describe("The user's display name; null when not set"),
}
/** The same names where the account may be deleted. Both are null then. */
export const namesOrNone = { ...names, username: username.nullable() }

/** [A7] Where a session keeps its refresh token. A page of the host can have it in a cookie that no script can read. */
const refreshIn = z
  .enum(['body', 'cookie'])
  .optional()
  .describe(
    'Where the refresh token goes: `body` (the default), or `cookie` (only for pages of this host)',
  )
export type RefreshIn = NonNullable<z.infer<typeof refreshIn>>

/** Keyboards add a space after a name and before an address. It is trimmed here and at login. */
export const registerRequest = z.object({
  username: z.string().trim().regex(usernamePattern, usernameFault),
  password: newPassword,
  email,
  display_name: displayName.nullable().optional(),
  refresh_in: refreshIn,
})
export type RegisterRequest = z.infer<typeof registerRequest>

/** A login accepts any text, so that every wrong password gets the same answer. */
export const loginRequest = z.object({
  username: anyText(0, 256),
  password: givenPassword,
  code: factorCode.optional(),
  refresh_in: refreshIn,
})
export type LoginRequest = z.infer<typeof loginRequest>

export const refreshRequest = z.object({
  refresh: z
    .string()
    .min(1)
    .max(256)
    .optional()
    .describe('Without it, the server uses the token of the cookie'),
})

export const logoutRequest = z.object({
  refresh_in: refreshIn.describe('`cookie` also clears the cookie of the refresh token'),
})

const readReceipts = z
  .boolean()
  .describe(
    'Whether the user and the partners of their direct chats see how far the other has read',
  )

export const user = z.object({
  id,
  ...names,
  email: z.string(),
  bio: z.string(),
  read_receipts: readReceipts,
  is_admin: z.boolean(),
  created_at: timestamp,
})
export type User = z.infer<typeof user>

export const tokens = z.object({
  access: z.string().describe('A JWT of less than 1 KB, valid for 15 minutes'),
  refresh: z
    .string()
    .optional()
    .describe('Gets the next pair of tokens. Absent when the token is in the cookie'),
})
/** Both tokens, before the handler decides whether the refresh token goes into the body or the cookie. */
export type Tokens = Required<z.infer<typeof tokens>>

export const signedIn = tokens.extend({ user })
export type SignedIn = Tokens & z.infer<typeof signedIn>

/** PATCH /api/users/me/. */
export const updateProfileRequest = z
  .object({
    email: email.optional(),
    bio: bio.optional(),
    display_name: displayName.nullable().optional().describe('null removes it'),
    read_receipts: readReceipts.optional(),
  })
  .refine((body) => Object.values(body).some((value) => value !== undefined), {
    message: 'give an email, a bio, a display_name or read_receipts',
  })
export type UpdateProfileRequest = z.infer<typeof updateProfileRequest>

export const changePasswordRequest = z.object({
  current_password: givenPassword,
  new_password: newPassword,
})
export type ChangePasswordRequest = z.infer<typeof changePasswordRequest>

export const deleteAccountRequest = z.object({
  password: givenPassword,
  delete_messages: z
    .boolean()
    .optional()
    .describe(
      'Whether to delete the messages and reactions, too; by default they stay, without a name',
    ),
})
export type DeleteAccountRequest = z.infer<typeof deleteAccountRequest>

export const listedSession = z.object({
  id,
  created_at: timestamp,
  /** When its tokens were last refreshed. */
  used_at: timestamp,
  expires_at: timestamp,
  /** The address that the session was begun from. */
  address: z.string().nullable(),
  user_agent: z.string().nullable(),
  /** Whether it is the session that makes this request. */
  current: z.boolean(),
})
export type Session = z.infer<typeof listedSession>

export const listSessionsQuery = z.strictObject({
  limit: queryLimit,
  cursor: queryCursor.optional(),
})
export const sessionPage = page(listedSession)
