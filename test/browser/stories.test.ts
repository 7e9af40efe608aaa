/** What people live through with the page: bad networks, reloads, crashes, wrong clocks, and sessions that end. */
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { launchBrowser } from '../support/browser.ts'
import { startTestServer, type TestServer } from '../support/chat-server.ts'
import { firefoxPath, launchFirefox, sitAtFirefox } from '../support/firefox.ts'
import { openPage } from '../support/page.ts'
import { type Person, tellMainStory, watching } from './main-story.ts'

let server: TestServer
let browser: Browser
beforeAll(async () => {
  server = await startTestServer()
  browser = await launchBrowser()
})
afterAll(async () => {
  await browser.close()
  await server[Symbol.asyncDispose]()
})

const phone = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true }

const personAt = (page: Page, isTouching = false): Person => {
  const act = async (role: 'button' | 'link', name: string) => {
    const found = page.getByRole(role, { name, exact: true })
    await (isTouching ? found.tap() : found.click())
  }
  return {
    open: async (url) => void (await page.goto(url)),
    fill: async (name, text) => await page.getByRole('textbox', { name }).fill(text),
    press: act,
    ask: async (program) => await page.evaluate(program),
    setOffline: async (isOffline) => await page.context().setOffline(isOffline),
  }
}

test('three people talk, one of them on a phone, and one on a network that fails in each way', async () => {
  await using ana = await openPage(browser, server.url)
  await using bo = await openPage(browser, server.url, phone)
  const stack = new AsyncDisposableStack()
  await using _ = stack
  await tellMainStory({
    server,
    ana: personAt(ana.page),
    bo: personAt(bo.page, true),
    makeCy: async (url) => {
      const { page } = stack.use(await openPage(browser, url))
      await page.addInitScript(watching)
      await page.clock.install()
      return { ...personAt(page), skip: async (ms) => await page.clock.fastForward(ms) }
    },
  })
}, 60_000)

if (firefoxPath === undefined) {
  // oxlint-disable-next-line eslint/no-console -- who runs the tests is to know
  console.log('Firefox is not installed: the main story is told to Chromium alone')
}
test.skipIf(firefoxPath === undefined)(
  'three people talk in Firefox',
  async () => {
    const firefox = await launchFirefox()
    try {
      const faults: string[] = []
      await tellMainStory({
        server,
        ana: await sitAtFirefox(firefox, faults),
        bo: await sitAtFirefox(firefox, faults, phone.viewport),
        makeCy: async () => await sitAtFirefox(firefox, faults),
      })
      expect(faults).toEqual([])
    } finally {
      await firefox.close()
    }
  },
  90_000,
)
