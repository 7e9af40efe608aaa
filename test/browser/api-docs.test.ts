import type { Page } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import { operations } from '../../src/protocol/operations/index.ts'
import { clientFrame, durableEvent, otherEvent } from '../../src/protocol/socket.ts'
import { type Look, looks } from '../support/browser.ts'
import { browser, server, usePageServer } from '../support/page-server.ts'

usePageServer()

/** Opens a page, which must show no error, no warning and no request to another host. */
async function open(path: string, { width, colorScheme }: Pick<Look, 'width' | 'colorScheme'>) {
  const context = await browser.newContext({ viewport: { width, height: 800 }, colorScheme })
  const page = await context.newPage()
  const faults: string[] = []
  // The console also reports breaches of the page's Content-Security-Policy.
  page.on('console', (message) => {
    if (message.type() !== 'log') faults.push(`${message.type()}: ${message.text()}`)
  })
  page.on('pageerror', (error) => faults.push(String(error)))
  page.on('requestfailed', (request) => faults.push(`failed: ${request.url()}`))
  page.on('request', (request) => {
    const isOurs = ['data:', server.url].some((start) => request.url().startsWith(start))
    if (!isOurs) faults.push(`elsewhere: ${request.url()}`)
  })
  await page.goto(server.url + path)
  return {
    page,
    async [Symbol.asyncDispose]() {
      await context.close()
      expect(faults).toEqual([])
    },
  }
}

async function expectNoSidewaysScroll(page: Page): Promise<void> {
  const width = await page.evaluate<number>('document.documentElement.scrollWidth')
  expect(width).toBeLessThanOrEqual(page.viewportSize()!.width)
}

/** Returns the brightness of the background, 0 to 255. */
async function brightnessOf(page: Page): Promise<number> {
  const colors = await page.evaluate<string[]>(
    '[document.body, document.documentElement].map((e) => getComputedStyle(e).backgroundColor)',
  )
  const color = colors.find((each) => each !== 'rgba(0, 0, 0, 0)') ?? 'rgb(255, 255, 255)'
  const parts = color.match(/\d+/g)!.slice(0, 3).map(Number)
  return parts.reduce((sum, part) => sum + part, 0) / 3
}

describe.each(looks)('on $name', (look) => {
  test('[C8] /api/docs/ lists every operation, and opens one', async () => {
    await using opened = await open('/api/docs/', look)
    const { page } = opened
    const listed = page.locator('.opblock-summary')
    await listed.first().waitFor()
    const texts = await listed.evaluateAll((blocks) =>
      blocks.map((block) =>
        ['.opblock-summary-method', '.opblock-summary-path']
          .map((part) => block.querySelector(part)?.textContent.replaceAll('\u200b', ''))
          .join(' '),
      ),
    )
    const expected = Object.values(operations).map(({ method, path }) => `${method} ${path}`)
    expect(texts.toSorted()).toEqual(expected.toSorted())
    await page.locator('#operations-Accounts-login button').first().click()
    await page.locator('#operations-Accounts-login .responses-inner').waitFor()
    await expectNoSidewaysScroll(page)
    expect((await brightnessOf(page)) > 128).toBe(look.colorScheme === 'light')
  })

  test('[C8] /api/docs/websocket/ has every frame and every event, and working links', async () => {
    await using opened = await open('/api/docs/websocket/', look)
    const { page } = opened
    const titles = await page.locator('h3 > code').allTextContents()
    expect(titles).toEqual([
      ...clientFrame.options.map(({ shape }) => shape.action.value),
      ...[...durableEvent.options, ...otherEvent.options].map(({ shape }) => shape.type.value),
    ])
    const targets = await page.locator('[id]').evaluateAll((all) => all.map(({ id }) => `#${id}`))
    const links = await page
      .locator('main a[href^="#"]')
      .evaluateAll((all) => all.map((link) => link.getAttribute('href')!))
    const dead = links.filter((link) => !targets.includes(link))
    expect(dead).toEqual([])
    await expectNoSidewaysScroll(page)
    expect((await brightnessOf(page)) > 128).toBe(look.colorScheme === 'light')
  })
})

test('[C8] an operation is opened and tried out by keyboard alone', async () => {
  await using opened = await open('/api/docs/', { width: 1280, colorScheme: 'light' })
  const { page } = opened
  const operation = page.locator('#operations-Server-readHealth')
  await operation.waitFor()
  await operation.locator('.opblock-summary-control').focus()
  await page.keyboard.press('Enter')
  for (const name of ['Try it out', 'Execute']) {
    const button = operation.getByRole('button', { name })
    await button.waitFor()
    await button.focus()
    await page.keyboard.press('Enter')
  }
  const answer = operation.locator('.live-responses-table .response-col_status')
  await answer.filter({ hasText: '200' }).waitFor()
})

test('[C8] the pages link to each other', async () => {
  await using opened = await open('/docs/', { width: 1280, colorScheme: 'light' })
  const { page } = opened
  await page.getByRole('link', { name: 'API', exact: true }).click()
  await page.waitForURL('**/api/docs/')
  await page.getByRole('link', { name: 'WebSocket' }).first().click()
  await page.waitForURL('**/api/docs/websocket/')
  await page.getByRole('link', { name: 'Documentation' }).click()
  await page.waitForURL('**/docs/')
})
