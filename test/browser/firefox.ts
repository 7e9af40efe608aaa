import { existsSync } from 'node:fs'
import type { Browser, ElementHandle } from 'puppeteer-core'
import { vi } from 'vitest'
import { watching, type Person } from './main-story.ts'

/** Debian's Firefox, where it is installed. */
export const firefoxPath = ['/usr/bin/firefox-esr', '/usr/bin/firefox'].find(existsSync)

/**
 * Starts it. Playwright drives only a Firefox that it has built and downloaded itself; puppeteer drives the one that is
 * there, by WebDriver BiDi.
 */
export async function launchFirefox(): Promise<Browser> {
  const { launch } = await import('puppeteer-core')
  return await launch({ browser: 'firefox', executablePath: firefoxPath!, headless: true })
}

/** Somebody at a Firefox of their own. What the page throws is added to `faults`. */
export async function sitAtFirefox(
  browser: Browser,
  faults: string[],
  viewport = { width: 1280, height: 800 },
): Promise<Person> {
  const context = await browser.createBrowserContext()
  const page = await context.newPage()
  page.on('pageerror', (error) => {
    // Firefox counts a socket that does not open among them.
    if (!/the server at ws:/.test(String(error))) faults.push(String(error))
  })
  await page.setViewport(viewport)
  await page.evaluateOnNewDocument(watching)
  /** What the page's policy forbids, puppeteer's own ways to wait need: so this asks again and again. */
  async function find(selector: string): Promise<ElementHandle> {
    // Firefox draws nothing in a tab that is not in front.
    await page.bringToFront()
    return await vi.waitFor(
      async () => (await page.$(`::-p-aria(${selector})`)) ?? Promise.reject(new Error(selector)),
      { timeout: 30_000, interval: 50 },
    )
  }
  return {
    open: async (url) => void (await page.goto(url)),
    async fill(name, text) {
      await (await find(`[name="${name}"]`)).focus()
      // A key for each letter takes long.
      await page.evaluate(`document.execCommand('insertText', false, ${JSON.stringify(text)})`)
    },
    press: async (role, name) => await (await find(`[name="${name}"][role="${role}"]`)).click(),
    ask: async <T>(program: string) => (await page.evaluate(program)) as T,
    setOffline: async (isOffline) => await page.setOfflineMode(isOffline),
  }
}
