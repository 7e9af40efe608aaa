import { functionSettings } from '../../lib/functions/function-settings.ts'
import { type Operations, totalOf } from './operations.ts'
import { prices } from './prices.ts'

/**
 * What is not counted but estimated: how long a function runs. A call of the Data API takes some 10 ms, and a
 * vCPU makes 2,000 posts a second; a function has as much of one as it has of 1,769 MB.
 */
export const estimates = { handlerMs: 5, dataApiCallMs: 10, postsPerSecond: 2_000 } as const
const vcpuMb = 1_769

export interface Costs {
  readonly sockets: number
  readonly lambda: number
  readonly dataApi: number
  readonly queue: number
  readonly http: number
  readonly transfer: number
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
    transfer: ((postedBytes + httpBytes) / 1e9) * prices.cdnGigabyte,
  }
  return { ...costs, total: Object.values(costs).reduce((all, each) => all + each, 0) }
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
