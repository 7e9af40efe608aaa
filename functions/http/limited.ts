import type { AddressLimit } from '../../src/protocol/operations/operation.ts'
import type { Limits } from '../../src/core/context.ts'
import { accountSuspended, ChatError, sessionEnded } from '../../src/core/errors.ts'
import { type Limit, type LimitState, refuseOver, takeToken } from '../../src/core/limits/limit.ts'
import { readSendsLeft } from '../../src/core/limits/sends-left.ts'
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
  runtime: Runtime,
  work: () => Promise<T>,
): Promise<T> {
  try {
    const done = await work()
    setSendHeaders(c, runtime, done.sendsLeft)
    return done
  } catch (error) {
    const left = error instanceof ChatError ? error.sendsLeft : undefined
    if (left !== undefined) setSendHeaders(c, runtime, left)
    throw error
  }
}

/** [C5, C6] Says how the limit stands of whoever asked for what cannot be done; throws when they may not ask. */
export async function showSendsLeft(
  c: Request,
  runtime: Runtime,
  sessionId: number,
): Promise<void> {
  const { status, sendsLeft } = await readSendsLeft(runtime.db, sessionId, runtime.limits.sends)
  if (status === 'revoked') throw sessionEnded()
  setSendHeaders(c, runtime, sendsLeft)
  if (status === 'suspended') throw accountSuspended()
}

function setSendHeaders(c: Request, { limits }: Runtime, sendsLeft: number): void {
  const { count, seconds } = limits.sends
  setLimitHeaders(c, {
    limit: count,
    remaining: sendsLeft,
    resetMs: ((count - sendsLeft) * seconds * 1000) / count,
  })
}

function setLimitHeaders(
  c: Request,
  { limit, remaining, resetMs }: Pick<LimitState, 'limit' | 'remaining' | 'resetMs'>,
): void {
  c.header('RateLimit-Limit', String(limit))
  c.header('RateLimit-Remaining', String(Math.max(0, remaining)))
  c.header('RateLimit-Reset', String(Math.max(0, Math.ceil(resetMs / 1000))))
}
