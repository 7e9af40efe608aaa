import { createHash, createHmac } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import {
  ApiGatewayManagementApiClient,
  type ApiGatewayManagementApiClientConfig,
  DeleteConnectionCommand,
  PostToConnectionCommand,
} from '@aws-sdk/client-apigatewaymanagementapi'
import { SignatureV4 } from '@smithy/signature-v4'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createManagementClient } from '../../src/aws/management-client.ts'
import { createPostSigner, type Post, type SigningCredentials } from '../../src/aws/sign-post.ts'
import { CREDENTIALS, startConnectionsApi } from '../support/connections-api.ts'
import { listen } from '../support/listen.ts'
import { propertyRuns } from '../support/property-runs.ts'

type Answer = (res: ServerResponse, req: IncomingMessage) => void

/** Starts a server that gives one answer after the other, and keeps the headers of each request. */
async function startScript(answers: readonly Answer[]) {
  const requests: IncomingMessage['headers'][] = []
  const listener = await listen((req, res) => {
    requests.push(req.headers)
    const answer = answers[requests.length - 1] ?? ok
    req.resume()
    req.on('end', () => answer(res, req))
  })
  const config: ApiGatewayManagementApiClientConfig = {
    endpoint: `http://127.0.0.1:${listener.port}/prod`,
    region: 'eu-central-1',
    credentials: { ...CREDENTIALS, sessionToken: 'a token' },
  }
  let sockets = 0
  listener.server.on('connection', () => (sockets += 1))
  return {
    requests,
    config,
    get sockets() {
      return sockets
    },
    [Symbol.asyncDispose]: async () => await listener[Symbol.asyncDispose](),
  }
}

const ok: Answer = (res) => res.writeHead(200, { 'x-amzn-RequestId': 'id', date: '' }).end()

/** An answer of API Gateway, whose error has its class in a header. */
function refusal(
  status: number,
  type: string | undefined,
  more: Record<string, string> = {},
  body = '',
): Answer {
  return (res) => {
    res
      .writeHead(status, {
        'x-amzn-RequestId': 'id',
        ...(type !== undefined && { 'x-amzn-ErrorType': type }),
        ...more,
      })
      .end(body)
  }
}

const isOfSdk = (headers: IncomingMessage['headers']) =>
  headers['amz-sdk-invocation-id'] !== undefined

const data = Buffer.from('{"type":"x"}')
const post = (ConnectionId: string) => new PostToConnectionCommand({ ConnectionId, Data: data })

function metadataOf(value: object): object {
  return { ...Object(Reflect.get(value, '$metadata')), totalRetryDelay: undefined }
}

/** What a caller sees of a call, without the length of the pauses, which is random. */
async function seen(call: Promise<object>): Promise<object> {
  return await call.then(
    (output) => ({ ...output, $metadata: metadataOf(output) }),
    (error: unknown) => {
      if (!(error instanceof Error)) throw error
      const { name, message, constructor } = error
      const code: unknown = Reflect.get(error, 'code')
      return { name, message, code, of: constructor.name, metadata: metadataOf(error) }
    },
  )
}

const inAnHour = () => new Date(Date.now() + 3_600_000).toUTCString()
const limitExceeded = refusal(429, 'LimitExceededException', {}, '{"message":"slow down"}')
const unavailable = refusal(503, undefined, { 'content-type': 'text/html' }, '<html></html>')
const cut: Answer = (_, req) => void req.socket.destroy()
const skewed: Answer = (res, req) =>
  refusal(
    403,
    'InvalidSignatureException',
    { date: inAnHour() },
    '{"message":"not current"}',
  )(res, req)

const anHourAhead: Answer = (res) => res.writeHead(200, { date: inAnHour() }).end()

const hourOf = (headers: IncomingMessage['headers']) =>
  Number(/T(\d\d)/.exec(String(headers['x-amz-date']))?.[1])

describe(createManagementClient, () => {
  it.concurrent.each<readonly [what: string, answers: readonly Answer[]]>([
    ['success', [ok]],
    ['410 without a body', [refusal(410, 'GoneException')]],
    ['403', [refusal(403, 'ForbiddenException', {}, '{"message":"no"}')]],
    ['413', [refusal(413, 'PayloadTooLargeException', {}, '{"message":"long"}')]],
    ['400 without a class', [refusal(400, undefined, {}, '{"message":"bad"}')]],
    ['429, always', [limitExceeded, limitExceeded, limitExceeded, limitExceeded]],
    ['429, once', [limitExceeded, ok]],
    ['500, always', Array<Answer>(4).fill(refusal(500, 'InternalServerErrorException'))],
    ['503 with a page, twice', [unavailable, unavailable, ok]],
    ['504, then 410', [refusal(504, undefined), refusal(410, 'GoneException')]],
    ['a connection that ends, once', [cut, ok]],
    ['a connection that ends, always', [cut, cut, cut, cut]],
    [
      'an answer that is cut off',
      [
        (res, req) => {
          res.writeHead(410, { 'content-length': 100, 'x-amzn-ErrorType': 'GoneException' })
          res.write('x', () => req.socket.destroy())
        },
        ok,
      ],
    ],
    ['a clock that is an hour behind', [skewed, ok]],
  ])('does after %s what the SDK does by itself', async (_, answers) => {
    await using ours = await startScript([ok, ...answers])
    await using theirs = await startScript([ok, ...answers])
    const clients = [
      createManagementClient(ours.config),
      new ApiGatewayManagementApiClient(theirs.config),
    ]
    const results = await Promise.all(
      clients.map(async (client) => {
        await client.send(post('first='))
        return await seen(client.send(post('second=')))
      }),
    )
    for (const client of clients) client.destroy()
    expect(results[0]).toEqual(results[1])
    expect(ours.requests).toHaveLength(theirs.requests.length)
    // The first request is the SDK's, from which the place of the API is learnt. So are the retries.
    expect(ours.requests.map(isOfSdk)).toEqual(ours.requests.map((_, n) => n !== 1))
  })

  it('corrects its clock by the answers, also for the posts that it signs itself', async () => {
    await using script = await startScript([anHourAhead, anHourAhead, ok])
    const client = createManagementClient(script.config)
    for (let n = 0; n < 3; n++) await client.send(post('a='))
    client.destroy()
    const [first, second, third] = script.requests.map(hourOf)
    expect([second, third]).toEqual([(first! + 1) % 24, (first! + 1) % 24])
  })

  it('reaches each connection with a right signature, whatever characters its id has', async () => {
    const posted: string[] = []
    await using connectionsApi = await startConnectionsApi({
      post: (id) => {
        posted.push(id)
        return 'sent'
      },
      get: () => undefined,
      delete: () => 'gone',
      cut: () => 'gone',
      keepsUp: () => true,
    })
    const credentials = { ...CREDENTIALS, sessionToken: `${'a/+='.repeat(200)}b` }
    const client = createManagementClient({
      endpoint: connectionsApi.base,
      region: 'eu-central-1',
      credentials,
    })
    const ids = ['DBNj/+fOmSwMCJiA=', 'a-b_c', "it's (a) *!", 'ä€😀', 'a%2Fb', 'a/../b', '...']
    await client.send(post('first='))
    for (const id of ids) await client.send(post(id))
    expect(posted).toEqual(['first=', ...ids])
    client.destroy()
  })

  it('leaves other calls, and posts that can be aborted, to the SDK', async () => {
    await using script = await startScript([])
    const client = createManagementClient(script.config)
    await client.send(post('a='))
    await client.send(post('a='))
    await client.send(new DeleteConnectionCommand({ ConnectionId: 'a=' }))
    const aborted = client.send(post('a='), { abortSignal: AbortSignal.abort() })
    await expect(aborted).rejects.toMatchObject({ name: 'AbortError' })
    await client.send(post('a='), { abortSignal: new AbortController().signal })
    client.destroy()
    expect(script.requests.map(isOfSdk)).toEqual([true, false, true, true])
  })

  it('uses its connections again, and opens no more than it may', async () => {
    await using script = await startScript([])
    const client = createManagementClient({ ...script.config, maxSockets: 3 })
    for (let n = 0; n < 5; n++) {
      await Promise.all(Array.from({ length: 20 }, async () => await client.send(post('a='))))
    }
    client.destroy()
    expect(script.requests).toHaveLength(100)
    expect(script.sockets).toBe(3)
  })
})

class Sha256 {
  readonly #hash

  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    const key = typeof secret === 'string' ? secret : new Uint8Array(Object(secret))
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', key)
  }

  update(data: Uint8Array): void {
    this.#hash.update(data)
  }

  digest(): Promise<Uint8Array> {
    return Promise.resolve(this.#hash.digest())
  }
}

async function signBySdk(
  region: string,
  credentials: SigningCredentials,
  { host, path, body, date }: Post,
): Promise<Record<string, string>> {
  const signer = new SignatureV4({ credentials, region, service: 'execute-api', sha256: Sha256 })
  const headers = {
    host,
    'content-type': 'application/octet-stream',
    'content-length': String(body.length),
  }
  const signed = await signer.sign(
    { method: 'POST', protocol: 'https:', hostname: host, path, query: {}, headers, body },
    { signingDate: date },
  )
  return signed.headers
}

describe(createPostSigner, () => {
  it('signs every post as the signer of the SDK does', async () => {
    const word = fc.string({ minLength: 1 })
    const post = fc.record({
      id: fc.string({ minLength: 1, unit: fc.constantFrom(...Array.from('azAZ09+/=_-')) }),
      body: fc.uint8Array(),
      date: fc.date({
        min: new Date('2020-01-01'),
        max: new Date('2099-12-31'),
        noInvalidDate: true,
      }),
    })
    await fc.assert(
      fc.asyncProperty(
        fc.record({ secretAccessKey: word, accessKeyId: fc.stringMatching(/^\w+$/) }),
        fc.option(fc.base64String({ minLength: 4 }), { nil: undefined }),
        fc.stringMatching(/^[a-z]{2}-[a-z]+-\d$/),
        fc.constantFrom('/@connections/', '/prod/@connections/', '/a-b_c~d/@connections/'),
        // Several posts of one signer, whose keys are of other days.
        fc.array(post, { minLength: 1, maxLength: 4 }),
        async (keys, sessionToken, region, prefix, posts) => {
          const credentials = { ...keys, ...(sessionToken !== undefined && { sessionToken }) }
          const sign = createPostSigner(region)
          for (const { id, body, date } of posts) {
            const path = prefix + encodeURIComponent(id)
            const post = { host: 'a1.execute-api.eu-central-1.amazonaws.com', path, body, date }
            const expected = await signBySdk(region, credentials, post)
            expect(sign(post, credentials)).toEqual(expected)
          }
        },
      ),
      { numRuns: propertyRuns(60) },
    )
  })
})
