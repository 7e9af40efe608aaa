/** Evaluates the expression for a message's body. Returns undefined if the body selects nothing. */
export type RouteSelector = (body: string) => string | undefined

type Part = { text: string } | { path: string[] }

const VARIABLE = /^\$request\.body((?:\.[\w-]+)+)$/

/**
 * Compiles a route selection expression: `$request.body.action`, or several variables among static text, such as
 * `${request.body.service}/${request.body.action}`. Values become strings. A missing path becomes an empty string.
 */
export function compileRouteSelection(expression: string): RouteSelector {
  const parts = parse(expression)
  return (body) => {
    try {
      const json: unknown = JSON.parse(body)
      return parts
        .map((part) => ('text' in part ? part.text : asText(read(json, part.path))))
        .join('')
    } catch {
      // The body is not JSON, or a value is too deep to be written as JSON again.
      return undefined
    }
  }
}

/**
 * Returns the key of the route that takes a message. A client's text can never select `$connect`, `$disconnect` or
 * `$default` by name.
 */
export function routeKeyFor(
  selected: string | undefined,
  routes: { has(routeKey: string): boolean },
): string | undefined {
  if (selected !== undefined && !selected.startsWith('$') && routes.has(selected)) return selected
  return routes.has('$default') ? '$default' : undefined
}

function parse(expression: string): Part[] {
  const bare = VARIABLE.exec(expression)?.[1]
  if (bare !== undefined) return [{ path: bare.slice(1).split('.') }]
  const parts = expression.split(/(\$\{[^}]*\})/).map((piece): Part => {
    const inner = /^\$\{([^}]*)\}$/.exec(piece)?.[1]
    if (inner === undefined) return { text: piece }
    const path = VARIABLE.exec(`$${inner}`)?.[1]
    if (path === undefined) throw unknownExpression(expression)
    return { path: path.slice(1).split('.') }
  })
  if (!parts.some((part) => 'path' in part)) throw unknownExpression(expression)
  return parts
}

function unknownExpression(expression: string): Error {
  return new Error(
    `route selection expression "${expression}" is not supported: use $request.body.<path> or \${request.body.<path>}`,
  )
}

function read(json: unknown, path: readonly string[]): unknown {
  let value = json
  for (const key of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined
    value = Reflect.get(value, key)
  }
  return value
}

function asText(value: unknown): string {
  if (value === undefined) return ''
  return typeof value === 'string' ? value : JSON.stringify(value)
}
