import type { Browser, Page } from 'playwright-core'
import { expect } from 'vitest'
import { testPassword } from './test-user.ts'

/**
 * Opens a browser for one person. The page must cause no error, no breach of the policy and no request to another
 * origin.
 */
export async function openPage(
  browser: Browser,
  origin: string,
  options: Parameters<Browser['newContext']>[0] = {},
) {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 800 },
    locale: 'en-GB',
    ...options,
  })
  context.setDefaultTimeout(8_000)
  const faults: string[] = []
  context.on('page', (page) => {
    page.on('pageerror', (error) => faults.push(error.stack ?? error.message))
    page.on('console', (message) => {
      // The browser also reports refusals of the server as errors.
      const isRefusal = /Failed to load resource|WebSocket connection/.test(message.text())
      if (message.type() === 'error' && !isRefusal) faults.push(message.text())
    })
    page.on('request', (request) => {
      const url = request.url()
      if (!url.startsWith(origin) && !url.startsWith('data:')) faults.push(`elsewhere: ${url}`)
    })
  })
  const page = await context.newPage()
  return {
    context,
    page,
    async [Symbol.asyncDispose]() {
      await context.close()
      expect(faults).toEqual([])
    },
  }
}

/** Opens a URL of the page, and signs in there. */
export async function signInAt(page: Page, url: string, username: string): Promise<void> {
  await page.goto(url)
  await page.getByLabel('Username').fill(username)
  await page.getByLabel('Password').fill(testPassword)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.locator('.chat').waitFor()
}

export const messageWith = (page: Page, text: string) => page.locator('article', { hasText: text })
