import { afterEach, expect, test, vi } from 'vitest'
import { signAccessToken, verifyAccessToken } from '../../../src/core/identity/access-token.ts'
import { makeJwtKey } from '../../../src/core/identity/jwt-keys.ts'
import { VerifiedTokens, verifiedTokensMax } from '../../../src/core/identity/verified-tokens.ts'
import { accessTokenSeconds } from '../../../src/protocol/limits.ts'

const claims = { userId: 1, sessionId: 2 }

afterEach(() => {
  vi.useRealTimers()
})

test('a token that was verified before is refused when its key is gone, or has another secret', async () => {
  const key = makeJwtKey()
  const token = signAccessToken([key], claims)
  for (let times = 0; times < 2; times++) {
    expect(await verifyAccessToken(async () => [key], token)).toEqual(claims)
  }
  const replaced = { ...makeJwtKey(), kid: key.kid }
  for (const other of [makeJwtKey(), replaced]) {
    await expect(verifyAccessToken(async () => [other], token)).rejects.toThrow('not valid')
  }
})

test('a token that was verified before is refused when it has expired', async () => {
  const key = makeJwtKey()
  const token = signAccessToken([key], claims)
  expect(await verifyAccessToken(async () => [key], token)).toEqual(claims)
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + accessTokenSeconds * 1_000 })
  await expect(verifyAccessToken(async () => [key], token)).rejects.toThrow('has expired')
})

test('a token that differs from a verified one in one character is refused', async () => {
  const key = makeJwtKey()
  const token = signAccessToken([key], claims)
  expect(await verifyAccessToken(async () => [key], token)).toEqual(claims)
  const at = token.lastIndexOf('.') + 1
  const forged = `${token.slice(0, at)}${token[at] === 'A' ? 'B' : 'A'}${token.slice(at + 1)}`
  await expect(verifyAccessToken(async () => [key], forged)).rejects.toThrow('not valid')
})

test('a process remembers a bounded number of verified tokens, the newest ones', () => {
  const tokens = new VerifiedTokens<typeof claims>()
  const verified = { claims, key: makeJwtKey(), exp: Date.now() / 1_000 + 60 }
  for (let n = 0; n <= verifiedTokensMax; n++) tokens.add(`token ${n}`, verified)
  expect(tokens.find('token 0')).toBeUndefined()
  expect(tokens.find('token 1')).toBe(verified)
  expect(tokens.find(`token ${verifiedTokensMax}`)).toBe(verified)
})
