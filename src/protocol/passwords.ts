import * as z from 'zod'
import { passwordMaxBytes, passwordMinCharacters } from './limits.ts'
import { countCodePoints, hasUnseen } from './visible.ts'

/**
 * No password that fits is longer before it is normalized: a character comes of at most four. To
 * normalize a longer text could take long, since its marks are sorted.
 */
const givenMaxLength = 4 * passwordMaxBytes

/**
 * [A1] A password as it is hashed and compared: as OpaqueString of RFC 8265 writes it. Keyboards send one
 * character as different code points; whoever typed the same has the same password.
 */
export function normalizePassword(given: string): string {
  if (given.length > givenMaxLength) return given
  return given.replace(/\p{Zs}/gu, ' ').normalize('NFC')
}

/** A password to compare. It may be any text, so that every wrong password gets the same answer. */
export const givenPassword = z.string().overwrite(normalizePassword)

const tooLong = `must be at most ${passwordMaxBytes} bytes long in UTF-8`

/** A new password. What else is asked of it (not common, not the username) is core's to say. */
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
    `At least ${passwordMinCharacters} characters, and at most ${passwordMaxBytes} bytes in UTF-8, after normalization`,
  )
