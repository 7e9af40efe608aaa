/** The errors of the Data API, with their HTTP statuses. */
export const dataApiErrorStatus = {
  AccessDeniedException: 403,
  BadRequestException: 400,
  DatabaseErrorException: 400,
  DatabaseNotFoundException: 404,
  DatabaseResumingException: 400,
  DatabaseUnavailableException: 504,
  ForbiddenException: 403,
  HttpEndpointNotEnabledException: 400,
  InternalFailure: 500,
  InternalServerErrorException: 500,
  InvalidResourceStateException: 400,
  InvalidSecretException: 400,
  InvalidSignatureException: 403,
  NotFoundException: 404,
  SecretsErrorException: 400,
  ServiceUnavailableError: 503,
  StatementTimeoutException: 400,
  ThrottlingException: 400,
  TransactionNotFoundException: 404,
  UnknownOperationException: 404,
  UnsupportedResultException: 400,
  ValidationException: 400,
} as const

export type DataApiErrorName = keyof typeof dataApiErrorStatus

export class DataApiError extends Error {
  override readonly name: DataApiErrorName
  /** The fields of the body in addition to the message. */
  readonly fields: Readonly<Record<string, unknown>>

  constructor(name: DataApiErrorName, message: string, fields: Record<string, unknown> = {}) {
    super(message)
    this.name = name
    this.fields = fields
  }
}
