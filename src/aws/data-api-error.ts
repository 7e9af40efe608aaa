import { RDSDataServiceException, TransactionNotFoundException } from '@aws-sdk/client-rds-data'

/** A failed call in the form of an error of PostgreSQL's driver: `code` is the SQLSTATE or the system's error. */
export class DataApiCallError extends Error {
  override readonly name = 'DataApiCallError'
  readonly code: string | undefined

  constructor(cause: unknown, code = codeOf(cause)) {
    super(cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause), { cause })
    this.code = code
  }
}

/**
 * What is known about a failed call:
 * - `refused`: a retry would get the same answer.
 * - `resuming`, `throttled`, `unsent`: nothing was executed.
 * - `unknown`: it may have been executed, or may still be running.
 */
export type Failure = 'refused' | 'resuming' | 'throttled' | 'unsent' | 'unknown'

export function failureOf(error: unknown): Failure {
  if (!(error instanceof Error)) return 'refused'
  if (error.name === 'DatabaseResumingException') return 'resuming'
  if (/^(Throttling|ThrottledException|TooManyRequests|RequestLimitExceeded)/.test(error.name)) {
    return 'throttled'
  }
  const code = systemCode(error)
  if (/^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH)$/.test(code)) return 'unsent'
  if (code !== '' || error.name === 'TimeoutError' || error.name === 'AbortError') return 'unknown'
  return error instanceof RDSDataServiceException && (error.$metadata.httpStatusCode ?? 0) >= 500
    ? 'unknown'
    : 'refused'
}

export function isTransactionGone(error: unknown): error is TransactionNotFoundException {
  return error instanceof TransactionNotFoundException
}

/** The SQLSTATEs that src/core checks, for errors that are not PostgreSQL's own. */
const connectionDoesNotExist = '08003'
const connectionFailure = '08006'
const queryCanceled = '57014'
const cannotConnectNow = '57P03'
const configurationLimitExceeded = '53400'

function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined
  const sqlState = /; SQLState: ([0-9A-Z]{5})$/.exec(error.message)?.[1]
  if (sqlState !== undefined) return sqlState
  if (isTransactionGone(error)) return connectionDoesNotExist
  if (error.name === 'StatementTimeoutException') return queryCanceled
  switch (failureOf(error)) {
    case 'resuming':
      return cannotConnectNow
    case 'throttled':
      return configurationLimitExceeded
    case 'unsent':
    case 'unknown':
      return error.name === 'AbortError' || error.name === 'TimeoutError'
        ? 'ETIMEDOUT'
        : systemCode(error) || connectionFailure
    case 'refused':
      return undefined
  }
}

/** Returns the code of a failed socket, such as `ECONNRESET`. */
function systemCode(error: Error): string {
  return 'code' in error && typeof error.code === 'string' && /^E[A-Z_]+$/.test(error.code)
    ? error.code
    : ''
}
