import { compare, hash } from 'bcryptjs'
import type { PasswordHasher } from '../ports.ts'

/** bcrypt's cost: 2^12 rounds, about a quarter of a second. */
export const passwordCost = 12

/** Hashes in this thread, in slices: fit for Lambda, where a process has one request at a time. */
export function createPasswordHasher(cost = passwordCost): PasswordHasher {
  let nobodys: Promise<string> | undefined
  return {
    hash: (password) => hash(password, cost),
    verify: async (password, passwordHash) => {
      if (passwordHash !== undefined) return await compare(password, passwordHash)
      nobodys ??= hash('the password of nobody', cost)
      await compare(password, await nobodys)
      return false
    },
  }
}
