import type { Browser } from 'playwright-core'
import { afterAll, beforeAll } from 'vitest'
import { launchBrowser } from './browser.ts'
import { startTestServer, type TestServer } from './chat-server.ts'

/** The server and the browser of the test file that runs now. They are there when its tests begin. */
export let server: TestServer
export let browser: Browser

/** Starts a server and a browser before the tests of a file, and ends both after them. */
export function usePageServer(): void {
  beforeAll(async () => {
    server = await startTestServer()
    browser = await launchBrowser()
  })
  afterAll(async () => {
    await browser.close()
    await server[Symbol.asyncDispose]()
  })
}
