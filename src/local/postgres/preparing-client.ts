import { Client, type ClientConfig, DatabaseError } from 'pg'

/** A connection to PostgreSQL keeps so many statements at most. Beyond them each is parsed anew, as without this. */
const statementsMax = 200

/** The names of the statements that come again, the same ones on all connections of a pool. */
class StatementNames {
  /** By text. A text has no name yet when it came once. */
  readonly #names = new Map<string, string | undefined>()
  #named = 0

  /**
   * The name under which PostgreSQL keeps a statement, so that it parses and plans it once for a connection. A
   * statement gets one when its text comes for the second time. The texts are few: what differs from call to call is
   * in parameters. Those whose text differs, such as lists of many lengths, are bounded by `statementsMax`.
   */
  of(text: string): string | undefined {
    const known = this.#names.get(text)
    if (known !== undefined) return known
    if (this.#named === statementsMax) return undefined
    if (this.#names.has(text)) {
      const name = `statement_${++this.#named}`
      this.#names.set(text, name)
      return name
    }
    if (this.#names.size >= 10 * statementsMax) this.#forgetUnnamed()
    this.#names.set(text, undefined)
    return undefined
  }

  #forgetUnnamed(): void {
    for (const [text, name] of this.#names) if (name === undefined) this.#names.delete(text)
  }

  /** A migration has changed what a statement gives: PostgreSQL refuses the plan that it has kept. */
  forgetChanged(error: unknown, text: string): void {
    const { code, message } = error instanceof DatabaseError ? error : {}
    if (code === '0A000' && message?.includes('must not change result type')) {
      this.#names.delete(text)
    }
  }
}

/** The connections of one pool, which prepare the statements that come again. */
export function preparingClient(): typeof Client {
  const names = new StatementNames()
  return class PreparingClient extends Client {
    constructor(config?: string | ClientConfig) {
      super(config)
      const query = this.query.bind(this)
      const prepare = (text: unknown, values: unknown, ...rest: unknown[]): unknown => {
        const isPlain = typeof text === 'string' && Array.isArray(values) && values.length > 0
        const name = isPlain ? names.of(text) : undefined
        if (!isPlain || name === undefined)
          return Reflect.apply(query, this, [text, values, ...rest])
        const result: unknown = Reflect.apply(query, this, [{ name, text, values }, ...rest])
        if (result instanceof Promise) {
          result.catch((error: unknown) => names.forgetChanged(error, text))
        }
        return result
      }
      Object.assign(this, { query: prepare })
    }
  }
}
