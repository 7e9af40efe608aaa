import { setImmediate } from 'node:timers/promises'
import {
  ApiGatewayManagementApiClient,
  DeleteConnectionCommand,
  GoneException,
  LimitExceededException,
  PostToConnectionCommand,
} from '@aws-sdk/client-apigatewaymanagementapi'
import { mockClient } from 'aws-sdk-client-mock'
import { describe, expect, it } from 'vitest'
import { createApiGatewaySender } from '../../src/aws/sender.ts'
import type { Log } from '../../src/core/ports.ts'
import { startBoth } from '../gateway/callbacks.ts'
import { openClient } from '../gateway/clients.ts'

function collectingLog(): Log & { readonly warnings: string[] } {
  const warnings: string[] = []
  return {
    warnings,
    info: () => undefined,
    warn: (message) => void warnings.push(message),
    error: () => undefined,
  }
}

function mockedClient() {
  const client = new ApiGatewayManagementApiClient({ region: 'eu-central-1' })
  return { client, mock: mockClient(client) }
}

describe(createApiGatewaySender, () => {
  it('posts to sockets of the gateway, and gives those that are gone', async () => {
    await using gateway = await startBoth()
    await using socket = await openClient(gateway.url)
    const { connectionId } = (await gateway.connects.next()).requestContext
    const log = collectingLog()
    const sender = createApiGatewaySender(log, gateway.callbacks.client())

    expect(await sender.post([connectionId, 'AAAAAAAAAAAAAAA='], '{"type":"x"}')).toEqual([
      'AAAAAAAAAAAAAAA=',
    ])
    expect(await socket.frames.next()).toBe('{"type":"x"}')
    expect(log.warnings).toEqual([])
  })

  it('closes sockets of the gateway, and takes those that are gone as closed', async () => {
    await using gateway = await startBoth()
    await using socket = await openClient(gateway.url)
    const { connectionId } = (await gateway.connects.next()).requestContext
    const log = collectingLog()
    const sender = createApiGatewaySender(log, gateway.callbacks.client())

    await sender.close([connectionId, 'AAAAAAAAAAAAAAA='])
    expect(await socket.closed).toMatchObject({ code: 1000 })
    expect(log.warnings).toEqual([])
  })

  it('logs a push that failed, and makes the others', async () => {
    const { client, mock } = mockedClient()
    const limited = new LimitExceededException({ message: 'slow down', $metadata: {} })
    mock.on(PostToConnectionCommand).resolves({})
    mock.on(PostToConnectionCommand, { ConnectionId: 'b' }).rejects(limited)
    const log = collectingLog()
    expect(await createApiGatewaySender(log, client).post(['a', 'b', 'c'], 'x')).toEqual([])
    expect(mock.commandCalls(PostToConnectionCommand)).toHaveLength(3)
    expect(log.warnings).toEqual(['a push failed'])
  })

  it('has at most 50 posts under way', async () => {
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
    await createApiGatewaySender(collectingLog(), client).post(ids, 'x')
    expect(mock.commandCalls(PostToConnectionCommand)).toHaveLength(500)
    expect(most).toBe(50)
  })

  it('calls nothing for nobody', async () => {
    const { client, mock } = mockedClient()
    mock.on(PostToConnectionCommand).rejects(new GoneException({ message: '', $metadata: {} }))
    mock.on(DeleteConnectionCommand).rejects(new GoneException({ message: '', $metadata: {} }))
    const sender = createApiGatewaySender(collectingLog(), client)
    expect(await sender.post([], 'x')).toEqual([])
    await sender.close([])
    expect(mock.calls()).toEqual([])
  })
})
