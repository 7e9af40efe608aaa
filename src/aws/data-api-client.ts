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

/**
 * The time for one call with its retries. A client gets an answer after 25 s [W2]. The gateway gives a handler 29 s.
 */
const handlerPatienceMs = 25_000
/** A paused database takes up to 15 s to resume, and longer after a day. */
const resumeWaitMs = 1_000
const backoffMs = 50
const attempts = 3
/** After this time, the other side or the freeze of a Lambda may have closed a kept connection. */
const idleMs = 5_000

export interface RetryClock {
  now(): number
  sleep(ms: number): Promise<unknown>
}
const systemClock: RetryClock = { now: () => performance.now(), sleep: (ms) => sleep(ms) }

export interface CarefulOptions {
  readonly clock?: RetryClock
  /** The time for one call with its retries. */
  readonly patienceMs?: number
  /** The part of that time that may be spent on a database that resumes. The default is all of it. 0 means no wait. */
  readonly resumeWaitMs?: number | undefined
  /** Is called for each call that finds the database paused. */
  readonly onResuming?: (() => void) | undefined
}

/** The methods of the SDK's client that kysely-data-api calls. */
export interface DataApiClient {
  executeStatement(input: ExecuteStatementCommandInput): Promise<ExecuteStatementCommandOutput>
  beginTransaction(input: BeginTransactionCommandInput): Promise<BeginTransactionCommandOutput>
  commitTransaction(input: CommitTransactionCommandInput): Promise<CommitTransactionCommandOutput>
  rollbackTransaction(
    input: RollbackTransactionCommandInput,
  ): Promise<RollbackTransactionCommandOutput>
}

/**
 * Makes the SDK's client without its own retries. These would repeat what may have been executed, and would not wait
 * for a database that resumes. The address is AWS's, or the one in AWS_ENDPOINT_URL_RDS_DATA.
 */
export function createRdsDataClient(config: RDSDataClientConfig = {}): RDSDataClient {
  return new RDSDataClient({ ...config, maxAttempts: 1 })
}

/**
 * Makes a client that retries calls when a retry does no harm. A call that was surely not executed is always retried
 * (the database is resuming, the rate is exceeded, the connection failed before the call). A call that may have been
 * executed is retried only when a second execution changes nothing. Errors have a `code`.
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

  /** Never uses a connection that may have been closed while it was idle: a call on it would fail without a retry. */
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
    // Retries are harmless: a transaction that nobody knows about changes nothing and ends by itself.
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

/** Returns the milliseconds until a failed call is retried, or undefined when it is not. */
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
 * Handles a repeated commit that finds no transaction. When the Data API says that an earlier call ended it, the first
 * commit was done, because this connection has made no other call that could end it. Otherwise the outcome is unknown.
 */
function confirmCommit(error: Error) {
  if (/previous call resulted in a termination/i.test(error.message)) {
    return { transactionStatus: 'Transaction Committed', $metadata: {} }
  }
  throw new DataApiCallError(error, transactionResolutionUnknown)
}
