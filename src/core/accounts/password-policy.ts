import { ValidationError } from '../errors.ts'

let common: Promise<ReadonlySet<string>> | undefined

/** Checks that a password is not the username and not a common password. The protocol's schema cannot check this. */
export async function checkNewPassword(
  password: string,
  username: string,
  field: 'password' | 'new_password',
): Promise<void> {
  const lower = password.toLowerCase()
  if (lower === username.toLowerCase()) {
    throw new ValidationError([{ field, message: 'must not be the username' }])
  }
  common ??= readCommonPasswords()
  if ((await common).has(lower)) {
    throw new ValidationError([
      { field, message: 'is one of the most common passwords: choose another' },
    ])
  }
}

/**
 * Reads the list when it is first needed. Unpacking it takes a tenth of a second, and most cold starts do not need it.
 */
async function readCommonPasswords(): Promise<ReadonlySet<string>> {
  const { dictionary } = await import('@zxcvbn-ts/language-common')
  return new Set(dictionary['passwords-common'].map(String))
}
