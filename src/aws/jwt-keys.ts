import { parseGeneratedJwtKeys } from '../core/identity/jwt-keys.ts'
import type { JwtKeySource } from '../core/ports.ts'
import { createCachedSecret, type SecretOptions } from './cached-secret.ts'

/** The keys of a secret. A token with an unknown `kid` may be signed with a key that has just been made. */
export function createSecretJwtKeys(options: Omit<SecretOptions<unknown>, 'parse'>): JwtKeySource {
  const secret = createCachedSecret({ ...options, parse: parseGeneratedJwtKeys })
  return async (kid) =>
    await secret((keys) => kid === undefined || keys.some((key) => key.kid === kid))
}
