import { setImmediate } from 'node:timers/promises'
import {
  ApiGatewayManagementApiClient,
  DeleteConnectionCommand,
  ForbiddenException,
  GoneException,
  LimitExceededException,
  PostToConnectionCommand,
} from '@aws-sdk/client-apigatewaymanagementapi'
import { mockClient } from 'aws-sdk-client-mock'
import { describe, expect, it } from 'vitest'
import { createApiGatewaySender } from '../../src/aws/sender.ts'
import { startGatewayAndConnectionsApi, startConnectionsApi } from '../support/connections-api.ts'
import { openGatewayClient } from '../support/gateway-client.ts'
import { startGateway } from '../support/gateway.ts'
import { collectLog } from '../support/collect-log.ts'
import { collectMetrics } from '../support/collect-metrics.ts'

function mockedClient() {
  const client = new ApiGatewayManagementApiClient({ region: 'eu-central-1' })
  return { client, mock: mockClient(client) }
}

/** Makes a sender, with its log and its metrics. */
function start(
  client: ApiGatewayManagementApiClient,
  concurrency?: number,
  now: () => number = () => performance.now(),
) {
  const log = collectLog()
  const metrics = collectMetrics()
  const sender = createApiGatewaySender({
    client,
    log,
    metrics,
    now,
    ...(concurrency !== undefined && { concurrency }),
  })
  return { sender, log, metrics }
}

describe(createApiGatewaySender, () => {
  it('posts to sockets of the gateway, and returns those that are gone', async () => {
    await using gateway = await startGatewayAndConnectionsApi()
    await using socket = await openGatewayClient(gateway.url)
    const { connectionId } = (await gateway.connects.next()).requestContext
    const { sender, log, metrics } = start(gateway.connectionsApi.client())

    expect(await sender.post([connectionId, 'AAAAAAAAAAAAAAA='], '{"type":"x"}')).toEqual([
      'AAAAAAAAAAAAAAA=',
    ])
    expect(await socket.frames.next()).toBe('{"type":"x"}')
    expect(log.lines).toEqual([])
    expect(metrics.values).toEqual({ PushesSent: [1], PushesGone: [1] })
  })

  it('closes sockets of the gateway, and counts gone ones as closed', async () => {
    await using gateway = await startGatewayAndConnectionsApi()
    await using socket = await openGatewayClient(gateway.url)
    const { connectionId } = (await gateway.connects.next()).requestContext
    const { sender, log, metrics } = start(gateway.connectionsApi.client())

    await sender.close([connectionId, 'AAAAAAAAAAAAAAA='])
    expect(await socket.closed).toMatchObject({ code: 1000 })
    expect(log.lines).toEqual([])
    expect(metrics.values).toEqual({})
  })

  it('tries three times when the rate is exceeded, counts it, and makes the other calls', async () => {
    await using gateway = await startGateway()
    await using socket = await openGatewayClient(gateway.url)
    const { connectionId } = (await gateway.connects.next()).requestContext
    let attempts = 0
    // Five calls, of which all but the first are refused for good, and a sixth one.
    await using connectionsApi = await startConnectionsApi(gateway.api.connections, {
      throttle: { take: () => ++attempts === 1 || attempts > 13 },
    })
    // The client waits before each retry, so there are two calls at once.
    const { sender, log, metrics } = start(connectionsApi.client({ maxAttempts: undefined }), 2)
    const ids = Array<string>(5).fill(connectionId)
    expect(await sender.post(ids, '"one"')).toEqual([])
    expect(attempts).toBe(1 + 4 * 3)
    expect(await sender.post([connectionId], '"two"')).toEqual([])
    expect([await socket.frames.next(), await socket.frames.next()]).toEqual(['"one"', '"two"'])
    expect(metrics.values).toEqual({ PushesSent: [1, 1], PushesThrottled: [4] })
    expect(log.lines).toMatchObject([{ level: 'warn', fields: { sent: 1, throttled: 4 } }])
  })

  it('[W4] drops ephemeral frames for 5 s after a push was refused for its rate, and sends all others', async () => {
    const { client, mock } = mockedClient()
    const refused = { message: 'slow down', $metadata: { httpStatusCode: 429 } }
    const tooMany = new LimitExceededException(refused)
    let refuses = false
    mock.on(PostToConnectionCommand).callsFake(() => {
      if (refuses) throw tooMany
      return {}
    })
    let now = 0
    const { sender } = start(client, 1, () => now)
    const posted = () => mock.commandCalls(PostToConnectionCommand).length
    const typing = async () => await sender.post(['a'], 'typing', { mayBeDropped: true })
    await typing()
    expect(posted()).toBe(1)
    refuses = true
    await sender.post(['a'], 'message')
    refuses = false
    expect(await typing()).toEqual([])
    now = 4_999
    await typing()
    expect(posted()).toBe(2)
    await sender.post(['a'], 'message')
    expect(posted()).toBe(3)
    now = 5_000
    await typing()
    expect(posted()).toBe(4)
  })

  it('logs failures once for all, and makes the other calls', async () => {
    const { client, mock } = mockedClient()
    mock.on(PostToConnectionCommand).resolves({})
    for (const ConnectionId of ['b', 'd']) {
      const error = new ForbiddenException({ message: 'no', $metadata: { httpStatusCode: 403 } })
      mock.on(PostToConnectionCommand, { ConnectionId }).rejects(error)
    }
    const { sender, log, metrics } = start(client)
    expect(await sender.post(['a', 'b', 'c', 'd'], 'x')).toEqual([])
    expect(mock.commandCalls(PostToConnectionCommand)).toHaveLength(4)
    expect(metrics.values).toEqual({ PushesSent: [2], PushesFailed: [2] })
    expect(log.lines).toMatchObject([{ level: 'warn', fields: { sent: 2, failed: 2 } }])
  })

  it('[W2] closes a socket that missed a frame that it must not miss, or reports it as gone', async () => {
    const { client, mock } = mockedClient()
    const refused = new ForbiddenException({ message: 'no', $metadata: { httpStatusCode: 403 } })
    const gone = new GoneException({ message: '', $metadata: {} })
    mock.on(PostToConnectionCommand).resolves({})
    mock.on(PostToConnectionCommand, { ConnectionId: 'gone' }).rejects(gone)
    mock.on(DeleteConnectionCommand).resolves({})
    for (const ConnectionId of ['missed', 'not closed']) {
      mock.on(PostToConnectionCommand, { ConnectionId }).rejects(refused)
    }
    mock.on(DeleteConnectionCommand, { ConnectionId: 'not closed' }).rejects(refused)
    const { sender } = start(client)
    const ids = ['sent', 'gone', 'missed', 'not closed']
    expect(await sender.post(ids, 'x', { closeMissed: true })).toEqual(['gone', 'not closed'])
    const closed = () =>
      mock.commandCalls(DeleteConnectionCommand).map(({ args }) => args[0].input.ConnectionId)
    expect(closed()).toEqual(['missed', 'not closed'])
    // A client that sees a gap may miss other frames.
    expect(await sender.post(ids, 'x')).toEqual(['gone'])
    expect(closed()).toHaveLength(2)
  })

  it('logs a socket that was not closed', async () => {
    const { client, mock } = mockedClient()
    mock.on(DeleteConnectionCommand).rejects(new ForbiddenException({ message: '', $metadata: {} }))
    const { sender, log, metrics } = start(client)
    expect(await sender.close(['a'])).toEqual([])
    expect(log.lines).toMatchObject([{ level: 'warn', fields: { failed: 1 } }])
    expect(metrics.values).toEqual({})
  })

  it.each([50, 200])('runs at most %i posts at once, over all pushes', async (concurrency) => {
    const { client, mock } = mockedClient()
    let underWay = 0
    let most = 0
    mock.on(PostToConnectionCommand).callsFake(async () => {
      most = Math.max(most, ++underWay)
      await setImmediate()
      underWay--
      return {}
    })
    const ids = Array.from({ length: 500 }, (_, index) => String(index))
    const { sender } = start(client, concurrency === 50 ? undefined : concurrency)
    await Promise.all([sender.post(ids, 'x'), sender.post(ids, 'y')])
    expect(mock.commandCalls(PostToConnectionCommand)).toHaveLength(1_000)
    expect(most).toBe(concurrency)
  })

  it('makes and counts no call for no recipients', async () => {
    const { client, mock } = mockedClient()
    mock.on(PostToConnectionCommand).rejects(new GoneException({ message: '', $metadata: {} }))
    mock.on(DeleteConnectionCommand).rejects(new GoneException({ message: '', $metadata: {} }))
    const { sender, metrics } = start(client)
    expect(await sender.post([], 'x')).toEqual([])
    expect(await sender.close([])).toEqual([])
    expect(mock.calls()).toEqual([])
    expect(metrics.values).toEqual({})
  })
})
