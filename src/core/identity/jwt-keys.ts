import { randomBytes } from 'node:crypto'
import * as z from 'zod'
import type { JwtKey, JwtKeys } from '../ports.ts'

const key = z.object({ kid: z.string().min(1).max(64), secret: z.string().min(32) })
const form = z.object({ keys: z.tuple([key], key) })

/**
 * Parses `{"keys":[{"kid":"…","secret":"…"}]}`. The first key signs. Errors do not quote the text, because it holds
 * secrets.
 */
export function parseJwtKeys(text: string): JwtKeys {
  return form.parse(parseSecretJson(text)).keys
}

/**
 * Parses the same form, or one key alone: `{"kid":"…","secret":"…"}`. Secrets Manager can generate a secret only as an
 * object with one random text in it.
 */
export function parseGeneratedJwtKeys(text: string): JwtKeys {
  return z
    .union([form, key.transform((only) => ({ keys: [only] as const }))])
    .parse(parseSecretJson(text)).keys
}

export function makeJwtKey(): JwtKey {
  return {
    kid: randomBytes(6).toString('base64url'),
    secret: randomBytes(32).toString('base64url'),
  }
}

function parseSecretJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    // The parser's own error would quote the text.
    throw new Error('this is not valid JSON')
  }
}
