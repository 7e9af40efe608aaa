import type { APIGatewayProxyEventV2 } from 'aws-lambda'
import { describe, expect, it } from 'vitest'
import { readLimits } from '../../functions/env.ts'
import { api } from '../../functions/http/app.ts'
import { createRuntime } from '../../functions/runtime.ts'
import { createReadViewer, type ReadViewer, readPeer } from '../../functions/viewer.ts'
import { connect } from '../../functions/websocket/connect.ts'
import { createCachedSecret } from '../../src/aws/cached-secret.ts'
import { createInlineFanOut } from '../../src/core/fan-out/inline-fan-out.ts'
import { createPasswordHasher } from '../../src/core/accounts/password-hasher.ts'
import { noMetrics } from '../../src/core/monitoring/no-metrics.ts'
import { createSecretStore, secretArn } from '../support/secret-store.ts'
import { startTestServer, type TestServer, testKeys } from '../support/chat-server.ts'
import { collectLog } from '../support/collect-log.ts'
import { httpEvent } from '../support/http-event.ts'

const secret = 'the secret of the origin'
const gateway = { sourceIp: '130.176.0.1', host: 'abc.execute-api.eu-central-1.amazonaws.com' }
const viewer = { address: '203.0.113.7', host: 'chat.example.org' }
const fromCdn = {
  'x-origin-secret': secret,
  'x-viewer-address': viewer.address,
  'x-viewer-host': viewer.host,
}
const peer = { address: gateway.sourceIp, host: gateway.host }

type Headers = Readonly<Record<string, string>>

const { 'x-origin-secret': _, ...noSecret } = fromCdn

/** Everything that a direct caller can write, without the secret. */
const untrusted: [string, Headers][] = [
  ['nothing', {}],
  ['forged headers and no secret', noSecret],
  ['a wrong secret', { ...fromCdn, 'x-origin-secret': 'a guess' }],
  ['an empty secret', { ...fromCdn, 'x-origin-secret': '' }],
  ['the beginning of the secret', { ...fromCdn, 'x-origin-secret': secret.slice(0, -1) }],
  ['the secret in capitals', { ...fromCdn, 'x-origin-secret': secret.toUpperCase() }],
  ['the secret twice', { ...fromCdn, 'x-origin-secret': `${secret},${secret}` }],
  ['a guess before the secret', { ...fromCdn, 'x-origin-secret': `guess,${secret}` }],
]

function readViewerOf(directAccess: 'closed' | 'open', store = createSecretStore(secret)) {
  return createReadViewer(
    createCachedSecret({
      client: store.client,
      secretArn,
      readsPrevious: true,
      parse: (text, previous) => (previous === undefined ? [text] : [text, previous]),
      log: collectLog(),
    }),
    directAccess,
  )
}

const arrival = (headers: Headers) => ({
  sourceIp: gateway.sourceIp,
  header: (name: string) => ({ host: gateway.host, ...headers })[name],
})

describe(createReadViewer, () => {
  it.each(['closed', 'open'] as const)(
    'believes the CDN, with direct access %s',
    async (access) => {
      expect(await readViewerOf(access)(arrival(fromCdn))).toEqual(viewer)
    },
  )

  it.each(untrusted)('refuses %s', async (_, headers) => {
    await expect(readViewerOf('closed')(arrival(headers))).rejects.toMatchObject({
      code: 'forbidden',
    })
  })

  it.each(untrusted)(
    'serves %s as a direct call, when direct access is open',
    async (_, headers) => {
      expect(await readViewerOf('open')(arrival(headers))).toEqual(peer)
    },
  )

  it.each([
    ['x-viewer-address', undefined],
    ['x-viewer-address', '203.0.113.7,198.51.100.1'],
    ['x-viewer-address', 'somewhere'],
    ['x-viewer-host', undefined],
    ['x-viewer-host', ''],
  ])('does not guess when the CDN sends %s as %s', async (name, value) => {
    for (const access of ['closed', 'open'] as const) {
      const headers = { ...fromCdn, [name]: value! }
      await expect(readViewerOf(access)(arrival(headers))).rejects.toMatchObject({
        code: 'internal',
      })
    }
  })

  it('accepts a new secret at once, and reads it at most once in ten seconds', async () => {
    const store = createSecretStore(secret)
    const readViewer = readViewerOf('closed', store)
    await readViewer(arrival(fromCdn))
    expect(store.reads()).toBe(2)
    store.replace('the next secret')
    const next = { ...fromCdn, 'x-origin-secret': 'the next secret' }
    expect(await readViewer(arrival(next))).toEqual(viewer)
    for (const [, headers] of untrusted) {
      await readViewer(arrival(headers)).catch(() => undefined)
    }
    expect(store.reads()).toBe(4)
  })

  it('accepts the value before the present one, while CloudFront still sends it, and no older one', async () => {
    const store = createSecretStore(secret)
    store.replace('the next secret')
    expect(await readViewerOf('closed', store)(arrival(fromCdn))).toEqual(viewer)
    store.replace('the one after that')
    await expect(readViewerOf('closed', store)(arrival(fromCdn))).rejects.toMatchObject({
      code: 'forbidden',
    })
  })
})

describe(readPeer, () => {
  it('believes no header of a CDN', async () => {
    expect(await readPeer(arrival(fromCdn))).toEqual(peer)
  })
})

const handlersOf = (
  server: TestServer,
  readViewer: ReadViewer,
  allowedOrigins: readonly string[] = [],
) => {
  const pushes = { db: server.db, sender: { post: async () => [], close: async () => [] } }
  const runtime = createRuntime({
    ...pushes,
    fanOut: createInlineFanOut(pushes),
    passwords: createPasswordHasher(4),
    keys: async () => testKeys,
    readViewer,
    metrics: noMetrics,
    limits: readLimits({ REFRESHES_PER_MINUTE_AND_ADDRESS: '2' }),
    log: collectLog(),
    allowedOrigins,
  })
  return { api: api(runtime), connect: connect(runtime) }
}

function requestOf(path: string, headers: Headers, body?: object): APIGatewayProxyEventV2 {
  const event = httpEvent(body ? 'POST' : 'GET', path, {
    headers: { host: gateway.host, ...headers },
    sourceIp: gateway.sourceIp,
    ...(body && { body: JSON.stringify(body) }),
  })
  if (!event) throw new Error(`no route takes ${path}`)
  return event
}

describe('the HTTP API behind a CDN', () => {
  it('refuses a direct call of any path with a problem document', async () => {
    await using server = await startTestServer()
    const handlers = handlersOf(server, readViewerOf('closed'))
    for (const path of ['/api/health/', '/api/rooms/', '/api/nothing/']) {
      const answer = await handlers.api(requestOf(path, { ...fromCdn, 'x-origin-secret': 'guess' }))
      expect(answer).toMatchObject({
        statusCode: 403,
        headers: {
          'content-type': 'application/problem+json',
          'cache-control': 'no-store',
          'x-request-id': 'request-1',
        },
      })
      expect(JSON.parse(answer.body!)).toMatchObject({ status: 403, code: 'forbidden' })
    }
    expect(await handlers.api(requestOf('/api/health/', fromCdn))).toMatchObject({
      statusCode: 200,
    })
  })

  it('[C9] answers pages of allowed origins, and lets them read refusals', async () => {
    await using server = await startTestServer()
    const app = 'capacitor://localhost'
    const handlers = handlersOf(server, readViewerOf('closed'), [app])
    const preflight = {
      ...fromCdn,
      origin: app,
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'content-type',
    }
    for (const path of ['/api/login', '/api/rooms', '/api/messages/1/2/reactions/x']) {
      const event = httpEvent('OPTIONS', path, { headers: preflight })
      expect(event?.routeKey).toBe('ANY /api/{proxy+}')
      expect(await handlers.api(event!)).toMatchObject({
        statusCode: 204,
        headers: { 'access-control-allow-origin': app, 'cache-control': 'no-store' },
      })
    }
    const refused = await handlers.api(requestOf('/api/health/', { ...noSecret, origin: app }))
    expect(refused).toMatchObject({
      statusCode: 403,
      headers: { 'access-control-allow-origin': app, vary: 'Origin' },
    })
    const other = await handlers.api(requestOf('/api/health/', { ...fromCdn, origin: 'null' }))
    expect(other.statusCode).toBe(200)
    expect(other.headers).not.toHaveProperty('access-control-allow-origin')
  })

  it('[A7] sets the cookie for a page of the viewer’s host, and reads it there', async () => {
    await using server = await startTestServer()
    const handlers = handlersOf(server, readViewerOf('closed'))
    const ofPage = {
      ...fromCdn,
      origin: `https://${viewer.host}`,
      'sec-fetch-site': 'same-origin',
    }
    const account = { username: 'page', password: 'a good long password' }
    const register = async (headers: Headers) =>
      await handlers.api(
        requestOf('/api/register', headers, {
          ...account,
          email: 'page@example.org',
          refresh_in: 'cookie',
        }),
      )
    // No page has the host of the gateway.
    const others = { ...ofPage, origin: `https://${gateway.host}` }
    expect(await register(others)).toMatchObject({ statusCode: 403 })
    const registered = await register(ofPage)
    expect(registered).toMatchObject({
      statusCode: 201,
      cookies: [expect.stringMatching(/; HttpOnly; Secure; SameSite=Strict$/)],
    })
    expect(JSON.parse(registered.body!)).not.toHaveProperty('refresh')
    const cookie = registered.cookies![0]!.split(';')[0]!
    const refreshed = await handlers.api({
      ...requestOf('/api/token/refresh', ofPage, {}),
      cookies: ['theme=dark', cookie],
    })
    expect(refreshed.statusCode).toBe(200)
    expect(refreshed.cookies).toHaveLength(1)
    expect(refreshed.cookies![0]).not.toContain(cookie)
  })

  it('[A4, C6] limits and lists by the viewer’s address', async () => {
    await using server = await startTestServer()
    const handlers = handlersOf(server, readViewerOf('open'))
    const refresh = async (headers: Headers) =>
      (await handlers.api(requestOf('/api/token/refresh/', headers, { refresh: 'no' }))).statusCode
    const elsewhere = { ...fromCdn, 'x-viewer-address': '2001:db8::7' }
    const forged = { ...fromCdn, 'x-origin-secret': 'guess' }

    expect(await refresh(fromCdn)).toBe(401)
    expect(await refresh(fromCdn)).toBe(401)
    expect(await refresh(fromCdn)).toBe(429)
    expect(await refresh(elsewhere)).toBe(401)
    // All direct calls count for the address that the gateway saw.
    expect(await refresh(forged)).toBe(401)
    expect(await refresh({ ...forged, 'x-viewer-address': '198.51.100.1' })).toBe(401)
    expect(await refresh({ ...forged, 'x-viewer-address': '198.51.100.2' })).toBe(429)

    const account = { username: 'far_away', password: 'a good long password' }
    const registered = await handlers.api(
      requestOf('/api/register', elsewhere, { ...account, email: 'far@example.org' }),
    )
    const { access } = JSON.parse(registered.body!) as { access: string }
    const sessions = await handlers.api(
      requestOf('/api/sessions/', { ...fromCdn, authorization: `Bearer ${access}` }),
    )
    expect(JSON.parse(sessions.body!)).toMatchObject({ results: [{ address: '2001:db8::7' }] })
  })
})

describe('[W2] $connect behind a CDN', () => {
  const origin = `https://${viewer.host}`

  it('compares the origin with the viewer’s host, without regard to case', async () => {
    await using server = await startTestServer()
    const user = await server.register()
    let sockets = 0
    const open = async (access: 'closed' | 'open', headers: Headers) => {
      const all = { Host: gateway.host, Authorization: `Bearer ${user.access}`, ...headers }
      const answer = await handlersOf(server, readViewerOf(access)).connect({
        headers: all,
        requestContext: {
          connectionId: `socket-${++sockets}`,
          requestId: 'request-1',
          identity: { sourceIp: gateway.sourceIp },
        },
      })
      return answer.statusCode
    }
    const named = {
      'X-Origin-Secret': secret,
      'X-VIEWER-ADDRESS': viewer.address,
      'x-Viewer-Host': viewer.host,
    }
    expect(await open('closed', { ...named, Origin: origin })).toBe(200)
    expect(await open('closed', { ...fromCdn, origin })).toBe(200)
    expect(await open('closed', fromCdn)).toBe(200)
    expect(await open('closed', { ...fromCdn, Origin: `https://${gateway.host}` })).toBe(403)
    expect(await open('closed', { ...fromCdn, Origin: 'https://elsewhere.example' })).toBe(403)

    // A foreign page cannot set headers. Another client can, but gains nothing.
    const forged = { ...fromCdn, 'x-origin-secret': 'guess', Origin: origin }
    expect(await open('closed', forged)).toBe(403)
    expect(await open('open', forged)).toBe(403)
    expect(await open('open', { Origin: `https://${gateway.host}` })).toBe(200)
    expect(await open('open', {})).toBe(200)
    expect(await open('closed', {})).toBe(403)

    const twice = { ...fromCdn, 'X-Origin-Secret': secret }
    expect(await open('closed', { ...twice, Origin: origin })).toBe(403)
  })
})
