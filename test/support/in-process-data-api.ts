import type { RDSDataClient } from '@aws-sdk/client-rds-data'
import { createRdsDataClient } from '../../src/aws/data-api-client.ts'
import {
  createDataApi,
  type DataApi,
  type DataApiEmulatorOptions,
} from '../../src/emulators/data-api/data-api.ts'
import { address, credentials } from './data-api.ts'

/** The parts of the SDK's request and of its options that the handler reads. */
interface Request {
  readonly path: string
  readonly body?: string | Uint8Array
}
interface HandlerOptions {
  readonly abortSignal?: AbortSignal
}

/**
 * Starts a Data API in this process, with the SDK's own client for it. The SDK writes each request and reads each
 * answer, but no socket carries them, and they are not signed. That takes processor time, and does not depend on the
 * statement. The tests of test/aws and test/data-api go through HTTP, with signatures.
 */
export function startInProcessDataApi(
  connection: DataApiEmulatorOptions['connection'],
): AsyncDisposable & { readonly client: RDSDataClient } {
  const api = createDataApi({ ...address, credentials, connection })
  const client = createRdsDataClient({
    endpoint: 'http://data-api.in-process',
    region: 'eu-central-1',
    credentials,
    signer: { sign: async (request: object) => request } as never,
    requestHandler: handlerOf(api) as never,
  })
  return {
    client,
    async [Symbol.asyncDispose]() {
      client.destroy()
      await api.close()
    },
  }
}

function handlerOf(api: DataApi) {
  return {
    async handle({ path, body = '' }: Request, { abortSignal }: HandlerOptions = {}) {
      const answering = api.call(path, toBuffer(body))
      const answer = await (abortSignal ? untilAborted(answering, abortSignal) : answering)
      if (!answer) throw Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' })
      const { status, text, errorType } = answer
      const headers = { ...(errorType !== undefined && { 'x-amzn-errortype': errorType }) }
      return { response: { statusCode: status, headers, body: Buffer.from(text) } }
    },
    updateHttpClientConfig: () => undefined,
    httpHandlerConfigs: () => ({}),
    destroy: () => undefined,
  }
}

/** The SDK's bytes have the methods of a text, too, and warn when one is called. So their memory is read. */
function toBuffer(body: string | Uint8Array): Buffer {
  if (typeof body === 'string') return Buffer.from(body)
  return Buffer.from(body.buffer, body.byteOffset, body.byteLength)
}

/** Rejects as the SDK's own handler does when the signal aborts the request. */
async function untilAborted<T>(answering: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = Promise.withResolvers<never>()
  const abort = () =>
    aborted.reject(Object.assign(new Error('Request aborted'), { name: 'AbortError' }))
  if (signal.aborted) abort()
  signal.addEventListener('abort', abort, { once: true })
  try {
    return await Promise.race([answering, aborted.promise])
  } finally {
    signal.removeEventListener('abort', abort)
  }
}
