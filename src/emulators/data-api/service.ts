import type { PoolConfig } from 'pg'
import { type BoundParameter, bindParameters } from './bind-parameters.ts'
import { type Catalog, createCatalog } from './catalog.ts'
import { DataApiError } from './errors.ts'
import { numberParameters } from './named-parameters.ts'
import type { BatchExecuteStatementRequest, ExecuteStatementRequest } from './request.ts'
import { resultJson } from './results.ts'
import { type RawResult, runStatement, toDataApiError } from './run-statement.ts'
import { createSessions, type DatabaseSession, type Sessions } from './sessions.ts'
import { createTransactions, type Lent, type TransactionLimits } from './transactions.ts'

export interface ServiceOptions {
  /** A configuration for pg.Pool. A call may name another `database` of the same server; this one is the default. */
  readonly connection: PoolConfig & { readonly database: string }
  readonly limits: TransactionLimits & { readonly statementMs: number }
  /** The source of sessions. By default it opens them with `connection`, and resets each session between two uses. */
  readonly sessions?: Sessions
}

interface Target {
  readonly database?: string | null | undefined
  readonly transactionId?: string | null | undefined
}

export type Service = ReturnType<typeof createService>

/**
 * Transactions are begun and ended only by operations. A statement that did it would bypass the table of
 * transactions.
 */
const transactionControl = /^\s*(begin|start\s+transaction|commit|end|abort|rollback(?!\s+to))\b/i

/** The five operations, for requests that are well-formed and allowed. They return JSON. */
export function createService({
  connection,
  limits,
  sessions = createSessions(connection),
}: ServiceOptions) {
  const transactions = createTransactions(sessions, limits)
  const catalogs = new Map<string, Catalog>()

  function catalogOf(database: string): Catalog {
    const catalog = catalogs.get(database) ?? createCatalog()
    catalogs.set(database, catalog)
    return catalog
  }

  async function inSession<T>(target: Target, work: (lent: Lent) => Promise<T>): Promise<T> {
    if (target.transactionId) return await transactions.use(target.transactionId, work)
    const database = target.database ?? connection.database
    const session = await sessions.acquire(database).catch((error: unknown) => {
      throw toDataApiError(error)
    })
    let running: Promise<unknown> = Promise.resolve()
    try {
      return await work({
        session,
        database,
        leaveBehind: (left) => {
          running = left
        },
      })
    } finally {
      void running.catch(() => undefined).then(() => session.release())
    }
  }

  async function run(
    { session, database, leaveBehind }: Lent,
    sql: string,
    parameters: readonly BoundParameter[],
    continueAfterTimeout: boolean,
  ): Promise<RawResult> {
    const running = runStatement(session.client, sql, parameters)
    const timeout = Promise.withResolvers<'timeout'>()
    const timer = setTimeout(timeout.resolve, limits.statementMs, 'timeout')
    try {
      const result = await Promise.race([running, timeout.promise])
      if (result !== 'timeout') return result
    } finally {
      clearTimeout(timer)
    }
    if (continueAfterTimeout) leaveBehind(running)
    else {
      await sessions.cancel(database, session.processId)
      await running.catch(() => undefined)
    }
    throw new DataApiError('StatementTimeoutException', 'Request timed out', {
      dbConnectionId: session.processId,
    })
  }

  return {
    async executeStatement(request: ExecuteStatementRequest): Promise<string> {
      const statement = readStatement(request.sql)
      const parameters = bindParameters(statement, request.parameters ?? [])
      return await inSession(request, async (lent) => {
        const goOn = request.continueAfterTimeout ?? false
        const result = await run(lent, statement.sql, parameters, goOn)
        return await resultJson(lent.session.client, catalogOf(lent.database), result, request)
      })
    },
    async batchExecuteStatement(request: BatchExecuteStatementRequest): Promise<string> {
      const statement = readStatement(request.sql)
      const sets = (request.parameterSets ?? [[]]).map((set) => bindParameters(statement, set))
      return await inSession(request, async (lent) => {
        const runAll = async () => {
          for (const set of sets) await run(lent, statement.sql, set, false)
        }
        await (request.transactionId ? runAll() : asOne(lent.session, runAll))
        const updateResults = request.parameterSets ? sets.map(() => ({ generatedFields: [] })) : []
        return JSON.stringify({ updateResults })
      })
    },
    async beginTransaction(request: Target): Promise<string> {
      const transactionId = await transactions
        .begin(request.database ?? connection.database)
        .catch((error: unknown) => {
          throw toDataApiError(error)
        })
      return JSON.stringify({ transactionId })
    },
    async commitTransaction({ transactionId }: { transactionId: string }): Promise<string> {
      await transactions.commit(transactionId)
      return '{"transactionStatus":"Transaction Committed"}'
    },
    async rollbackTransaction({ transactionId }: { transactionId: string }): Promise<string> {
      await transactions.rollback(transactionId)
      return '{"transactionStatus":"Rollback Complete"}'
    },
    async close(): Promise<void> {
      transactions.close()
      await sessions.close()
    },
  }
}

function readStatement(sql: string) {
  if (transactionControl.test(sql)) {
    throw new DataApiError(
      'ValidationException',
      'Transactions are begun and ended with BeginTransaction, CommitTransaction and RollbackTransaction',
    )
  }
  return numberParameters(sql)
}

async function asOne(session: DatabaseSession, work: () => Promise<void>): Promise<void> {
  await session.client.query('begin')
  await work()
  await session.client.query('commit')
}
