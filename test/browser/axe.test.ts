/** axe-core, a common checker of WCAG's rules, must find nothing on the page's screens, in light and in dark. */
import { createRequire } from 'node:module'
import { readFile } from 'node:fs/promises'
import type { Page } from 'playwright-core'
import { beforeAll, expect, test } from 'vitest'
import { openPage, signInAt } from '../support/open-page.ts'
import { browser, server, usePageServer } from '../support/page-server.ts'
import { testPassword } from '../support/test-user.ts'

let axe: string
usePageServer()
beforeAll(async () => {
  axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
})

/** The rules about colours. In the dark the other rules give the same results as in light. */
const ofColours = ['color-contrast', 'link-in-text-block']

/** Returns each broken rule, with the first element that breaks it. */
async function findingsOn(page: Page): Promise<string[]> {
  const findings: string[] = []
  await page.evaluate(axe)
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    // Animations are checked when they have finished.
    await page.evaluate('Promise.allSettled(document.getAnimations().map((each) => each.finished))')
    const options = JSON.stringify({
      resultTypes: ['violations'],
      ...(colorScheme === 'dark' && { runOnly: ofColours }),
    })
    const violations = await page.evaluate<{ id: string; nodes: { html: string }[] }[]>(
      `axe.run(document, ${options}).then(({ violations }) => violations)`,
    )
    for (const { id, nodes } of violations) {
      findings.push(`${id} in ${colorScheme}: ${nodes[0]?.html.slice(0, 160)}`)
    }
  }
  return findings
}

test('no screen breaks a rule, in light or dark', { timeout: 240_000 }, async () => {
  const [ann, ben] = [await server.register(), await server.register()]
  const room = await ann.createRoom({ title: 'Tea', description: 'All about tea' })
  await ben.post(`/api/rooms/${room.id}/join/`)
  const direct = (await ben.post('/api/direct/', { username: ann.username })).body
  await ben.post('/api/messages/', { room_id: direct.id, message: 'Only for you' })
  for (const message of [
    `Hello @${ann.username}, **bold** and \`code\``,
    '> a quote\n\n- one\n- two\n\n[a link](https://example.org)',
  ]) {
    await ben.post('/api/messages/', { room_id: room.id, message })
  }
  const { seq } = (await ann.post('/api/messages/', { room_id: room.id, message: 'Mine' })).body
  await ben.put(`/api/messages/${room.id}/${seq}/reactions/👍/`)

  await using opened = await openPage(browser, server.url, {
    bypassCSP: true,
    reducedMotion: 'reduce',
  })
  const { page } = opened
  const found: Record<string, string[]> = {}
  const look = async (name: string) => {
    const findings = await findingsOn(page)
    if (findings.length > 0) found[name] = findings
  }
  const go = async (path: string, ready: string) => {
    await page.goto(server.url + path)
    await page.locator(ready).first().waitFor()
    await look(path)
  }

  await go('/login', 'form')
  await go('/register', 'form')
  await go('/password', '[role=alert]')
  await go('/password#of-no-link', 'form')
  await page.getByLabel('New password').fill(testPassword)
  await page.keyboard.press('Enter')
  await page.locator('[role=alert]').waitFor()
  await look('a link that is used up')
  await signInAt(page, `${server.url}/`, ann.username)
  await page.locator('.room-list .room-title', { hasText: 'Tea' }).waitFor()
  await look('the list')
  await go(`/rooms/${room.id}`, 'article')
  await page.locator('article', { hasText: 'Mine' }).hover()
  await look('a message with its tools')
  await page.locator('article', { hasText: 'Hello' }).hover()
  await page.getByRole('button', { name: 'More' }).click()
  await page.getByRole('menuitem', { name: 'Report…' }).click()
  await page.locator('dialog[open] select').waitFor()
  await look('a report')
  await go(`/rooms/${room.id}/details`, '.pane >> text=Members')
  await go(`/rooms/${room.id}/search?q=quote`, 'mark')
  await go('/search?q=nothing-like-this', 'text=/no|No/')
  await go('/notifications', '.notification-link')
  await go('/browse', 'h1')
  for (const name of ['profile', 'appearance', 'notifications', 'sessions', 'blocked', 'account']) {
    await go(`/settings/${name}`, 'h1')
  }
  await go('/settings/two-step', '.settings-page .button')
  await page.getByRole('button', { name: 'Set up two-step sign-in' }).click()
  await page.getByRole('dialog').getByLabel('Password').fill(testPassword)
  await page.getByRole('button', { name: 'Continue' }).click()
  await page.locator('.qr-code').waitFor()
  await look('the QR code')
  await page.keyboard.press('Control+k')
  await page.locator('dialog[open]').waitFor()
  await look('the switcher')
  await page.keyboard.press('Escape')
  await page.keyboard.press('?')
  await page.locator('dialog[open]').waitFor()
  await look('the shortcuts')
  await page.keyboard.press('Escape')
  await page.setViewportSize({ width: 390, height: 844 })
  await go('/', '.room-list')
  for (const path of ['', '/details', '/search?q=quote']) {
    await go(`/rooms/${room.id}${path}`, 'h1:visible')
  }
  await go('/notifications', '.notification-link')
  for (const path of ['/settings', '/settings/profile']) await go(path, 'h1:visible')
  expect(found).toEqual({})
})
