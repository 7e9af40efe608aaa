import {
  BeginTransactionCommand,
  type BeginTransactionCommandInput,
  type BeginTransactionCommandOutput,
  CommitTransactionCommand,
  type CommitTransactionCommandInput,
  type CommitTransactionCommandOutput,
  ExecuteStatementCommand,
  type ExecuteStatementCommandInput,
  type ExecuteStatementCommandOutput,
  RDSDataClient,
  type RDSDataClientConfig,
  RollbackTransactionCommand,
  type RollbackTransactionCommandInput,
  type RollbackTransactionCommandOutput,
} from '@aws-sdk/client-rds-data'
import { setTimeout as sleep } from 'node:timers/promises'
import { mayWaitForResume } from '../core/database/resuming.ts'
import { DataApiCallError, type Failure, failureOf, isTransactionGone } from './data-api-error.ts'
import { currentDeadline } from './deadline.ts'
import { mayRepeat } from './may-repeat.ts'
import { readAsPg } from './read-as-pg.ts'

/** A call, its repeats included. A client is told after 25 s [W2]; the gateway gives a handler 29. */
const handlerPatienceMs = 25_000
/** A paused database takes up to 15 s to resume, and longer after a day. */
const resumeWaitMs = 1_000
const backoffMs = 50
const attempts = 3
/** After which a kept connection may have been closed by the other side, or by the freeze of a Lambda. */
const idleMs = 5_000

export interface Clock {
  now(): number
  sleep(ms: number): Promise<unknown>
}
const systemClock: Clock = { now: () => performance.now(), sleep: (ms) => sleep(ms) }

export interface CarefulOptions {
  readonly clock?: Clock
  /** A call, its repeats included. */
  readonly patienceMs?: number
  /** Of that, for a database that resumes. All of it unless set; 0: it is not waited for. */
  readonly resumeWaitMs?: number | undefined
  /** Told of each call that finds the database paused. */
  readonly onResuming?: (() => void) | undefined
}

/** What kysely-data-api calls of the SDK's client. */
export interface DataApiClient {
  executeStatement(input: ExecuteStatementCommandInput): Promise<ExecuteStatementCommandOutput>
  beginTransaction(input: BeginTransactionCommandInput): Promise<BeginTransactionCommandOutput>
  commitTransaction(input: CommitTransactionCommandInput): Promise<CommitTransactionCommandOutput>
  rollbackTransaction(
    input: RollbackTransactionCommandInput,
  ): Promise<RollbackTransactionCommandOutput>
}

/**
 * The SDK's client without its own repeats: it repeats what may have been executed, and does not wait
 * for a database that resumes. The address is AWS's, or what AWS_ENDPOINT_URL_RDS_DATA says.
 */
export function createRdsDataClient(config: RDSDataClientConfig = {}): RDSDataClient {
  return new RDSDataClient({ ...config, maxAttempts: 1 })
}

/**
 * A client whose calls are repeated when that is harmless: what was surely not executed always (the
 * database is resuming, the rate is exceeded, nobody was reached), what may have been executed only
 * when a second time changes nothing. Errors come with a `code`.
 */
export function createCarefulClient(
  client: RDSDataClient,
  {
    clock = systemClock,
    patienceMs = handlerPatienceMs,
    resumeWaitMs = patienceMs,
    onResuming = () => undefined,
  }: CarefulOptions = {},
): DataApiClient {
  let underWay = 0
  let usedAt = clock.now()

  async function call<T>(
    isRepeatable: boolean,
    attempt: (options: { abortSignal: AbortSignal }) => Promise<T>,
  ): Promise<T> {
    const startedAt = clock.now()
    const endsAt = Math.min(startedAt + patienceMs, currentDeadline() ?? Infinity)
    const resumedBy = Math.min(endsAt, startedAt + (mayWaitForResume() ? resumeWaitMs : 0))
    let isResuming = false
    for (let failed = 1; ; failed++) {
      const leftMs = Math.max(1, Math.ceil(endsAt - clock.now()))
      try {
        return await connected(() => attempt({ abortSignal: AbortSignal.timeout(leftMs) }))
      } catch (error) {
        const failure = failureOf(error)
        if (failure === 'resuming' && !isResuming) onResuming()
        isResuming ||= failure === 'resuming'
        const waitMs = waitBeforeRepeat(failure, isRepeatable, failed)
        const until = failure === 'resuming' ? resumedBy : endsAt
        if (waitMs === undefined || clock.now() + waitMs >= until) {
          throw error instanceof DataApiCallError ? error : new DataApiCallError(error)
        }
        await clock.sleep(waitMs)
      }
    }
  }

  /** Not on a connection that was closed while nobody looked: a call on it would not be repeated. */
  async function connected<T>(work: () => Promise<T>): Promise<T> {
    if (underWay === 0 && clock.now() - usedAt > idleMs) client.destroy()
    underWay++
    try {
      return await work()
    } finally {
      underWay--
      usedAt = clock.now()
    }
  }

  return {
    async executeStatement(input) {
      const isRepeatable = input.transactionId === undefined && mayRepeat(input.sql ?? '')
      const output = await call(isRepeatable, (options) =>
        client.send(new ExecuteStatementCommand(input), options),
      )
      return readAsPg(output)
    },
    // One that nobody knows of has changed nothing, and ends by itself.
    beginTransaction: (input) =>
      call(true, (options) => client.send(new BeginTransactionCommand(input), options)),
    commitTransaction(input) {
      let mayBeDone = false
      return call(true, async (options) => {
        try {
          return await client.send(new CommitTransactionCommand(input), options)
        } catch (error) {
          if (mayBeDone && isTransactionGone(error)) return confirmCommit(error)
          mayBeDone ||= failureOf(error) === 'unknown'
          throw error
        }
      })
    },
    rollbackTransaction: (input) =>
      call(true, (options) => client.send(new RollbackTransactionCommand(input), options)),
  }
}

/** Milliseconds until a failed call is repeated; undefined: not at all. */
function waitBeforeRepeat(
  failure: Failure,
  isRepeatable: boolean,
  failed: number,
): number | undefined {
  const jitter = 0.5 + Math.random() / 2
  switch (failure) {
    case 'resuming':
      return resumeWaitMs * jitter
    case 'throttled':
    case 'unsent':
      return failed < attempts ? backoffMs * 2 ** failed * jitter : undefined
    case 'unknown':
      return isRepeatable && failed < attempts ? backoffMs * 2 ** failed * jitter : undefined
    case 'refused':
      return undefined
  }
}

const transactionResolutionUnknown = '08007'

/**
 * A repeated commit that finds no transaction: the first one was done when the Data API says that a call
 * ended it, since this connection has made no other that could. Else nobody knows.
 */
function confirmCommit(error: Error) {
  if (/previous call resulted in a termination/i.test(error.message)) {
    return { transactionStatus: 'Transaction Committed', $metadata: {} }
  }
  throw new DataApiCallError(error, transactionResolutionUnknown)
}
