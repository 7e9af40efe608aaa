import { createHash, randomInt } from 'node:crypto'
import { recoveryCodesMade } from '../../protocol/limits.ts'

/** Without characters that look alike on paper: l and 1, o and 0. So a character has five bits, and a code has 80. */
const alphabet = 'abcdefghijkmnpqrstuvwxyz23456789'
const groups = 4
const groupLength = 4

/** New codes in the form that people see: `k7mw-2xqa-9hdt-vb3e`. */
export function newRecoveryCodes(): string[] {
  return Array.from({ length: recoveryCodesMade }, () =>
    Array.from({ length: groups }, () =>
      Array.from({ length: groupLength }, () => alphabet[randomInt(alphabet.length)]).join(''),
    ).join('-'),
  )
}

/** The hash of a code in any spelling. A fast hash is enough, because a code is too random to be found by its hash. */
export function hashOfRecoveryCode(code: string): string {
  const plain = code.toLowerCase().replace(/[^a-z0-9]/g, '')
  return createHash('sha256').update(plain).digest('base64url')
}
