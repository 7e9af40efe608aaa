import { createSecretKey, type KeyObject } from 'node:crypto'
import jwt from 'jsonwebtoken'
import * as z from 'zod'
import { accessTokenSeconds } from '../../protocol/limits.ts'
import { id } from '../../protocol/fields.ts'
import { ChatError } from '../errors.ts'
import type { JwtKey, JwtKeys, JwtKeySource } from '../ports.ts'
import { VerifiedTokens } from './verified-tokens.ts'

export interface AccessClaims {
  readonly userId: number
  readonly sessionId: number
}

const claims = z.object({
  sub: z
    .string()
    .regex(/^\d{1,16}$/)
    .transform(Number)
    .pipe(id),
  sid: id,
  exp: z.number().optional(),
})

export function signAccessToken(keys: JwtKeys, { userId, sessionId }: AccessClaims): string {
  const [key] = keys
  return jwt.sign({ sid: sessionId }, secretOf(key), {
    algorithm: 'HS256',
    keyid: key.kid,
    subject: String(userId),
    expiresIn: accessTokenSeconds,
  })
}

const verified = new VerifiedTokens<AccessClaims>()

/**
 * Checks a token and returns its claims. Throws `unauthenticated`. A valid token does not prove that its session still
 * exists: the caller has to check that.
 */
export async function verifyAccessToken(keys: JwtKeySource, token: string): Promise<AccessClaims> {
  const known = verified.find(token)
  const kid = known?.key.kid ?? readKid(token)
  const key = kid === undefined ? undefined : (await keys(kid)).find((each) => each.kid === kid)
  // A key that was removed or replaced makes its tokens invalid at once.
  if (known && known.key.secret === key?.secret) return known.claims
  try {
    if (!key) throw new Error('no such key')
    const { sub, sid, exp } = claims.parse(
      jwt.verify(token, secretOf(key), { algorithms: ['HS256'] }),
    )
    const found = { userId: sub, sessionId: sid }
    if (exp !== undefined) verified.add(token, { claims: found, key, exp })
    return found
  } catch (cause) {
    const expired = cause instanceof jwt.TokenExpiredError
    throw new ChatError(
      'unauthenticated',
      expired
        ? 'the access token has expired: refresh it, or log in again'
        : 'the access token is not valid: log in',
      { cause },
    )
  }
}

/**
 * If jsonwebtoken gets a text, it first tries to parse it as a public or private key, which takes longer than the rest
 * of the work. So it gets a KeyObject.
 */
function secretOf({ secret }: JwtKey): KeyObject {
  return createSecretKey(secret, 'utf8')
}

function readKid(token: string): string | undefined {
  try {
    const kid: unknown = jwt.decode(token, { complete: true })?.header.kid
    return typeof kid === 'string' ? kid : undefined
  } catch {
    return undefined
  }
}
