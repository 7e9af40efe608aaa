import * as z from 'zod'
import { username } from './accounts.ts'
import { newPassword } from './passwords.ts'

/** [A9] POST /api/password-link/: any text is read, so that every wrong token gets the same answer. */
export const passwordLinkRequest = z.object({
  token: z.string().max(256).describe('What stands behind the `#` of the link'),
  new_password: newPassword,
})
export type PasswordLinkRequest = z.infer<typeof passwordLinkRequest>

export const passwordSet = z.object({ username: username.describe('With which to log in') })
