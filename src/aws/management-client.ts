import { AsyncLocalStorage } from 'node:async_hooks'
import * as http from 'node:http'
import * as https from 'node:https'
import {
  ApiGatewayManagementApiClient,
  type ApiGatewayManagementApiClientConfig,
} from '@aws-sdk/client-apigatewaymanagementapi'
import { createPostSigner } from './sign-post.ts'

type Config = Omit<ApiGatewayManagementApiClientConfig, 'requestHandler' | 'cacheMiddleware'> & {
  /** How many connections to the API are open at most. The SDK's default is 50. */
  readonly maxSockets?: number
}

/** An answer as the SDK reads it. */
interface Answer {
  readonly statusCode: number
  readonly headers: Record<string, string>
  readonly body: Uint8Array
}

/** The outcome of a request that was made outside of the SDK: an answer, or the error of the connection. */
type Outcome = { readonly answer: Answer } | { readonly error: unknown }

/** Where posts go: learnt from the first request that the SDK made. */
interface Place {
  readonly request: typeof http.request
  readonly agent: http.Agent
  readonly hostname: string
  readonly port: number | undefined
  /** The name of the host with its port, as it is signed. */
  readonly host: string
  /** The path before the id of the connection. */
  readonly prefix: string
  readonly sign: ReturnType<typeof createPostSigner>
  /** Tells the SDK's retries of a success. Each one pays for a retry, when retries have become few. */
  readonly countSuccess: () => void
}

interface Agents {
  readonly http: http.Agent
  readonly https: https.Agent
}

interface SentRequest {
  readonly protocol: string
  readonly hostname: string
  readonly port?: number
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
}

/** An id that means the same in every escaping of a path. API Gateway makes no other ids. */
const plainId = /^[\w+/=-]+$/

/**
 * Makes the SDK's client for the management API, whose posts take a fifth of the processor time. The SDK's layers
 * (endpoint, scheme of authorization, serialization, signing, user agent, log) take several times as long as the
 * request itself, and find out the same for each post. So a middleware before all of them makes the first attempt of a
 * post, where the SDK found the API with its own first post. If the attempt succeeds, the post is done.
 *
 * Otherwise the SDK runs as it does by itself, but gets the outcome of that attempt in place of its own first request.
 * So errors have the SDK's classes, and the SDK decides about retries and the correction of the clock. A post with an
 * abort signal goes through the SDK.
 */
export function createManagementClient({
  maxSockets = 50,
  ...config
}: Config = {}): ApiGatewayManagementApiClient {
  const agents: Agents = {
    http: new http.Agent({ keepAlive: true, maxSockets }),
    https: new https.Agent({ keepAlive: true, maxSockets }),
  }
  const client = new ApiGatewayManagementApiClient({
    ...config,
    cacheMiddleware: true,
    requestHandler: { httpAgent: agents.http, httpsAgent: agents.https },
  })
  const firstOutcome = new AsyncLocalStorage<{ left: Outcome | undefined }>()
  let place: Place | undefined

  client.middlewareStack.add(
    (next, context) => async (args) => {
      const { input } = args
      if (
        place === undefined ||
        context.commandName !== 'PostToConnectionCommand' ||
        context.__smithy_context?.abortSignal !== undefined ||
        !('ConnectionId' in input && 'Data' in input) ||
        !(input.Data instanceof Uint8Array) ||
        typeof input.ConnectionId !== 'string' ||
        !plainId.test(input.ConnectionId)
      ) {
        return await next(args)
      }
      const outcome = await attempt(client, place, input.ConnectionId, input.Data)
      if (!('answer' in outcome) || outcome.answer.statusCode >= 300) {
        return await firstOutcome.run({ left: outcome }, async () => await next(args))
      }
      const { answer } = outcome
      place.countSuccess()
      followClock(client, answer)
      const $metadata = {
        httpStatusCode: answer.statusCode,
        requestId: answer.headers['x-amzn-requestid'],
        attempts: 1,
        totalRetryDelay: 0,
      }
      return { output: { $metadata }, response: answer }
    },
    { name: 'firstAttempt', step: 'initialize', priority: 'high' },
  )

  client.middlewareStack.add(
    (next, context) => async (args) => {
      const first = firstOutcome.getStore()
      const outcome = first?.left
      if (!first || !outcome) {
        const sent = args.request
        if (!place && context.commandName === 'PostToConnectionCommand' && isRequest(sent)) {
          place = await learn(client, sent, agents)
        }
        return await next(args)
      }
      first.left = undefined
      if ('error' in outcome) throw outcome.error
      return { response: outcome.answer }
    },
    { name: 'replayedOutcome', step: 'deserialize', priority: 'low' },
  )
  return client
}

function isRequest(value: unknown): value is SentRequest {
  return typeof value === 'object' && value !== null && 'hostname' in value && 'headers' in value
}

/** Reads from a signed post of the SDK where the API is. Gives nothing if the SDK signs in another way than expected. */
async function learn(
  { config }: ApiGatewayManagementApiClient,
  { protocol, hostname, port, path, headers }: SentRequest,
  agents: Agents,
): Promise<Place | undefined> {
  const [, prefix] = /^(.*\/@connections\/)[^/]+$/.exec(path) ?? []
  const { host, authorization = '' } = headers
  const [, region] =
    /^AWS4-HMAC-SHA256 Credential=[^/]+\/\d{8}\/([^/]+)\/execute-api\//.exec(authorization) ?? []
  const strategy = await config.retryStrategy()
  const mode = typeof config.retryMode === 'function' ? await config.retryMode() : config.retryMode
  // In the adaptive mode the SDK decides when each request may begin.
  const isKnown = mode === 'standard' && 'recordSuccess' in strategy
  if (prefix === undefined || host === undefined || region === undefined || !isKnown) {
    return undefined
  }
  const token = await strategy.acquireInitialRetryToken('')
  const isPlain = protocol === 'http:'
  return {
    request: isPlain ? http.request : https.request,
    agent: isPlain ? agents.http : agents.https,
    // An IPv6 address stands in brackets in a URL, but not in an option of a request.
    hostname: hostname.replace(/^\[(.*)\]$/, '$1'),
    port,
    host,
    prefix,
    sign: createPostSigner(region),
    countSuccess: () => strategy.recordSuccess(token),
  }
}

/** Makes the first attempt of a post. Never rejects. */
async function attempt(
  { config }: ApiGatewayManagementApiClient,
  { prefix, host, hostname, port, agent, request, sign }: Place,
  connectionId: string,
  body: Uint8Array,
): Promise<Outcome> {
  try {
    const credentials = await config.credentials()
    const path = prefix + encodeURIComponent(connectionId)
    const date = new Date(Date.now() + config.systemClockOffset)
    const headers = sign({ host, path, body, date }, credentials)
    return await new Promise<Outcome>((resolve) => {
      const fail = (error: unknown) => resolve({ error: asTimeout(error) })
      const sent = request(
        { agent, host: hostname, port, method: 'POST', path, headers },
        (res) => {
          const parts: Buffer[] = []
          res.on('data', (part: Buffer) => parts.push(part))
          res.on('error', fail)
          res.on('end', () => resolve({ answer: answerOf(res, Buffer.concat(parts)) }))
        },
      )
      sent.on('error', fail)
      sent.end(body)
    })
  } catch (error) {
    return { error }
  }
}

function answerOf({ statusCode = 0, headers }: http.IncomingMessage, body: Uint8Array): Answer {
  return {
    statusCode,
    headers: Object.fromEntries(
      Object.entries(headers).map(([name, value]) => [name, [value].flat().join()]),
    ),
    body,
  }
}

/** The SDK's own handler of requests names these errors so, and its retries know them by this name. */
function asTimeout(error: unknown): unknown {
  const isTimeout =
    error instanceof Error &&
    'code' in error &&
    ['ECONNRESET', 'EPIPE', 'ETIMEDOUT'].includes(String(error.code))
  return isTimeout ? Object.assign(error, { name: 'TimeoutError' }) : error
}

/** Keeps how far the clock of the API is from this one, as the SDK does with each answer. */
function followClock({ config }: ApiGatewayManagementApiClient, { headers }: Answer): void {
  const { date, age } = headers
  if (date === undefined || age !== undefined) return
  const at = Date.parse(date)
  if (!Number.isNaN(at)) config.systemClockOffset = at - Date.now()
}
