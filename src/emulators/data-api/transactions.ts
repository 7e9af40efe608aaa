import { randomBytes } from 'node:crypto'
import { DataApiError } from './errors.ts'
import { toDataApiError } from './run-statement.ts'
import type { DatabaseSession, Sessions } from './sessions.ts'

export interface TransactionLimits {
  /** A transaction without a call for this time is rolled back. */
  readonly idleMs: number
  readonly totalMs: number
}

interface Open {
  readonly session: DatabaseSession
  readonly database: string
  readonly endTimer: NodeJS.Timeout
  idleTimer: NodeJS.Timeout
  isBusy: boolean
}

export interface Transactions {
  begin(database: string): Promise<string>
  /**
   * Lends a transaction's session to `work`. If `work` fails, the transaction ends. `work` may leave a statement
   * running. The transaction takes no other call until that statement ends.
   */
  use<T>(id: string, work: (lent: Lent) => Promise<T>): Promise<T>
  commit(id: string): Promise<void>
  rollback(id: string): Promise<void>
  close(): void
}

export interface Lent {
  readonly session: DatabaseSession
  readonly database: string
  readonly leaveBehind: (running: Promise<unknown>) => void
}

/** How a transaction ended, in the service's words. */
const ends = {
  expired: 'Transaction may be expired.',
  ended: 'One previous call resulted in a termination of your transaction.',
  aborted: 'Transaction has been aborted due to an error from a previous call.',
}
const endsKept = 10_000

/** Keeps the open transactions. For ended ones it keeps the reason why they ended. */
export function createTransactions(sessions: Sessions, limits: TransactionLimits): Transactions {
  const open = new Map<string, Open>()
  const ended = new Map<string, string>()

  function find(id: string): Open {
    const transaction = open.get(id)
    if (!transaction) {
      const cause = ended.get(id) ?? ends.expired
      throw new DataApiError(
        'TransactionNotFoundException',
        `Transaction ${id} is not found. ${cause}`,
      )
    }
    if (transaction.isBusy) {
      throw new DataApiError('DatabaseErrorException', 'Transaction is still running a query')
    }
    return transaction
  }

  function end(id: string, why: keyof typeof ends): Open | undefined {
    const transaction = open.get(id)
    if (!transaction) return undefined
    open.delete(id)
    clearTimeout(transaction.idleTimer)
    clearTimeout(transaction.endTimer)
    ended.set(id, ends[why])
    const [oldest] = ended.keys()
    if (ended.size > endsKept && oldest !== undefined) ended.delete(oldest)
    return transaction
  }

  function expireAfter(id: string, ms: number): NodeJS.Timeout {
    return setTimeout(() => {
      const transaction = end(id, 'expired')
      if (transaction?.isBusy) transaction.session.destroy()
      else transaction?.session.release()
    }, ms).unref()
  }

  function settle(id: string, transaction: Open): void {
    transaction.isBusy = false
    if (open.has(id)) transaction.idleTimer = expireAfter(id, limits.idleMs)
  }

  /** Removes the transaction from the table before its last statement, so that no other call comes in between. */
  async function finish(id: string, statement: string): Promise<void> {
    find(id)
    const transaction = end(id, 'ended')
    try {
      await transaction?.session.client.query(statement)
    } catch (error) {
      ended.set(id, ends.aborted)
      throw toDataApiError(error)
    } finally {
      transaction?.session.release()
    }
  }

  return {
    async begin(database) {
      const session = await sessions.acquire(database)
      try {
        await session.client.query('begin')
      } catch (error) {
        session.destroy()
        throw toDataApiError(error)
      }
      const id = randomBytes(93).toString('base64')
      open.set(id, {
        session,
        database,
        idleTimer: expireAfter(id, limits.idleMs),
        endTimer: expireAfter(id, limits.totalMs),
        isBusy: false,
      })
      return id
    },
    async use(id, work) {
      const transaction = find(id)
      clearTimeout(transaction.idleTimer)
      transaction.isBusy = true
      let running: Promise<unknown> | undefined
      try {
        return await work({
          session: transaction.session,
          database: transaction.database,
          leaveBehind: (left) => {
            running = left
          },
        })
      } catch (error) {
        if (!running) end(id, 'aborted')?.session.release()
        throw error
      } finally {
        if (running) {
          running.then(
            () => settle(id, transaction),
            () => end(id, 'aborted')?.session.release(),
          )
        } else settle(id, transaction)
      }
    },
    commit: (id) => finish(id, 'commit'),
    rollback: (id) => finish(id, 'rollback'),
    close() {
      for (const id of open.keys()) end(id, 'expired')?.session.destroy()
    },
  }
}
