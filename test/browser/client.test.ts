/** What the client library uses of browsers: IndexedDB, Web Locks, and the signs of a sleep. */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { buildClient } from '../../scripts/client/build.ts'
import { launchBrowser } from '../support/browser.ts'
import { startTestServer, type TestServer } from '../support/chat-server.ts'
import { type TestUser, testPassword } from '../support/test-user.ts'

let browser: Browser
let server: TestServer
let site: Server
let origin: string
let dist: string

/** A site with an empty page that has the built package, and may call the server. */
beforeAll(async () => {
  dist = await mkdtemp(join(tmpdir(), 'quick-connect-client-'))
  await buildClient(dist)
  site = createServer((req, res) => {
    const name = /^\/(index|browser)\.js$/.exec(req.url ?? '')?.[0]
    if (name === undefined) {
      res.writeHead(200, { 'Content-Type': 'text/html' }).end('<!doctype html><title>Page</title>')
    } else {
      res.setHeader('Content-Type', 'text/javascript')
      void readFile(join(dist, name)).then((code) => res.end(code))
    }
  })
  site.listen(0, '127.0.0.1')
  await once(site, 'listening')
  origin = `http://127.0.0.1:${(site.address() as AddressInfo).port}`
  server = await startTestServer({ allowedOrigins: [origin] })
  browser = await launchBrowser()
})
afterAll(async () => {
  await browser.close()
  await server[Symbol.asyncDispose]()
  site.closeAllConnections()
  site.close()
  await rm(dist, { recursive: true })
})

/** Opens a tab with a client of the library in `client`. `refreshes` counts its refreshes. */
async function openTab(context: BrowserContext, before = '', lockMs = 5_000): Promise<Page> {
  const page = await context.newPage()
  await page.goto(origin)
  await begin(page, before, lockMs)
  return page
}

async function begin(page: Page, before = '', lockMs = 5_000): Promise<void> {
  await page.evaluate(`(async () => {
    const { createClient, until } = await import('/index.js')
    const { indexedDbStorage, webLock } = await import('/browser.js')
    ${before}
    globalThis.until = until
    globalThis.refreshes = 0
    globalThis.errors = []
    globalThis.skippedMs = 0
    const counted = (url, init) => {
      if (url.includes('refresh')) refreshes++
      return fetch(url, init)
    }
    const setTimer = (run, ms) => {
      const timer = setTimeout(run, ms)
      return () => clearTimeout(timer)
    }
    globalThis.client = createClient({
      url: ${JSON.stringify(server.url)},
      ...indexedDbStorage(),
      lock: webLock('quick-connect', ${lockMs}),
      fetch: counted,
      onError: ({ code, message }) => errors.push(code + ': ' + message),
      clock: {
        now: () => performance.now() + skippedMs,
        wall: () => Date.now() + skippedMs,
        setTimer,
        random: Math.random,
      },
    })
  })()`)
}

const login = async (page: Page, { username }: TestUser): Promise<unknown> =>
  await page.evaluate(`client.login('${username}', '${testPassword}')`)

async function someRoom(): Promise<{ ana: TestUser; id: number }> {
  const ana = await server.register()
  const { id } = await ana.createRoom({ title: 'Tea' })
  return { ana, id }
}

async function textsIn(user: TestUser, id: number): Promise<string[]> {
  const { body } = await user.get(`/api/messages/${id}/`)
  return body.results.map(({ message }: { message: string }) => message)
}

test('[W5] sends survive a reload in IndexedDB, and are stored once and in order', async () => {
  const { ana, id } = await someRoom()
  await using context = await browser.newContext()
  const page = await openTab(context)
  await login(page, ana)
  // The client is not connected, so what it sends stays in the storage.
  await page.evaluate(`(async () => {
    const room = client.room(${id})
    for (const text of ['one', 'two', 'three']) room.send(text)
    await until(client.outbox, (all) => all.every(({ status }) => status === 'waiting'))
  })()`)
  await page.reload()
  expect(await textsIn(ana, id)).toEqual([])
  await begin(page)
  const restored = await page.evaluate(`(async () => {
    const me = await client.restore()
    const texts = client.outbox.get().map(({ text }) => text)
    client.connect()
    await until(client.outbox, (all) => all.length === 0)
    return { username: me.username, texts }
  })()`)
  expect(restored).toEqual({ username: ana.username, texts: ['one', 'two', 'three'] })
  expect(await textsIn(ana, id)).toEqual(['one', 'two', 'three'])
  await page.reload()
  await begin(page)
  expect(await page.evaluate(`client.restore().then(() => client.outbox.get().length)`)).toBe(0)
})

test('[A3] two tabs refresh once, under Web Locks, and both continue', async () => {
  const { ana } = await someRoom()
  await using context = await browser.newContext()
  const tabs = [await openTab(context), await openTab(context)] as const
  await login(tabs[0], ana)
  await tabs[1].evaluate('client.restore()')
  // Both tabs hold the lock's queue until both have asked.
  const asked = await Promise.all(
    tabs.map((tab) =>
      tab.evaluate(`(async () => {
        skippedMs = 14.5 * 60_000
        const me = await client.request('GET /api/users/me/')
        return [me.username, refreshes, errors]
      })()`),
    ),
  )
  const counts = (asked as [string, number, string[]][]).map(([, count]) => count)
  expect(counts.toSorted()).toEqual([0, 1])
  for (const each of asked) expect(each).toMatchObject([ana.username, expect.any(Number), []])
})

test('does not wait for a lock that another tab keeps for ever', async () => {
  const { ana } = await someRoom()
  await using context = await browser.newContext()
  const page = await openTab(context, '', 100)
  await login(page, ana)
  const asleep = await openTab(context)
  await asleep.evaluate(`new Promise((held) => {
    void navigator.locks.request('quick-connect', () => (held(), new Promise(() => undefined)))
  })`)
  const answer = page.evaluate(`(async () => {
    skippedMs = 14.5 * 60_000
    const { username } = await client.request('GET /api/users/me/')
    return [username, refreshes]
  })()`)
  expect(await answer).toEqual([ana.username, 1])
})

const refusals = {
  'refused by the browser': `Object.defineProperty(globalThis, 'indexedDB', {
    value: { open() { throw new DOMException('denied by the user', 'SecurityError') } },
  })`,
  'not there': `Object.defineProperty(globalThis, 'indexedDB', { value: undefined })`,
  full: `IDBObjectStore.prototype.put = () => {
    throw new DOMException('it is full', 'QuotaExceededError')
  }`,
}

test.each(Object.entries(refusals))(
  'a storage that is %s is reported, keeps the session in the page, and sends nothing',
  async (_name, before) => {
    const { ana, id } = await someRoom()
    await using context = await browser.newContext()
    const page = await openTab(context, before)
    await login(page, ana)
    const failed = await page.evaluate(`(async () => {
      client.connect()
      await until(client.connection, ({ name }) => name === 'connected')
      client.room(${id}).send('lost?')
      const [send] = await until(client.outbox, ([first]) => first?.status === 'failed')
      return [send.error.code, send.text, errors.every((text) => text.startsWith('storage: '))]
    })()`)
    expect(failed).toEqual(['storage', 'lost?', true])
    expect(await textsIn(ana, id)).toEqual([])
  },
)

test('[W8] a page that is shown again checks whether its socket is alive', async () => {
  const { ana } = await someRoom()
  await using context = await browser.newContext()
  const page = await openTab(context)
  await login(page, ana)
  const frames: string[] = []
  page.on('websocket', (socket) =>
    socket.on('framesent', ({ payload }) => frames.push(String(payload))),
  )
  await page.evaluate(`(async () => {
    client.connect()
    await until(client.connection, ({ name }) => name === 'connected')
  })()`)
  const asked = () => frames.filter((frame) => frame.includes('"heads"')).length
  for (const name of ['online', 'pageshow', 'visibilitychange']) {
    const before = asked()
    const target = name === 'visibilitychange' ? 'document' : 'globalThis'
    // A second refresh does not start while one is running.
    await expect
      .poll(async () => {
        await page.evaluate(`${target}.dispatchEvent(new Event('${name}', { bubbles: true }))`)
        return asked()
      })
      .toBeGreaterThan(before)
  }
})
