import { createHash, randomInt } from 'node:crypto'
import { recoveryCodesMade } from '../../protocol/limits.ts'

/** Without those that look alike on paper: l and 1, o and 0. So a character is five bits, and a code 80. */
const alphabet = 'abcdefghijkmnpqrstuvwxyz23456789'
const groups = 4
const groupLength = 4

/** New codes, as people are shown them: `k7mw-2xqa-9hdt-vb3e`. */
export function newRecoveryCodes(): string[] {
  return Array.from({ length: recoveryCodesMade }, () =>
    Array.from({ length: groups }, () =>
      Array.from({ length: groupLength }, () => alphabet[randomInt(alphabet.length)]).join(''),
    ).join('-'),
  )
}

/** Of a code however it was typed. A code is random enough that nobody finds it by its hash. */
export function hashOfRecoveryCode(code: string): string {
  const plain = code.toLowerCase().replace(/[^a-z0-9]/g, '')
  return createHash('sha256').update(plain).digest('base64url')
}
