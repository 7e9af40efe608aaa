import { Client, type ClientConfig, DatabaseError } from 'pg'

/** A connection to PostgreSQL keeps so many statements at most. Beyond them each is parsed anew, as without this. */
const statementsMax = 200

/** Texts of statements that came before, and their names. A text has no name yet when it came once. */
const names = new Map<string, string | undefined>()
let named = 0

/**
 * The name under which PostgreSQL keeps a statement, so that it parses and plans it once for a connection. A statement
 * gets one when its text comes for the second time. The texts of all connections are few: what differs from call to
 * call is in parameters. Those whose text differs, such as lists of many lengths, are bounded by `statementsMax`.
 */
function nameOf(text: string): string | undefined {
  const known = names.get(text)
  if (known !== undefined) return known
  if (named === statementsMax) return undefined
  if (names.has(text)) {
    const name = `statement_${++named}`
    names.set(text, name)
    return name
  }
  if (names.size >= 10 * statementsMax) forgetUnnamed()
  names.set(text, undefined)
  return undefined
}

function forgetUnnamed(): void {
  for (const [text, name] of names) if (name === undefined) names.delete(text)
}

/** A migration has changed what a statement gives: PostgreSQL refuses the plan that it has kept. */
function forgetChanged(error: unknown, text: string): void {
  const { code, message } = error instanceof DatabaseError ? error : {}
  if (code === '0A000' && message?.includes('must not change result type')) names.delete(text)
}

/** A connection that prepares the statements which come again. */
export class PreparingClient extends Client {
  constructor(config?: string | ClientConfig) {
    super(config)
    const query = this.query.bind(this)
    const prepare = (text: unknown, values: unknown, ...rest: unknown[]): unknown => {
      const isPlain = typeof text === 'string' && Array.isArray(values) && values.length > 0
      const name = isPlain ? nameOf(text) : undefined
      if (!isPlain || name === undefined) return Reflect.apply(query, this, [text, values, ...rest])
      const result: unknown = Reflect.apply(query, this, [{ name, text, values }, ...rest])
      if (result instanceof Promise) result.catch((error: unknown) => forgetChanged(error, text))
      return result
    }
    Object.assign(this, { query: prepare })
  }
}
