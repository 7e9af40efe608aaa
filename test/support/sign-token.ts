import jwt, { type SignOptions } from 'jsonwebtoken'
import * as z from 'zod'
import { testKeys } from './chat-server.ts'
import type { TestUser } from './test-user.ts'

const claims = z.object({ sid: z.int() })

export function sessionOf(user: TestUser): number {
  return claims.parse(jwt.decode(user.access)).sid
}

/** An access token of a session, signed by hand. */
export function signToken(
  user: TestUser,
  options: SignOptions = {},
  key: { readonly kid: string; readonly secret: string } = testKeys[0],
): string {
  return jwt.sign({ sid: sessionOf(user) }, key.secret, {
    algorithm: 'HS256',
    keyid: key.kid,
    subject: String(user.id),
    expiresIn: 900,
    ...options,
  })
}
