import {
  DeleteConnectionCommand,
  GetConnectionCommand,
  GoneException,
  PostToConnectionCommand,
} from '@aws-sdk/client-apigatewaymanagementapi'
import { once } from 'node:events'
import { describe, expect, test } from 'vitest'
import { startGatewayAndConnectionsApi, UNKNOWN_ID } from '../support/connections-api.ts'
import { openGatewayClient } from '../support/gateway-client.ts'
import { firstConnectionId, startGateway } from '../support/gateway.ts'

describe('5.7 @connections', () => {
  test('[5.7] POST: 200 with an empty body, and the client gets the bytes as a text frame', async () => {
    await using gateway = await startGatewayAndConnectionsApi()
    await using client = await openGatewayClient(gateway.url)
    const ConnectionId = await firstConnectionId(gateway)
    const received = once(client.ws, 'message')
    const output = await gateway.connectionsApi
      .client()
      .send(new PostToConnectionCommand({ ConnectionId, Data: '{"héllo":1}' }))
    expect(output.$metadata.httpStatusCode).toBe(200)
    const [data, isBinary] = await received
    expect([String(data), isBinary]).toEqual(['{"héllo":1}', false])
  })

  test('[5.7] GET: connectedAt, identity and lastActiveAt, as the SDK parses them', async () => {
    await using gateway = await startGatewayAndConnectionsApi()
    await using _ = await openGatewayClient(gateway.url, [], {
      headers: { 'user-agent': 'tester/1' },
    })
    const { requestContext } = await gateway.connects.next()
    const output = await gateway.connectionsApi
      .client()
      .send(new GetConnectionCommand({ ConnectionId: requestContext.connectionId }))
    expect(output.ConnectedAt).toEqual(new Date(requestContext.connectedAt))
    expect(output.LastActiveAt?.getTime()).toBeGreaterThanOrEqual(requestContext.connectedAt)
    expect(output.Identity).toEqual({ SourceIp: '127.0.0.1', UserAgent: 'tester/1' })
  })

  test('[5.7] DELETE: 204, the socket closes, and from then on it is gone', async () => {
    await using gateway = await startGatewayAndConnectionsApi()
    await using client = await openGatewayClient(gateway.url)
    const ConnectionId = await firstConnectionId(gateway)
    const sdk = gateway.connectionsApi.client()
    const output = await sdk.send(new DeleteConnectionCommand({ ConnectionId }))
    expect(output.$metadata.httpStatusCode).toBe(204)
    await client.closed
    await expect(sdk.send(new DeleteConnectionCommand({ ConnectionId }))).rejects.toThrow(
      GoneException,
    )
  })

  test('[5.7] 410: GoneException for POST, GET and DELETE, with the header and an empty body', async () => {
    await using gateway = await startGatewayAndConnectionsApi()
    const sdk = gateway.connectionsApi.client()
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
    const spy = gateway.connectionsApi.client()
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
    await using gateway = await startGatewayAndConnectionsApi({
      onConnect: async ({ requestContext }) => {
        const command = new PostToConnectionCommand({
          ConnectionId: requestContext.connectionId,
          Data: 'x',
        })
        await gateway.connectionsApi
          .client()
          .send(command)
          .catch((error: unknown) => failures.push(error))
        return { statusCode: 200 }
      },
    })
    await using _ = await openGatewayClient(gateway.url)
    expect(failures).toEqual([expect.any(GoneException)])
  })

  test('[5.7] the connection id is URL-encoded, "=" as %3D and "@" as it is or as %40', async () => {
    await using gateway = await startGatewayAndConnectionsApi()
    await using client = await openGatewayClient(gateway.url)
    const ConnectionId = await firstConnectionId(gateway)
    const sdk = gateway.connectionsApi.client()
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
    await using gateway = await startGatewayAndConnectionsApi()
    const { origin } = new URL(gateway.connectionsApi.base)
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
    const put = await fetch(`${gateway.connectionsApi.base}/@connections/x`, {
      method: 'PUT',
      body: 'x',
    })
    expect(put.status).toBe(404)
  })

  test('[5.7] in process: sent, gone, too_large, and details as dates', async () => {
    await using gateway = await startGateway({ limits: { messageBytes: 10 } })
    await using client = await openGatewayClient(gateway.url)
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
