import type { FunctionName } from '../../functions/routes.ts'

/** What the invocations of a function do. */
export interface Work {
  readonly invocations: number
  readonly dataApiCalls: number
  /** Units of 32 KB, of request and answer together. */
  readonly dataApiUnits: number
  /** Frames to sockets. None is over 32 KB, so each is one unit. */
  readonly posts: number
  readonly postedBytes: number
}

/** What something uses of AWS, in the units that AWS meters. */
export interface Operations {
  readonly work: Readonly<Partial<Record<FunctionName, Work>>>
  /** Sockets that are opened through CloudFront. */
  readonly upgrades: number
  /** Frames from sockets. */
  readonly framesIn: number
  /** Requests to the HTTP API through CloudFront. */
  readonly httpRequests: number
  readonly httpBytes: number
  /** Requests that send, receive and delete. */
  readonly queueRequests: number
  readonly connectionMinutes: number
}

export const noOperations: Operations = {
  work: {},
  upgrades: 0,
  framesIn: 0,
  httpRequests: 0,
  httpBytes: 0,
  queueRequests: 0,
  connectionMinutes: 0,
}

/** Returns the total over all functions. */
export function totalOf({ work }: Operations): Work {
  const all = Object.values(work)
  const total = (of: (each: Work) => number) => all.reduce((before, each) => before + of(each), 0)
  return {
    invocations: total((each) => each.invocations),
    dataApiCalls: total((each) => each.dataApiCalls),
    dataApiUnits: total((each) => each.dataApiUnits),
    posts: total((each) => each.posts),
    postedBytes: total((each) => each.postedBytes),
  }
}

/** Returns the sum of several operations, each multiplied by its count. */
export function sum(...parts: readonly (readonly [count: number, Operations])[]): Operations {
  const total = (of: (each: Operations) => number) =>
    parts.reduce((before, [count, each]) => before + count * of(each), 0)
  const names = new Set(parts.flatMap(([, { work }]) => Object.keys(work)))
  const work = Object.fromEntries(
    Array.from(names, (name) => {
      const of = (key: keyof Work) =>
        total((each) => Object.entries(each.work).find(([its]) => its === name)?.[1][key] ?? 0)
      return [
        name,
        {
          invocations: of('invocations'),
          dataApiCalls: of('dataApiCalls'),
          dataApiUnits: of('dataApiUnits'),
          posts: of('posts'),
          postedBytes: of('postedBytes'),
        },
      ]
    }),
  )
  return {
    work,
    upgrades: total((each) => each.upgrades),
    framesIn: total((each) => each.framesIn),
    httpRequests: total((each) => each.httpRequests),
    httpBytes: total((each) => each.httpBytes),
    queueRequests: total((each) => each.queueRequests),
    connectionMinutes: total((each) => each.connectionMinutes),
  }
}
