import type { IncomingMessage, ServerResponse } from 'node:http'
import { randomUUID } from 'node:crypto'
import { discardRest, readHttpBody } from '../api-gateway/http-body.ts'
import { splitTarget } from '../api-gateway/request-info.ts'
import { type Credentials, findSignatureFault } from '../api-gateway/sigv4.ts'
import { DataApiError, type DataApiErrorName, dataApiErrorStatus } from './errors.ts'
import {
  type DataApiOperation,
  type OperationName,
  dataApiOperations,
  type Prepared,
} from './operations.ts'
import { createService, type ServiceOptions } from './service.ts'

/** A call, as the choice of a fault sees it. */
export interface DataApiCall {
  readonly operation: OperationName
  readonly sql: string | undefined
  readonly transactionId: string | undefined
}

/** A fault of a call: it is answered with an error, or its connection is cut without an answer. */
export interface DataApiFault {
  readonly answer: DataApiErrorName | 'cut'
  /** The call is executed all the same. Only its answer is lost. */
  readonly done?: boolean
}

export interface DataApiLogEntry {
  readonly operation: OperationName | undefined
  /** Absent if the connection was cut, by either side. */
  readonly status: number | undefined
  readonly error: unknown
  readonly durationMs: number
}

export interface DataApiEmulatorOptions {
  /** The PostgreSQL behind it, as a configuration for pg.Pool. Its database is the default of a call. */
  readonly connection: ServiceOptions['connection']
  /** The only cluster, and the only secret that opens it. */
  readonly resourceArn: string
  readonly secretArn: string
  /** The only key that may call. */
  readonly credentials: Credentials
  readonly limits?: Partial<ServiceOptions['limits']>
  /** Called for each call. Returns the fault of this call, if any. */
  readonly faults?: (call: DataApiCall) => DataApiFault | undefined
  readonly log?: (entry: DataApiLogEntry) => void
  readonly now?: () => number
}

/** The answer to a call. Errors have a type, from which the SDK takes their class. */
export interface DataApiAnswer {
  readonly status: number
  readonly text: string
  readonly errorType?: string
}

export interface DataApi {
  handle(req: IncomingMessage, res: ServerResponse): void
  /**
   * Executes a call without HTTP and without a check of its signature, for a client in the same process. Returns
   * undefined if a fault cuts the connection.
   */
  call(path: string, body: Buffer): Promise<DataApiAnswer | undefined>
  /** Rolls back all open transactions, and ends the connections to PostgreSQL. */
  close(): Promise<void>
}

const BODY_BYTES = 4 * 1024 * 1024
const BODY_TIMEOUT_MS = 30_000
const limits = { statementMs: 45_000, idleMs: 3 * 60_000, totalMs: 24 * 60 * 60_000 }

/** The RDS Data API of one Aurora PostgreSQL cluster, over any PostgreSQL, for the AWS SDK. */
export function createDataApi(options: DataApiEmulatorOptions): DataApi {
  const { connection, credentials, log, now = Date.now } = options
  const service = createService({ connection, limits: { ...limits, ...options.limits } })

  /** Returns undefined if the connection is cut, or if there is no client to answer any more. */
  async function answer(
    req: IncomingMessage,
    operation: DataApiOperation | undefined,
  ): Promise<string | undefined> {
    const read = await readHttpBody(req, { maxBytes: BODY_BYTES, timeoutMs: BODY_TIMEOUT_MS })
    if (read.kind === 'aborted' || read.kind === 'timed_out') return undefined
    if (read.kind === 'too_large') throw tooLarge()
    const signatureFault = await findSignatureFault(req, read.body, {
      credentials,
      service: 'rds-data',
      now: now(),
    })
    if (signatureFault !== undefined) {
      throw new DataApiError('InvalidSignatureException', signatureFault)
    }
    const answered = await execute(operation, read.body)
    if (answered === undefined) req.socket.destroy()
    return answered
  }

  /** Returns undefined if a fault cuts the connection. */
  async function execute(
    operation: DataApiOperation | undefined,
    body: Buffer,
  ): Promise<string | undefined> {
    if (!operation) throw new DataApiError('UnknownOperationException', 'No such operation')
    const { request, run } = operation.prepare(service, body)
    checkTarget(request)

    const fault = options.faults?.({
      operation: operation.name,
      sql: request.sql,
      transactionId: request.transactionId ?? undefined,
    })
    if (!fault) return await run()
    if (fault.done) await run()
    if (fault.answer === 'cut') return undefined
    throw new DataApiError(fault.answer, faultMessages[fault.answer] ?? 'A fault, as asked for')
  }

  function checkTarget({ resourceArn, secretArn, schema }: Prepared['request']): void {
    if (resourceArn !== options.resourceArn) {
      throw new DataApiError(
        'HttpEndpointNotEnabledException',
        `HttpEndpoint is not enabled for cluster ${resourceArn}`,
      )
    }
    if (secretArn !== options.secretArn) {
      throw new DataApiError('SecretsErrorException', `No such secret: ${secretArn}`)
    }
    if (typeof schema === 'string') {
      throw new DataApiError('ValidationException', "The schema parameter isn't supported")
    }
  }

  async function serve(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const startedAt = performance.now()
    const { path } = splitTarget(req.url ?? '/')
    const operation = req.method === 'POST' ? dataApiOperations.get(path) : undefined
    let status: number | undefined
    let failure: unknown
    res.on('error', () => undefined)
    try {
      const answered = await answer(req, operation)
      if (answered !== undefined) {
        status = 200
        send(res, status, answered)
      }
    } catch (error) {
      failure = error
      const told = answerOf(error)
      status = told.status
      send(res, status, told.text, told.errorType)
    }
    // The SDK sends further calls over the same connection.
    discardRest(req, 2 * BODY_BYTES)
    log?.({
      operation: operation?.name,
      status,
      error: failure,
      durationMs: performance.now() - startedAt,
    })
  }

  return {
    handle(req, res) {
      void serve(req, res)
    },
    async call(path, body) {
      try {
        if (body.length > BODY_BYTES) throw tooLarge()
        const text = await execute(dataApiOperations.get(path), body)
        return text === undefined ? undefined : { status: 200, text }
      } catch (error) {
        return answerOf(error)
      }
    },
    close: () => service.close(),
  }
}

const tooLarge = () => new DataApiError('ValidationException', 'The request is larger than 4 MiB')

function answerOf(error: unknown): DataApiAnswer {
  const { name, message, fields } =
    error instanceof DataApiError
      ? error
      : new DataApiError('InternalServerErrorException', 'An internal error occurred')
  return {
    status: dataApiErrorStatus[name],
    text: JSON.stringify({ message, ...fields }),
    errorType: name,
  }
}

/** The messages that a caller may examine. */
const faultMessages: Readonly<Partial<Record<DataApiErrorName, string>>> = {
  DatabaseResumingException:
    'The Aurora DB instance is resuming after being auto-paused. Please wait a few seconds and try again.',
  ThrottlingException: 'Rate exceeded',
}

/** The SDK takes the error's class only from this header. */
function send(res: ServerResponse, status: number, body: string, errorType?: string): void {
  if (res.destroyed || res.headersSent) return
  res.writeHead(status, {
    'x-amzn-RequestId': randomUUID(),
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    ...(errorType !== undefined && { 'x-amzn-ErrorType': errorType }),
  })
  res.end(body)
}
