import { createHash, randomBytes } from 'node:crypto'

/**
 * A refresh token is `<family>.<secret>`. All tokens of a session have the same family, so the session of a token that
 * is used again can be found. Both parts are random, so nobody can guess them.
 */
export interface RefreshToken {
  readonly token: string
  readonly familyHash: string
  readonly hash: string
}

const format = /^([A-Za-z0-9_-]{22})\.[A-Za-z0-9_-]{43}$/

export function newRefreshToken(family = randomBytes(16).toString('base64url')): RefreshToken {
  const token = `${family}.${randomBytes(32).toString('base64url')}`
  return { token, familyHash: sha256(family), hash: sha256(token) }
}

export function readRefreshToken(token: string): (RefreshToken & { family: string }) | undefined {
  const family = format.exec(token)?.[1]
  return family === undefined
    ? undefined
    : { token, family, familyHash: sha256(family), hash: sha256(token) }
}

function sha256(value: string): string {
  return createHash('sha256').update(value).digest('base64url')
}
