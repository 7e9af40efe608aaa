import { sql } from 'kysely'
import { Secret, TOTP } from 'otpauth'
import type { TestServer } from './chat-server.ts'
import { type TestUser, testPassword } from './test-user.ts'

const stepMs = 30_000

/** Returns the code that an app shows now, or that many steps of 30 s later. */
export function codeOf(secret: string, stepsLater = 0): string {
  return new TOTP({ secret: Secret.fromBase32(secret) }).generate({
    timestamp: Date.now() + stepsLater * stepMs,
  })
}

/** Returns six digits that the app shows neither now nor within a minute. */
export function wrongCodeOf(secret: string): string {
  const near = [-2, -1, 0, 1, 2].map((steps) => codeOf(secret, steps))
  return ['000000', '111111', '222222', '333333', '444444', '555555'].find(
    (code) => !near.includes(code),
  )!
}

/** Makes the codes of the present minute unused again, because a test has no time to wait for the next ones. */
export async function forgetUse(server: TestServer, user: Pick<TestUser, 'id'>): Promise<void> {
  await sql`update second_factors set used_step = 0 where user_id = ${user.id}`.execute(server.db)
}

/** Turns on the second factor of a user. The code of the present step is still unused afterwards. */
export async function turnOn(
  server: TestServer,
  user: TestUser,
): Promise<{ secret: string; recoveryCodes: string[] }> {
  const begun = await user.post('/api/users/me/second-factor/', { password: testPassword })
  const { secret } = begun.body
  const confirmed = await user.post('/api/users/me/second-factor/confirm/', {
    code: codeOf(secret),
  })
  if (confirmed.status !== 200) throw new Error(`${confirmed.status}: ${confirmed.text}`)
  await forgetUse(server, user)
  return { secret, recoveryCodes: confirmed.body.recovery_codes }
}
