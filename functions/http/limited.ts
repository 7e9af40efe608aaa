import type { AddressLimit } from '../../src/protocol/operations/operation.ts'
import type { Limits } from '../../src/core/context.ts'
import { RateLimitedError } from '../../src/core/errors.ts'
import { type Limit, type LimitState, refuseOver, takeToken } from '../../src/core/limits/limit.ts'
import type { Runtime } from '../runtime.ts'
import { readAddress, type Request } from './request.ts'

const addressLimits = {
  register: 'registrations',
  login: 'loginsPerAddress',
  refresh: 'refreshes',
} as const satisfies Record<AddressLimit, keyof Limits>

export async function chargeAddress(
  c: Request,
  runtime: Runtime,
  name: AddressLimit,
): Promise<void> {
  const limit = runtime.limits[addressLimits[name]]
  await chargeLimit(c, runtime, `${name}:${readAddress(c)}`, limit)
}

/** [C6] Spends one of a limit, says in the headers how it stands, and refuses when it is used up. */
async function chargeLimit(c: Request, { db }: Runtime, key: string, limit: Limit): Promise<void> {
  const state = await takeToken(db, key, limit)
  setLimitHeaders(c, state)
  refuseOver(state, 'too many requests from this address')
}

/** [C6, W9] Does what counts as a send of the caller's, and says in the headers how their limit stands. */
export async function countAsSend<T extends { readonly sendsLeft: number }>(
  c: Request,
  { limits }: Runtime,
  work: () => Promise<T>,
): Promise<T> {
  const { count, seconds } = limits.sends
  const setHeaders = (remaining: number) =>
    setLimitHeaders(c, {
      limit: count,
      remaining,
      resetMs: ((count - remaining) * seconds * 1000) / count,
    })
  try {
    const done = await work()
    setHeaders(done.sendsLeft)
    return done
  } catch (error) {
    if (error instanceof RateLimitedError) setHeaders(0)
    throw error
  }
}

function setLimitHeaders(
  c: Request,
  { limit, remaining, resetMs }: Pick<LimitState, 'limit' | 'remaining' | 'resetMs'>,
): void {
  c.header('RateLimit-Limit', String(limit))
  c.header('RateLimit-Remaining', String(Math.max(0, remaining)))
  c.header('RateLimit-Reset', String(Math.max(0, Math.ceil(resetMs / 1000))))
}
