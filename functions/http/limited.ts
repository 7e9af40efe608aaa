import type { AddressLimit, UserLimit } from '../../src/protocol/operations/operation.ts'
import type { Caller } from '../../src/core/identity/caller.ts'
import type { Limits } from '../../src/core/context.ts'
import {
  accountSuspended,
  ChatError,
  RateLimitedError,
  sessionEnded,
} from '../../src/core/errors.ts'
import { takeTokenOfCaller } from '../../src/core/identity/charge-caller.ts'
import { type LimitState, refuseOver, takeToken } from '../../src/core/limits/limit.ts'
import { networkOf } from '../../src/core/limits/network-of.ts'
import { tooManyFromHere } from '../../src/core/limits/process-limits.ts'
import { readSendsLeft } from '../../src/core/limits/sends-left.ts'
import type { ApiRuntime, Runtime } from '../runtime.ts'
import { readAddress, type RequestContext } from './request.ts'

const addressLimits = {
  register: 'registrations',
  login: 'loginsPerAddress',
  refresh: 'refreshes',
  // [A2] The limit of the admin's pages. Logins of the chat do not count here.
  'sign-in': 'loginsPerAddress',
} as const satisfies Record<AddressLimit | 'sign-in', keyof Limits>

const userLimits = {
  search: 'searches',
  rooms: 'rooms',
  'room-changes': 'roomChanges',
  joins: 'joins',
  'member-changes': 'memberChanges',
  settings: 'settings',
  reports: 'reports',
  exports: 'exports',
} as const satisfies Record<UserLimit, keyof Limits>

/** [C6] Charges a request to its user. The response has the headers of this limit only when it refuses. */
export async function chargeRequest(
  c: RequestContext,
  { processLimits }: Pick<Runtime, 'processLimits'>,
  userId: number,
): Promise<void> {
  refuseAtOnce(c, await processLimits.request(userId), 'too many requests')
}

/** [C6] Charges a request without a known user to its address. */
export function chargeAnonymous(
  c: RequestContext,
  { processLimits }: Pick<Runtime, 'processLimits'>,
): void {
  refuseAtOnce(c, processLimits.anonymous(readNetwork(c)), tooManyFromHere)
}

function refuseAtOnce(c: RequestContext, state: LimitState, what: string): void {
  if (state.retryAfterMs !== undefined) setLimitHeaders(c, state)
  refuseOver(state, what)
}

export function readNetwork(c: RequestContext): string {
  return networkOf(readAddress(c))
}

export async function chargeAddress(
  c: RequestContext,
  { db, limits }: Pick<Runtime, 'db' | 'limits'>,
  name: keyof typeof addressLimits,
): Promise<void> {
  const limit = limits[addressLimits[name]]
  const state = await takeToken(db, `${name}:${readNetwork(c)}`, limit)
  setLimitHeaders(c, state)
  refuseOver(state, tooManyFromHere)
}

/** [C5, C6] Charges a request to its user, and returns the user. Throws when they may not make the request. */
export async function chargeCaller(
  c: RequestContext,
  { db, limits }: Pick<Runtime, 'db' | 'limits'>,
  name: UserLimit,
  sessionId: number,
): Promise<Caller> {
  const limit = limits[userLimits[name]]
  const { caller, isSuspended, state } = await takeTokenOfCaller(db, sessionId, name, limit)
  setLimitHeaders(c, state)
  if (isSuspended) throw accountSuspended()
  refuseOver(state, 'too many requests of this kind')
  return caller
}

/** [C6, W9] Does work that counts as a send of the caller, and sets the headers of their limit. */
export async function countAsSend<T extends { readonly sendsLeft: number }>(
  c: RequestContext,
  runtime: ApiRuntime,
  work: () => Promise<T>,
): Promise<T> {
  try {
    const done = await work()
    setSendHeaders(c, runtime, done.sendsLeft)
    return done
  } catch (error) {
    const left = error instanceof ChatError ? error.sendsLeft : undefined
    if (left !== undefined) setSendHeaders(c, runtime, left)
    if (error instanceof RateLimitedError && error.limit) setLimitHeaders(c, error.limit)
    throw error
  }
}

/** [C5, C6] Sets the headers of the caller's limit on a refused request. Throws when they may not make requests. */
export async function showSendsLeft(
  c: RequestContext,
  runtime: ApiRuntime,
  sessionId: number,
): Promise<void> {
  const { status, sendsLeft } = await readSendsLeft(runtime.db, sessionId, runtime.limits.sends)
  if (status === 'revoked') throw sessionEnded()
  setSendHeaders(c, runtime, sendsLeft)
  if (status === 'suspended') throw accountSuspended()
}

function setSendHeaders(
  c: RequestContext,
  { limits }: Pick<Runtime, 'limits'>,
  sendsLeft: number,
): void {
  const { count, seconds } = limits.sends
  setLimitHeaders(c, {
    limit: count,
    remaining: sendsLeft,
    resetMs: ((count - sendsLeft) * seconds * 1000) / count,
  })
}

function setLimitHeaders(
  c: RequestContext,
  { limit, remaining, resetMs }: Pick<LimitState, 'limit' | 'remaining' | 'resetMs'>,
): void {
  c.header('RateLimit-Limit', String(limit))
  c.header('RateLimit-Remaining', String(Math.max(0, remaining)))
  c.header('RateLimit-Reset', String(Math.max(0, Math.ceil(resetMs / 1000))))
}
