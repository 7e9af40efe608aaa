import { dictionary } from '@zxcvbn-ts/language-common'
import { ValidationError } from '../errors.ts'

let common: Set<string> | undefined

/** What the protocol's schema cannot see of a password: whether it is the username, or a common one. */
export function checkNewPassword(
  password: string,
  username: string,
  field: 'password' | 'new_password',
): void {
  common ??= new Set(dictionary['passwords-common'].map(String))
  const lower = password.toLowerCase()
  if (lower === username.toLowerCase()) {
    throw new ValidationError([{ field, message: 'must not be the username' }])
  }
  if (common.has(lower)) {
    throw new ValidationError([{ field, message: 'is among the most common ones: choose another' }])
  }
}
