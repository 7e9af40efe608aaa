import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { launchBrowser } from '../support/browser.ts'
import { startTestServer, type TestServer } from '../support/chat-server.ts'

/** A foreign site with one empty page. */
async function startSite(): Promise<AsyncDisposable & { readonly origin: string }> {
  const site = createServer((_, res) => {
    res.writeHead(200, { 'Content-Type': 'text/html' }).end('<!doctype html><title>Page</title>')
  })
  site.listen(0, '127.0.0.1')
  await once(site, 'listening')
  return {
    origin: `http://127.0.0.1:${(site.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      site.closeAllConnections()
      site.close()
      await once(site, 'close')
    },
  }
}

/** Calls the API from a page in the browser. Returns what the page could read. */
async function useApi(page: Page, api: string): Promise<unknown> {
  return await page.evaluate(
    `(async (api) => {
      const call = async (method, path, body, token) => {
        const response = await fetch(api + path, {
          method,
          headers: {
            ...(body && { 'Content-Type': 'application/json' }),
            ...(token && { Authorization: 'Bearer ' + token }),
          },
          body: body && JSON.stringify(body),
        }).catch((error) => ({ failed: error.name }))
        return response.failed ?? { response, body: await response.json().catch(() => null) }
      }
      const account = { username: 'page', password: 'a long enough one', email: 'a@example.org' }
      const registered = await call('POST', '/api/register/', account)
      if (typeof registered === 'string') return registered
      const token = registered.body.access
      const room = await call('POST', '/api/rooms/', { title: 'Tea' }, token)
      const path = '/api/rooms/' + room.body.id + '/'
      const changed = await call('PATCH', path, { title: 'Coffee' }, token)
      const socket = new WebSocket(api.replace('http', 'ws') + '/ws/', ['quick-connect.v1', token])
      const opened = await new Promise((resolve) => {
        socket.onopen = () => resolve('open')
        socket.onerror = () => resolve('refused')
      })
      socket.close()
      const unknown = await call('PATCH', '/api/nothing/', {}, token)
      await call('POST', '/api/token/refresh/', { refresh: 'x' })
      const over = await call('POST', '/api/token/refresh/', { refresh: 'x' })
      const read = (name) => over.response.headers.get(name) !== null
      return {
        title: changed.body.title,
        socket: opened,
        unknown: unknown.body.code,
        over: over.body.code,
        told: ['Retry-After', 'RateLimit-Limit', 'X-Request-Id'].filter(read),
        deleted: (await call('DELETE', path, undefined, token)).response.status,
      }
    })(${JSON.stringify(api)})`,
  )
}

let browser: Browser
beforeAll(async () => {
  browser = await launchBrowser()
})
afterAll(() => browser.close())

test('[C9] a browser lets pages of an allowed origin use the whole API, and other pages nothing', async () => {
  await using site = await startSite()
  await using other = await startSite()
  await using server: TestServer = await startTestServer({
    allowedOrigins: [site.origin],
    limits: { refreshes: { count: 1, seconds: 60 } },
  })
  const page = await browser.newPage()
  await page.goto(other.origin)
  expect(await useApi(page, server.url)).toBe('TypeError')
  await page.goto(site.origin)
  expect(await useApi(page, server.url)).toEqual({
    title: 'Coffee',
    socket: 'open',
    unknown: 'not_found',
    over: 'rate_limited',
    told: ['Retry-After', 'RateLimit-Limit', 'X-Request-Id'],
    deleted: 204,
  })
  await page.close()
})
