import { build } from 'esbuild'
import type { BrowserContext, Page } from 'playwright-core'
import { beforeAll, expect, test } from 'vitest'
import { browser, server, usePageServer } from '../support/page-server.ts'
import { testPassword } from '../support/test-user.ts'

let library: string
usePageServer()
beforeAll(async () => {
  const { outputFiles } = await build({
    stdin: {
      contents: `export * from './index.ts'; export * from './browser.ts'`,
      resolveDir: 'src/client',
    },
    bundle: true,
    write: false,
    format: 'iife',
    globalName: 'chat',
  })
  library = outputFiles[0]!.text
})

/** Opens a tab with a client of the library, whose clock the test can move forward. */
async function openTab(context: BrowserContext): Promise<Page> {
  const page = await context.newPage()
  await page.goto(server.url)
  await page.evaluate(`${library}
    window.chat = chat
    window.skewMs = 0
    window.refreshes = 0
    const { session, sends } = chat.indexedDbStorage('test')
    window.client = chat.createClient({
      url: location.origin,
      session: chat.cookieSession(session, 'test'),
      sends,
      fetch: (url, init) => {
        if (url.endsWith('/api/token/refresh/')) refreshes += 1
        return fetch(url, init)
      },
      lock: chat.webLock('test'),
      clock: {
        now: () => performance.now() + skewMs,
        wall: () => Date.now() + skewMs,
        setTimer: (run, ms) => { const timer = setTimeout(run, ms); return () => clearTimeout(timer) },
        random: Math.random,
      },
    })`)
  return page
}

/** Returns the client's answer to a call, or the code of its error. */
const ask = async (page: Page) =>
  await page.evaluate<string>(
    `client.request('GET /api/users/me/').then(({ username }) => username, ({ code }) => code)`,
  )
const restore = async (page: Page) => await page.evaluate<unknown>('client.restore()')
const logIn = async (page: Page, username: string) =>
  void (await page.evaluate(`client.login('${username}', '${testPassword}')`))

async function countRefreshes(tabs: readonly Page[]): Promise<number> {
  const counts = await Promise.all(tabs.map((tab) => tab.evaluate<number>('refreshes')))
  return counts.reduce((sum, count) => sum + count, 0)
}

test('[A3, A7] several tabs refresh once, and no script finds a stored token', async () => {
  const { username } = await server.register()
  await using context = await browser.newContext()
  const first = await openTab(context)
  await logIn(first, username)
  const others = [await openTab(context), await openTab(context)]
  for (const tab of others) expect(await restore(tab)).toMatchObject({ username })
  const tabs = [first, ...others]
  expect(await Promise.all(tabs.map(ask))).toEqual([username, username, username])
  // A new tab gets the access token of an existing tab, or refreshes when none answers at once.
  const before = await countRefreshes(tabs)
  for (const tab of tabs) await tab.evaluate('void (skewMs = 850_000)')
  expect(await Promise.all(tabs.map(ask))).toEqual([username, username, username])
  expect(await countRefreshes(tabs)).toBe(before + 1)

  const kept = await first.evaluate<string>(`(async () => {
    const { session } = chat.indexedDbStorage('test')
    return JSON.stringify([await session.load(), { ...localStorage }, { ...sessionStorage }, document.cookie])
  })()`)
  expect(kept).toContain(username)
  expect(kept).not.toMatch(/eyJ|refresh=|"refresh"/)
  const cookies = await context.cookies(`${server.url}/api/token/refresh/`)
  expect(cookies).toEqual([
    expect.objectContaining({ httpOnly: true, sameSite: 'Strict', path: '/api/token/refresh' }),
  ])
  // No other path gets the cookie.
  expect(await context.cookies(`${server.url}/api/rooms/`)).toEqual([])
})

test('[A7] a reload continues the session, and nothing is left of it after signing out', async () => {
  const { username } = await server.register()
  await using context = await browser.newContext()
  const page = await openTab(context)
  await logIn(page, username)
  await page.close()
  const again = await openTab(context)
  expect(await restore(again)).toMatchObject({ username })
  expect(await ask(again)).toBe(username)
  await again.evaluate('client.logout()')
  expect(await context.cookies(`${server.url}/api/token/refresh/`)).toEqual([])
  expect(await restore(await openTab(context))).toBe(null)
})

test('[A7] a tab ends its session when somebody else signs in over its cookie, and does not act for them', async () => {
  const [one, two] = [await server.register(), await server.register()]
  await using context = await browser.newContext()
  const first = await openTab(context)
  await logIn(first, one.username)
  const second = await openTab(context)
  await logIn(second, two.username)
  await first.evaluate('void (skewMs = 850_000)')
  expect(await ask(first)).toBe('signed_out')
  expect(await first.evaluate('client.session.get().user')).toBe(null)
  expect(await ask(second)).toBe(two.username)
})
