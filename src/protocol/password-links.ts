import * as z from 'zod'
import { names } from './accounts.ts'
import { newPassword } from './passwords.ts'

/** [A9] POST /api/password-link/. It accepts any text, so that every wrong token gets the same answer. */
export const passwordLinkRequest = z.object({
  token: z.string().max(256).describe('The part of the link after `#`'),
  new_password: newPassword,
})
export type PasswordLinkRequest = z.infer<typeof passwordLinkRequest>

/** The names of the user whose password was set. */
export const passwordSet = z.object(names)
export type PasswordSet = z.infer<typeof passwordSet>
