import * as z from 'zod'
import { passwordMaxBytes, passwordMinCharacters } from './limits.ts'
import { countCodePoints, hasUnseen } from './visible.ts'

/**
 * No valid password is longer before it is normalized, because one character comes from at most four. A longer
 * text is refused without normalization: NFC sorts its marks, which can take long.
 */
const givenMaxLength = 4 * passwordMaxBytes

/**
 * [A1] Returns a password in the form that is hashed and compared: OpaqueString of RFC 8265. Keyboards send one
 * character as different code points, and the same typed text must be the same password.
 */
export function normalizePassword(given: string): string {
  if (given.length > givenMaxLength) return given
  return given.replace(/\p{Zs}/gu, ' ').normalize('NFC')
}

/** A password to compare. Any text is accepted, so that every wrong password gets the same answer. */
export const givenPassword = z.string().overwrite(normalizePassword)

const tooLong = `must be at most ${passwordMaxBytes} bytes long in UTF-8`

/** A new password. The core checks the other rules: it is not common, and not the username. */
export const newPassword = z
  .string()
  .refine((value) => value.length <= givenMaxLength, { error: tooLong, abort: true })
  .refine((value) => value.isWellFormed(), 'must not contain an unpaired surrogate')
  .overwrite(normalizePassword)
  .refine((value) => !hasUnseen(value), 'must not contain control or invisible characters')
  .refine(
    (value) => countCodePoints(value) >= passwordMinCharacters,
    `must be at least ${passwordMinCharacters} characters long`,
  )
  .refine((value) => new TextEncoder().encode(value).length <= passwordMaxBytes, tooLong)
  .describe(
    `At least ${passwordMinCharacters} characters and at most ${passwordMaxBytes} bytes in UTF-8, after normalization`,
  )
