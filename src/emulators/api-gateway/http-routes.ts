import type { LambdaHandler } from './invoke.ts'

export interface HandledRoute {
  /** `POST /api/login/`, `GET /rooms/{id}`, `ANY /api/{proxy+}` or `$default`. */
  routeKey: string
  handler: LambdaHandler
  /** The name in the handler's context and in error messages. If absent, the route key. */
  functionName?: string
}

export interface RouteMatch {
  route: HandledRoute
  pathParameters?: Record<string, string>
}

type Segment = { kind: 'static' | 'parameter' | 'greedy'; text: string }

interface CompiledRoute {
  route: HandledRoute
  method: string
  segments: Segment[]
}

/**
 * Finds the route of a request. The most specific route comes first: in each path segment literal text comes before
 * `{id}`, which comes before `{proxy+}`. On the same path a method comes before ANY. `$default` takes all other
 * requests.
 */
export function createRouteMatcher(
  routes: readonly HandledRoute[],
): (method: string, path: string) => RouteMatch | undefined {
  const seen = new Set<string>()
  for (const { routeKey } of routes) {
    if (seen.has(routeKey)) throw new Error(`route key "${routeKey}" is given twice: keep one`)
    seen.add(routeKey)
  }
  const fallback = routes.find((route) => route.routeKey === '$default')
  const compiled = routes
    .filter((route) => route !== fallback)
    .map(compile)
    .toSorted(bySpecificity)

  return (method, path) => {
    const parts = path.slice(1).split('/')
    for (const candidate of compiled) {
      if (candidate.method !== 'ANY' && candidate.method !== method) continue
      const parameters = matchSegments(candidate.segments, parts)
      if (!parameters) continue
      const found: RouteMatch = { route: candidate.route }
      if (parameters.length > 0) found.pathParameters = Object.fromEntries(parameters)
      return found
    }
    return fallback && { route: fallback }
  }
}

function compile(route: HandledRoute): CompiledRoute {
  const [, method, path] = /^([A-Z]+) (\/\S*)$/.exec(route.routeKey) ?? []
  if (!method || !path) {
    throw new Error(`route key "${route.routeKey}" is unknown: write "METHOD /path" or "$default"`)
  }
  const segments = path
    .slice(1)
    .split('/')
    .map((text): Segment => {
      const name = /^\{([^{}]+)\}$/.exec(text)?.[1]
      if (name === undefined) return { kind: 'static', text }
      return name.endsWith('+')
        ? { kind: 'greedy', text: name.slice(0, -1) }
        : { kind: 'parameter', text: name }
    })
  if (segments.slice(0, -1).some((segment) => segment.kind === 'greedy')) {
    throw new Error(`route key "${route.routeKey}" has a greedy part inside: put it last`)
  }
  return { route, method, segments }
}

const RANK = { static: 0, parameter: 1, greedy: 2 }

function bySpecificity(a: CompiledRoute, b: CompiledRoute): number {
  const length = Math.min(a.segments.length, b.segments.length)
  for (let i = 0; i < length; i += 1) {
    const difference = RANK[a.segments[i]?.kind ?? 'greedy'] - RANK[b.segments[i]?.kind ?? 'greedy']
    if (difference !== 0) return difference
  }
  const byLength = b.segments.length - a.segments.length
  return byLength || Number(a.method === 'ANY') - Number(b.method === 'ANY')
}

function matchSegments(segments: Segment[], parts: string[]): [string, string][] | undefined {
  const parameters: [string, string][] = []
  for (const [i, segment] of segments.entries()) {
    if (segment.kind === 'greedy') {
      const rest = parts.slice(i).join('/')
      if (rest === '') return undefined
      parameters.push([segment.text, rest])
      return parameters
    }
    const part = parts[i]
    if (segment.kind === 'static' ? part !== segment.text : !part) return undefined
    if (segment.kind === 'parameter' && part) parameters.push([segment.text, part])
  }
  return parts.length === segments.length ? parameters : undefined
}
