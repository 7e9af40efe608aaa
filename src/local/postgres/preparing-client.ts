import { Client, type ClientConfig, DatabaseError } from 'pg'

/**
 * How many prepared statements a connection keeps at most. PostgreSQL parses all further statements at each call, as
 * it would without this class.
 */
const statementsMax = 200

/** The names of the repeated statements. They are the same on all connections of a pool. */
class StatementNames {
  /** Names by text. A text that came only once has no name yet. */
  readonly #names = new Map<string, string | undefined>()
  #named = 0

  /**
   * Returns the name under which PostgreSQL keeps a statement, so that each connection parses and plans it only once.
   * A statement gets a name when its text comes for the second time. There are few texts, because parameters hold
   * what differs from call to call. Some statements have many texts, such as those with lists of different lengths;
   * `statementsMax` bounds them.
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

  /** Forgets the name of a statement if a migration changed its result type: PostgreSQL refuses the kept plan then. */
  forgetChanged(error: unknown, text: string): void {
    const { code, message } = error instanceof DatabaseError ? error : {}
    if (code === '0A000' && message?.includes('must not change result type')) {
      this.#names.delete(text)
    }
  }
}

/** The class of a pool's connections. They prepare the statements that repeat. */
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
