import {
  ForbiddenException,
  GetConnectionCommand,
  LimitExceededException,
  PayloadTooLargeException,
  PostToConnectionCommand,
} from '@aws-sdk/client-apigatewaymanagementapi'
import { describe, expect, test } from 'vitest'
import { createTokenBucket } from '../../src/emulators/api-gateway/token-bucket.ts'
import {
  CREDENTIALS,
  startGatewayAndConnectionsApi,
  startConnectionsApi,
  UNKNOWN_ID,
} from '../support/connections-api.ts'
import { openGatewayClient, openRaw, upgradeHead } from '../support/gateway-client.ts'
import { firstConnectionId, startGateway } from '../support/gateway.ts'

describe('5.7 @connections, refusals', () => {
  test('[5.7] 413: PayloadTooLargeException above 128 KB, 128 KB itself passes', async () => {
    await using gateway = await startGatewayAndConnectionsApi()
    await using client = await openGatewayClient(gateway.url)
    const ConnectionId = await firstConnectionId(gateway)
    const sdk = gateway.connectionsApi.client()
    await sdk.send(new PostToConnectionCommand({ ConnectionId, Data: 'x'.repeat(128 * 1024) }))
    expect(await client.frames.next()).toHaveLength(128 * 1024)
    await expect(
      sdk.send(new PostToConnectionCommand({ ConnectionId, Data: 'x'.repeat(128 * 1024 + 1) })),
    ).rejects.toThrow(PayloadTooLargeException)
  })

  test('[5.7] 429: LimitExceededException when the client side buffer is full', async () => {
    await using gateway = await startGatewayAndConnectionsApi({
      limits: { bufferedBytes: 64 * 1024 },
    })
    await using raw = await openRaw(gateway.port)
    raw.socket.write(upgradeHead('/local'))
    await raw.until('\r\n\r\n')
    raw.socket.pause()
    const connectionId = await firstConnectionId(gateway)
    // The kernel takes some of it. The rest waits in the process.
    while (gateway.api.connections.post(connectionId, 'x'.repeat(60_000)) === 'sent');
    await expect(
      gateway.connectionsApi
        .client()
        .send(
          new PostToConnectionCommand({ ConnectionId: connectionId, Data: 'x'.repeat(60_000) }),
        ),
    ).rejects.toThrow(LimitExceededException)
  })

  test('[5.7] 429: LimitExceededException over the account rate', async () => {
    await using gateway = await startGateway()
    await using client = await openGatewayClient(gateway.url)
    const ConnectionId = await firstConnectionId(gateway)
    await using connectionsApi = await startConnectionsApi(gateway.api.connections, {
      throttle: createTokenBucket({ perSecond: 0.001, burst: 1 }),
    })
    const sdk = connectionsApi.client()
    await sdk.send(new PostToConnectionCommand({ ConnectionId, Data: 'first' }))
    await expect(
      sdk.send(new PostToConnectionCommand({ ConnectionId, Data: 'second' })),
    ).rejects.toThrow(LimitExceededException)
    expect(await client.frames.next()).toBe('first')
  })

  test('[5.7] 403: ForbiddenException for a wrong secret, a wrong key, a stale date', async () => {
    await using gateway = await startGatewayAndConnectionsApi()
    await using _ = await openGatewayClient(gateway.url)
    const ConnectionId = await firstConnectionId(gateway)
    const wrong = [
      { credentials: { ...CREDENTIALS, secretAccessKey: 'another' } },
      { credentials: { ...CREDENTIALS, accessKeyId: 'AKIDOTHER' } },
      { systemClockOffset: 6 * 60_000 },
      { systemClockOffset: -6 * 60_000 },
    ]
    for (const overrides of wrong) {
      const sdk = gateway.connectionsApi.client(overrides)
      await expect(sdk.send(new GetConnectionCommand({ ConnectionId }))).rejects.toThrow(
        ForbiddenException,
      )
    }
    await gateway.connectionsApi
      .client({ systemClockOffset: 4 * 60_000 })
      .send(new GetConnectionCommand({ ConnectionId }))
  })

  test('[5.7] 403: without a signature, and when path or body are not those signed', async () => {
    await using gateway = await startGatewayAndConnectionsApi()
    await using _ = await openGatewayClient(gateway.url)
    const connectionId = await firstConnectionId(gateway)
    const url = `${gateway.connectionsApi.base}/@connections/${encodeURIComponent(connectionId)}`
    const bare = await fetch(url, { method: 'POST', body: 'x' })
    expect(bare.status).toBe(403)
    expect(bare.headers.get('x-amzn-errortype')).toBe('ForbiddenException')
    expect(await bare.json()).toEqual({ message: 'Missing Authentication Token' })

    for (const spoil of [{ path: `/local/@connections/${UNKNOWN_ID}` }, { body: 'forged' }]) {
      const sdk = gateway.connectionsApi.client()
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
})
