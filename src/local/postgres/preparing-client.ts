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

type Settle = (error: Error | null | undefined, result: unknown) => void

/**
 * The class of a pool's connections. They prepare the statements that repeat. A connection is destroyed when a statement
 * was not answered for `answerMs`, which happens when a network drops packets without a word.
 *
 * pg itself returns promises, too, and has `query_timeout`. Then its closures keep the rows of each result in memory until
 * the next full garbage collection, and each small collection has to copy them. With 50 rows that took longer than
 * reading them. pg with a callback does not do this.
 */
export function preparingClient(answerMs: number): typeof Client {
  const names = new StatementNames()
  return class PreparingClient extends Client {
    constructor(config?: string | ClientConfig) {
      super(config)
      const query = this.query.bind(this)
      const giveUp = () => this.connection.stream.destroy(new Error('Query read timeout'))

      const ask = async (text: string, values: unknown[]): Promise<unknown> => {
        const name = values.length > 0 ? names.of(text) : undefined
        const { promise, settle } = createAnswer(setTimeout(giveUp, answerMs))
        Reflect.apply(query, this, [
          name === undefined ? { text, values } : { name, text, values },
          undefined,
          settle,
        ])
        try {
          return await promise
        } catch (error) {
          names.forgetChanged(error, text)
          // The trace of the caller says more than that of the socket's event.
          if (error instanceof Error) Error.captureStackTrace(error)
          throw error
        }
      }
      const prepare = (text: unknown, values: unknown, ...rest: unknown[]): unknown =>
        typeof text === 'string' && Array.isArray(values) && rest.length === 0
          ? ask(text, values)
          : Reflect.apply(query, this, [text, values, ...rest])
      Object.assign(this, { query: prepare })
    }
  }
}

/** This is a function of its own, so that its closures see nothing else. */
function createAnswer(timer: NodeJS.Timeout): {
  readonly promise: Promise<unknown>
  readonly settle: Settle
} {
  const { promise, resolve, reject } = Promise.withResolvers()
  return {
    promise,
    settle: (error, result) => {
      clearTimeout(timer)
      if (error) reject(error)
      else resolve(result)
    },
  }
}
