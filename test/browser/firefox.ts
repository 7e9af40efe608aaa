import { existsSync } from 'node:fs'
import type { Browser, ElementHandle } from 'puppeteer-core'
import { vi } from 'vitest'
import { watching, type Person } from './main-story.ts'

/** Debian's Firefox, if it is installed. */
export const firefoxPath = ['/usr/bin/firefox-esr', '/usr/bin/firefox'].find(existsSync)

/**
 * Starts Firefox. Playwright only drives its own build, which it would have to download. Puppeteer drives the installed
 * one through WebDriver BiDi.
 */
export async function launchFirefox(): Promise<Browser> {
  const { launch } = await import('puppeteer-core')
  return await launch({ browser: 'firefox', executablePath: firefoxPath!, headless: true })
}

/** Opens a Firefox for one person. Errors that the page throws are added to `faults`. */
export async function sitAtFirefox(
  browser: Browser,
  faults: string[],
  viewport = { width: 1280, height: 800 },
): Promise<Person> {
  const context = await browser.createBrowserContext()
  const page = await context.newPage()
  page.on('pageerror', (error) => {
    // Firefox reports a socket that does not open as such an error.
    if (!/the server at ws:/.test(String(error))) faults.push(String(error))
  })
  await page.setViewport(viewport)
  await page.evaluateOnNewDocument(watching)
  /** Puppeteer's own ways to wait need what the page's policy forbids. So this function polls. */
  async function find(selector: string): Promise<ElementHandle> {
    // Firefox draws nothing in a background tab.
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
      // Typing key by key takes long.
      await page.evaluate(`document.execCommand('insertText', false, ${JSON.stringify(text)})`)
    },
    press: async (role, name) => await (await find(`[name="${name}"][role="${role}"]`)).click(),
    ask: async <T>(program: string) => (await page.evaluate(program)) as T,
    setOffline: async (isOffline) => await page.setOfflineMode(isOffline),
  }
}
