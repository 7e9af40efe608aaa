import { StartError } from '../machine/start-error.ts'

export type PostgresStartErrorCode =
  | 'not-installed'
  | 'orphan'
  | 'backends'
  | 'not-permitted'
  | 'wrong-version'
  | 'not-a-cluster'
  | 'failed'

/** The embedded PostgreSQL cannot start, or ended by itself. */
export class PostgresStartError extends StartError {
  readonly code: PostgresStartErrorCode

  constructor(code: PostgresStartErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
