import { functionSettings } from '../../lib/functions/function-settings.ts'
import { tracedShare } from '../../lib/operations/traces.ts'
import { type Operations, totalOf } from './operations.ts'
import { prices } from './prices.ts'

/**
 * These values are estimates; everything else is counted.
 *
 * The duration of a function: a call of the Data API takes about 10 ms, and a vCPU makes 2,000 posts per second. A
 * function's share of a vCPU is its share of 1,769 MB. The length of log lines, with the 26 bytes that CloudWatch adds:
 * API Gateway writes a line for each request, frame, `$connect` and `$disconnect` (lib/api/access-log.ts), and a
 * function writes one for each call that posts (functions/metrics.ts).
 */
export const estimates = {
  handlerMs: 5,
  dataApiCallMs: 10,
  postsPerSecond: 2_000,
  accessLogBytes: 260,
  metricsLogBytes: 380,
} as const
const vcpuMb = 1_769

export interface Costs {
  readonly sockets: number
  readonly lambda: number
  readonly dataApi: number
  readonly queue: number
  readonly http: number
  readonly transfer: number
  /** Ingested logs and sampled traces. */
  readonly watching: number
  readonly total: number
}

/** Returns costs in dollars, without free tiers. The database's own price is per hour, whatever it has to do. */
export function costsOf(operations: Operations): Costs {
  const { upgrades, framesIn, httpRequests, httpBytes, queueRequests } = operations
  const { invocations, dataApiUnits, posts, postedBytes } = totalOf(operations)
  const costs = {
    sockets:
      (framesIn + posts) * prices.socketFrame +
      operations.connectionMinutes * prices.connectionMinute,
    lambda: invocations * prices.invocation + gigabyteSecondsOf(operations) * prices.gigabyteSecond,
    dataApi: dataApiUnits * prices.dataApiUnit,
    queue: queueRequests * prices.queueRequest,
    http:
      httpRequests * prices.httpRequest +
      (httpRequests + upgrades) * (prices.cdnRequest + prices.cdnFunction),
    watching:
      (logBytesOf(operations) / 1e9) * prices.logGigabyte +
      invocations * tracedShare * prices.trace,
    transfer: ((postedBytes + httpBytes) / 1e9) * prices.cdnGigabyte,
  }
  return { ...costs, total: Object.values(costs).reduce((all, each) => all + each, 0) }
}

function logBytesOf({ framesIn, httpRequests, upgrades, work }: Operations): number {
  const posting = Object.values(work).reduce(
    (all, { invocations, posts }) => all + (posts > 0 ? invocations : 0),
    0,
  )
  return (
    (framesIn + httpRequests + 2 * upgrades) * estimates.accessLogBytes +
    posting * estimates.metricsLogBytes
  )
}

function gigabyteSecondsOf({ work }: Operations): number {
  return Object.entries(functionSettings).reduce((all, [name, { memoryMb }]) => {
    const done = Object.entries(work).find(([its]) => its === name)?.[1]
    if (!done) return all
    const postsPerSecond = estimates.postsPerSecond * Math.min(1, memoryMb / vcpuMb)
    const seconds =
      (done.invocations * estimates.handlerMs + done.dataApiCalls * estimates.dataApiCallMs) /
        1_000 +
      done.posts / postsPerSecond
    return all + (memoryMb / 1_024) * seconds
  }, 0)
}
