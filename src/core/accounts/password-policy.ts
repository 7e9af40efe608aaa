import { ValidationError } from '../errors.ts'

let common: Promise<ReadonlySet<string>> | undefined

/** What the protocol's schema cannot see of a password: whether it is the username, or a common one. */
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

/** When they are first asked for: unpacking them takes a tenth of a second, of which most cold starts have no use. */
async function readCommonPasswords(): Promise<ReadonlySet<string>> {
  const { dictionary } = await import('@zxcvbn-ts/language-common')
  return new Set(dictionary['passwords-common'].map(String))
}
