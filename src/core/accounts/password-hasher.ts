import { compare, getRounds, hash } from 'bcryptjs'
import type { PasswordHasher } from '../ports.ts'

/**
 * bcrypt's cost: 2^10 rounds. OWASP (Password Storage Cheat Sheet) asks for at least 10. Each step of the cost doubles
 * the time of every login. The next login replaces a hash with another cost.
 */
export const passwordCost = 10

/** Hashes in this thread, in slices. This suits Lambda, where a process has one request at a time. */
export function createPasswordHasher(cost = passwordCost): PasswordHasher {
  let nobodys: Promise<string> | undefined
  return {
    hash: (password) => hash(password, cost),
    isOutdated: (passwordHash) => getRounds(passwordHash) !== cost,
    verify: async (password, passwordHash) => {
      if (passwordHash !== undefined) return await compare(password, passwordHash)
      nobodys ??= hash('the password of nobody', cost)
      await compare(password, await nobodys)
      return false
    },
  }
}
