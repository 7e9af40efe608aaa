export type PostgresStartErrorCode =
  'not-installed' | 'orphan' | 'not-permitted' | 'wrong-version' | 'not-a-cluster' | 'failed'

/** The embedded PostgreSQL cannot start; the message is one line that says what to do. */
export class PostgresStartError extends Error {
  readonly code: PostgresStartErrorCode

  constructor(code: PostgresStartErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'PostgresStartError'
    this.code = code
  }
}
