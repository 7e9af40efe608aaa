import { once } from 'node:events'
import { createServer, type IncomingMessage, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { describe, expect, onTestFinished, test } from 'vitest'
import { webSocketStageName } from '../../lib/api/websocket-api.ts'
import { siteTable } from '../../lib/edge/chat-distribution.ts'
import { edgeFunctionCode } from '../../lib/edge/edge-function.ts'
import { renderSite } from '../../scripts/render-site.ts'
import { toStage } from '../../src/local/server/front-door.ts'
import { createSite } from '../../src/local/server/site.ts'
import { listAssets, listPages } from '../../web/site/pages.ts'
import { makeTempDir } from '../support/temp-dir.ts'
import { edgeFunction, edgeRequest, type EdgeRequest, isResponse, urlOf } from './edge-function.ts'

/** `fetch` would normalize the path. */
async function get(port: number, path: string) {
  const [response] = (await once(request({ port, path, host: '127.0.0.1' }).end(), 'response')) as [
    IncomingMessage,
  ]
  return {
    status: response.statusCode,
    location: response.headers.location,
    body: await text(response),
  }
}

/** Returns the request that a function passes on to the origin. */
function pass(
  call: ReturnType<typeof edgeFunction>,
  request: EdgeRequest,
  ip?: string,
): EdgeRequest {
  const result = call(request, ip)
  if (isResponse(result)) throw new Error(`it was answered with ${result.statusCode}`)
  return result
}

describe.each(['api-request', 'socket-request'] as const)('%s', (name) => {
  test("sets the viewer's address and host, whatever the viewer sends", () => {
    const call = edgeFunction(name)
    const forged = { 'x-viewer-address': '198.51.100.1', 'x-viewer-host': 'evil.example' }
    const { headers } = pass(call, edgeRequest('/api/x', forged), '2001:db8::7')
    expect(headers).toEqual({
      host: { value: 'chat.example.org' },
      'x-viewer-address': { value: '2001:db8::7' },
      'x-viewer-host': { value: 'chat.example.org' },
    })
    const twice = edgeRequest('/api/x')
    twice.headers['x-viewer-address'] = { value: '1', multiValue: [{ value: '1' }, { value: '2' }] }
    expect(pass(call, twice).headers['x-viewer-address']).toEqual({ value: '203.0.113.7' })
  })
})

describe('api-request', () => {
  test("leads from the admin's host to the admin's pages, as on one machine", () => {
    expect(edgeFunction('api-request')(edgeRequest('/'))).toMatchObject({
      statusCode: 302,
      headers: { location: { value: '/admin/' } },
    })
  })

  test.each([
    ['/api/login/', '/api/login'],
    ['/api/login', '/api/login'],
    ['/api/users/me/?a=b&c=%2F', '/api/users/me?a=b&c=%2F'],
    ['/api/messages/1/2/reactions/%23/', '/api/messages/1/2/reactions/%23'],
  ])('requests %s as %s, because no route ends in a slash', (url, asked) => {
    expect(urlOf(pass(edgeFunction('api-request'), edgeRequest(url)))).toBe(asked)
  })
})

/** Returns path and parameters as $connect gets them. The last value of a repeated parameter counts. */
function asSeen(url: string) {
  const [path, query] = url.split('?', 2)
  return { path, parameters: Object.fromEntries(new URLSearchParams(query)) }
}

describe('socket-request', () => {
  test.each([
    '/ws/',
    '/ws',
    '/ws/?a=b',
    '/ws/chat/tea/',
    '/ws/chat/tea',
    '/ws/chat/tea/?a=b&c=d',
    '/ws/chat/tea?room=other',
    '/ws/chat/tea?room=a&room=b&c=d',
    '/ws/?room=tea',
    '/ws/?room=a&room=tea',
    '/ws/chat/',
    '/ws/chat//',
    '/ws/chat/a/b/',
    '/ws/chat/a&b=c/',
    '/ws/chat/a+b/',
    '/ws/chat/%E8%8C%B6%20%F0%9F%8D%B5/',
    '/ws/chat/%23%3F%26/',
    '/ws/chat/100%/',
    '/ws/chatter/',
    '/ws/other/',
  ])('leads %s to the target of the local front door', (url) => {
    const asked = urlOf(pass(edgeFunction('socket-request'), edgeRequest(url)))
    expect(asSeen(asked)).toEqual(asSeen(toStage(url, webSocketStageName)))
  })
})

describe('site-request', () => {
  const call = edgeFunction('site-request', { site: siteTable() })

  test('answers like the local site', async () => {
    await using dir = await makeTempDir()
    await renderSite(dir.path)
    const server = createServer(createSite()).listen(0, '127.0.0.1')
    onTestFinished(() => void server.close())
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const known = listPages().flatMap(({ paths }) => paths)
    expect(known).toEqual(expect.arrayContaining(['/', '/docs/', '/docs/protocol', '/api/docs/']))
    for (const path of [
      ...known,
      ...listAssets().flatMap(({ paths }) => paths),
      '/assets/nothing.js',
      '/assets/',
      '/assets/..%2findex.html',
      '/rooms/12',
      '/rooms/12/',
      '/rooms/12.png',
      '/users/%C3%A9',
      '/admin/',
      '/wsx',
      '/docs',
      '/api/docs',
      '/api/docs/websocket',
      '/nowhere',
      '/docs/nowhere',
      '/docs/../package.json',
      '/docs/%70rotocol',
      '/index.html',
      '/constructor',
      '/__proto__',
      '//',
    ]) {
      const local = await get(port, path)
      const result = call(edgeRequest(`${path}?a=b`))
      const edge = isResponse(result)
        ? {
            status: result.statusCode,
            location: result.headers['location']?.value,
            body: result.body?.data ?? '',
          }
        : await readFile(join(dir.path, result.uri), 'utf8').then(
            (body) => ({ status: 200, location: undefined, body }),
            // The bucket itself answers that it has no such file.
            () => ({ status: 404, location: undefined, body: local.body }),
          )
      expect([path, edge]).toEqual([path, local])
    }
  })
})

test('site-request serves the page to navigations, and not to requests for a file', () => {
  const call = edgeFunction('site-request', { site: siteTable() })
  const ask = (dest: string) => call(edgeRequest('/rooms/12', { 'sec-fetch-dest': dest }))
  expect(ask('document')).toMatchObject({ uri: '/index.html' })
  for (const dest of ['image', 'script']) expect(ask(dest)).toMatchObject({ statusCode: 404 })
})

test('CloudFront accepts no function of more than 10 KB', () => {
  const site = { files: { '/': 'x'.repeat(11_000) } }
  expect(() => edgeFunctionCode('site-request', { site })).toThrow('more than 10240')
})
