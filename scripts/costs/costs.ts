import { functionSettings } from '../../lib/functions/function-settings.ts'
import { tracedShare } from '../../lib/operations/traces.ts'
import { type Operations, totalOf } from './operations.ts'
import { prices } from './prices.ts'

/**
 * What is not counted but estimated: how long a function runs. A call of the Data API takes some 10 ms, and a
 * vCPU makes 2,000 posts a second; a function has as much of one as it has of 1,769 MB. And how long lines of
 * logs are, with the 26 bytes that CloudWatch adds: API Gateway writes one for each request, frame, `$connect` and
 * `$disconnect` (lib/api/access-log.ts), a function one for each call that posts (functions/metrics.ts).
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
  /** Logs that are taken in, and sampled traces. */
  readonly watching: number
  readonly total: number
}

/** In dollars, with nothing free. The database itself costs by the hour, whatever it is asked. */
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
