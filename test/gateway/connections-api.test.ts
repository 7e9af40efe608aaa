import {
  ApiGatewayManagementApiClient,
  DeleteConnectionCommand,
  ForbiddenException,
  GetConnectionCommand,
  GoneException,
  LimitExceededException,
  PayloadTooLargeException,
  PostToConnectionCommand,
} from '@aws-sdk/client-apigatewaymanagementapi'
import { once } from 'node:events'
import { describe, expect, test } from 'vitest'
import { createConnectionsApi } from '../../src/local/gateway/connections-api.ts'
import type { Connections } from '../../src/local/gateway/connections.ts'
import { createTokenBucket, type TokenBucket } from '../../src/local/gateway/token-bucket.ts'
import {
  type Gateway,
  type GatewayOptions,
  listen,
  openClient,
  openRaw,
  startGateway,
  upgradeHead,
} from './support.ts'

const CREDENTIALS = { accessKeyId: 'AKIDLOCAL', secretAccessKey: 'a secret of this test' }
const UNKNOWN_ID = 'TXzPWdnOjoECGjA='

interface Callbacks extends AsyncDisposable {
  base: string
  client(overrides?: object): ApiGatewayManagementApiClient
}

async function startCallbacks(
  connections: Connections,
  options: { now?: () => number; throttle?: TokenBucket } = {},
): Promise<Callbacks> {
  const api = createConnectionsApi({
    stage: 'local',
    connections,
    credentials: CREDENTIALS,
    ...options,
  })
  const listener = await listen((req, res) => api.handle(req, res))
  const base = `http://127.0.0.1:${listener.port}/local`
  const clients: ApiGatewayManagementApiClient[] = []
  return {
    base,
    client(overrides = {}) {
      const client = new ApiGatewayManagementApiClient({
        endpoint: base,
        region: 'eu-central-1',
        credentials: CREDENTIALS,
        maxAttempts: 1,
        ...overrides,
      })
      clients.push(client)
      return client
    },
    async [Symbol.asyncDispose]() {
      for (const client of clients) client.destroy()
      await listener[Symbol.asyncDispose]()
    },
  }
}

async function startBoth(
  options: GatewayOptions = {},
): Promise<Gateway & { callbacks: Callbacks }> {
  const gateway = await startGateway(options)
  const callbacks = await startCallbacks(gateway.api.connections)
  return {
    ...gateway,
    callbacks,
    async [Symbol.asyncDispose]() {
      await callbacks[Symbol.asyncDispose]()
      await gateway[Symbol.asyncDispose]()
    },
  }
}

async function firstConnectionId(gateway: Gateway): Promise<string> {
  return (await gateway.connects.next()).requestContext.connectionId
}

describe('5.7 @connections', () => {
  test('[5.7] POST: 200 with an empty body, and the client gets the bytes as a text frame', async () => {
    await using gateway = await startBoth()
    await using client = await openClient(gateway.url)
    const ConnectionId = await firstConnectionId(gateway)
    const received = once(client.ws, 'message')
    const output = await gateway.callbacks
      .client()
      .send(new PostToConnectionCommand({ ConnectionId, Data: '{"héllo":1}' }))
    expect(output.$metadata.httpStatusCode).toBe(200)
    const [data, isBinary] = await received
    expect([String(data), isBinary]).toEqual(['{"héllo":1}', false])
  })

  test('[5.7] GET: connectedAt, identity and lastActiveAt, as the SDK parses them', async () => {
    await using gateway = await startBoth()
    await using _ = await openClient(gateway.url, [], { headers: { 'user-agent': 'tester/1' } })
    const { requestContext } = await gateway.connects.next()
    const output = await gateway.callbacks
      .client()
      .send(new GetConnectionCommand({ ConnectionId: requestContext.connectionId }))
    expect(output.ConnectedAt).toEqual(new Date(requestContext.connectedAt))
    expect(output.LastActiveAt?.getTime()).toBeGreaterThanOrEqual(requestContext.connectedAt)
    expect(output.Identity).toEqual({ SourceIp: '127.0.0.1', UserAgent: 'tester/1' })
  })

  test('[5.7] DELETE: 204, the socket closes, and from then on it is gone', async () => {
    await using gateway = await startBoth()
    await using client = await openClient(gateway.url)
    const ConnectionId = await firstConnectionId(gateway)
    const sdk = gateway.callbacks.client()
    const output = await sdk.send(new DeleteConnectionCommand({ ConnectionId }))
    expect(output.$metadata.httpStatusCode).toBe(204)
    await client.closed
    await expect(sdk.send(new DeleteConnectionCommand({ ConnectionId }))).rejects.toThrow(
      GoneException,
    )
  })

  test('[5.7] 410: GoneException for POST, GET and DELETE, with the header and an empty body', async () => {
    await using gateway = await startBoth()
    const sdk = gateway.callbacks.client()
    const ConnectionId = UNKNOWN_ID
    await expect(
      sdk.send(new PostToConnectionCommand({ ConnectionId, Data: 'x' })),
    ).rejects.toThrow(GoneException)
    await expect(sdk.send(new GetConnectionCommand({ ConnectionId }))).rejects.toThrow(
      GoneException,
    )
    await expect(sdk.send(new DeleteConnectionCommand({ ConnectionId }))).rejects.toThrow(
      GoneException,
    )

    const seen: { type: unknown; body: string }[] = []
    const spy = gateway.callbacks.client()
    spy.middlewareStack.add(
      (next) => async (args) => {
        try {
          return await next(args)
        } catch (error) {
          const response: unknown = Reflect.get(Object(error), '$response')
          const headers: unknown = Reflect.get(Object(response), 'headers')
          const body: unknown = Reflect.get(Object(headers), 'content-length')
          seen.push({ type: Reflect.get(Object(headers), 'x-amzn-errortype'), body: String(body) })
          throw error
        }
      },
      { step: 'deserialize', priority: 'high' },
    )
    await expect(
      spy.send(new PostToConnectionCommand({ ConnectionId, Data: 'x' })),
    ).rejects.toThrow(GoneException)
    expect(seen).toEqual([{ type: 'GoneException', body: '0' }])
  })

  test('[5.7] POST before $connect has answered: GoneException', async () => {
    const failures: unknown[] = []
    await using gateway = await startBoth({
      onConnect: async ({ requestContext }) => {
        const command = new PostToConnectionCommand({
          ConnectionId: requestContext.connectionId,
          Data: 'x',
        })
        await gateway.callbacks
          .client()
          .send(command)
          .catch((error: unknown) => failures.push(error))
        return { statusCode: 200 }
      },
    })
    await using _ = await openClient(gateway.url)
    expect(failures).toEqual([expect.any(GoneException)])
  })

  test('[5.7] 413: PayloadTooLargeException above 128 KB, 128 KB itself passes', async () => {
    await using gateway = await startBoth()
    await using client = await openClient(gateway.url)
    const ConnectionId = await firstConnectionId(gateway)
    const sdk = gateway.callbacks.client()
    await sdk.send(new PostToConnectionCommand({ ConnectionId, Data: 'x'.repeat(128 * 1024) }))
    expect(await client.frames.next()).toHaveLength(128 * 1024)
    await expect(
      sdk.send(new PostToConnectionCommand({ ConnectionId, Data: 'x'.repeat(128 * 1024 + 1) })),
    ).rejects.toThrow(PayloadTooLargeException)
  })

  test('[5.7] 429: LimitExceededException when the client side buffer is full', async () => {
    await using gateway = await startBoth({ limits: { bufferedBytes: 64 * 1024 } })
    await using raw = await openRaw(gateway.port)
    raw.socket.write(upgradeHead('/local'))
    await raw.until('\r\n\r\n')
    raw.socket.pause()
    const connectionId = await firstConnectionId(gateway)
    // The kernel takes some; what it does not take waits in the process.
    while (gateway.api.connections.post(connectionId, 'x'.repeat(60_000)) === 'sent');
    await expect(
      gateway.callbacks
        .client()
        .send(
          new PostToConnectionCommand({ ConnectionId: connectionId, Data: 'x'.repeat(60_000) }),
        ),
    ).rejects.toThrow(LimitExceededException)
  })

  test('[5.7] 429: LimitExceededException over the account rate', async () => {
    await using gateway = await startGateway()
    await using client = await openClient(gateway.url)
    const ConnectionId = await firstConnectionId(gateway)
    await using callbacks = await startCallbacks(gateway.api.connections, {
      throttle: createTokenBucket({ perSecond: 0.001, burst: 1 }),
    })
    const sdk = callbacks.client()
    await sdk.send(new PostToConnectionCommand({ ConnectionId, Data: 'first' }))
    await expect(
      sdk.send(new PostToConnectionCommand({ ConnectionId, Data: 'second' })),
    ).rejects.toThrow(LimitExceededException)
    expect(await client.frames.next()).toBe('first')
  })

  test('[5.7] 403: ForbiddenException for a wrong secret, a wrong key, a stale date', async () => {
    await using gateway = await startBoth()
    await using _ = await openClient(gateway.url)
    const ConnectionId = await firstConnectionId(gateway)
    const wrong = [
      { credentials: { ...CREDENTIALS, secretAccessKey: 'another' } },
      { credentials: { ...CREDENTIALS, accessKeyId: 'AKIDOTHER' } },
      { systemClockOffset: 6 * 60_000 },
      { systemClockOffset: -6 * 60_000 },
    ]
    for (const overrides of wrong) {
      const sdk = gateway.callbacks.client(overrides)
      await expect(sdk.send(new GetConnectionCommand({ ConnectionId }))).rejects.toThrow(
        ForbiddenException,
      )
    }
    await gateway.callbacks
      .client({ systemClockOffset: 4 * 60_000 })
      .send(new GetConnectionCommand({ ConnectionId }))
  })

  test('[5.7] 403: without a signature, and when path or body are not those signed', async () => {
    await using gateway = await startBoth()
    await using _ = await openClient(gateway.url)
    const connectionId = await firstConnectionId(gateway)
    const url = `${gateway.callbacks.base}/@connections/${encodeURIComponent(connectionId)}`
    const bare = await fetch(url, { method: 'POST', body: 'x' })
    expect(bare.status).toBe(403)
    expect(bare.headers.get('x-amzn-errortype')).toBe('ForbiddenException')
    expect(await bare.json()).toEqual({ message: 'Missing Authentication Token' })

    for (const spoil of [{ path: `/local/@connections/${UNKNOWN_ID}` }, { body: 'forged' }]) {
      const sdk = gateway.callbacks.client()
      sdk.middlewareStack.add(
        (next) => async (args) => {
          Object.assign(Object(args.request), spoil)
          return await next(args)
        },
        { step: 'finalizeRequest', priority: 'low' },
      )
      await expect(
        sdk.send(new PostToConnectionCommand({ ConnectionId: connectionId, Data: 'signed' })),
      ).rejects.toThrow(ForbiddenException)
    }
  })

  test('[5.7] the connection id is URL-encoded, "=" as %3D and "@" as it is or as %40', async () => {
    await using gateway = await startBoth()
    await using client = await openClient(gateway.url)
    const ConnectionId = await firstConnectionId(gateway)
    const sdk = gateway.callbacks.client()
    const paths: string[] = []
    sdk.middlewareStack.add(
      (next) => async (args) => {
        paths.push(String(Reflect.get(Object(args.request), 'path')))
        return await next(args)
      },
      { step: 'finalizeRequest', priority: 'low' },
    )
    await sdk.send(new PostToConnectionCommand({ ConnectionId, Data: 'x' }))
    expect(paths).toEqual([`/local/@connections/${encodeURIComponent(ConnectionId)}`])
    expect(await client.frames.next()).toBe('x')
  })

  test('[5.7] a wrong path, stage or method: 404 with a JSON message', async () => {
    await using gateway = await startBoth()
    const { origin } = new URL(gateway.callbacks.base)
    for (const path of [
      '/@connections/x',
      '/other/@connections/x',
      '/local/@connections',
      '/local/%zz',
    ]) {
      const response = await fetch(origin + path, { method: 'POST', body: 'x' })
      expect(response.status).toBe(404)
      expect(await response.json()).toEqual({
        message: `No method found matching route ${path.slice(1)} for http method POST.`,
      })
    }
    const put = await fetch(`${gateway.callbacks.base}/@connections/x`, {
      method: 'PUT',
      body: 'x',
    })
    expect(put.status).toBe(404)
  })

  test('[5.7] in process: sent, gone, too_large, and details as dates', async () => {
    await using gateway = await startGateway({ limits: { messageBytes: 10 } })
    await using client = await openClient(gateway.url)
    const connectionId = await firstConnectionId(gateway)
    const { connections } = gateway.api
    expect(connections.post(connectionId, 'text')).toBe('sent')
    expect(connections.post(connectionId, Buffer.from('bytes'))).toBe('sent')
    expect(connections.post(connectionId, 'ééééé')).toBe('sent')
    expect(connections.post(connectionId, 'éééééé')).toBe('too_large')
    expect(connections.post(connectionId, Buffer.alloc(11))).toBe('too_large')
    expect(connections.post(UNKNOWN_ID, 'text')).toBe('gone')
    expect(connections.get(connectionId)?.connectedAt).toBeInstanceOf(Date)
    expect(await client.frames.next()).toBe('text')
    expect(await client.frames.next()).toBe('bytes')
    expect(await client.frames.next()).toBe('ééééé')
  })
})
