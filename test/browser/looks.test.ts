/** The page under other conditions: forced colours, zoom, print. Also its states, which axe checks. */
import { createRequire } from 'node:module'
import { readFile } from 'node:fs/promises'
import type { Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { ok } from '../support/answers.ts'
import { messageWith, openPage, signInAt } from '../support/open-page.ts'
import { browser, server, usePageServer } from '../support/page-server.ts'

usePageServer()

/** Returns the outline of the focused element, or of the part that is drawn as its field. */
const outlineOfFocus = async (page: Page): Promise<string> =>
  await page.evaluate<string>(`(() => {
    const element = document.activeElement
    const drawn = element.closest('.composer, .search-field') ?? element.parentElement?.closest('.segments label') ?? element
    const { outlineStyle, outlineWidth } = getComputedStyle(drawn)
    return element === document.body ? 'nothing has the focus' : outlineStyle + ' ' + outlineWidth
  })()`)

test('in forced colours the focused and the chosen element have an outline', async () => {
  const user = await server.register()
  const room = await user.createRoom({ title: 'Contrast' })
  await ok(user.send(room.id, `@${user.username} hello`))
  await using opened = await openPage(browser, server.url, { forcedColors: 'active' })
  const { page } = opened
  await signInAt(page, `${server.url}/rooms/${room.id}/details`, user.username)
  await messageWith(page, 'hello').waitFor()
  await page.locator('.member').first().waitFor()
  await page.locator('.composer textarea').focus()
  expect(await outlineOfFocus(page)).toMatch(/^solid [23]px$/)
  // Goes once around the page.
  const focused = new Set<string>()
  for (let presses = 0; presses < 25; presses++) {
    await page.keyboard.press('Tab')
    const name = await page.evaluate<string>('document.activeElement.outerHTML.slice(0, 80)')
    if (name.startsWith('<body')) continue
    expect([name, await outlineOfFocus(page)]).toEqual([
      name,
      expect.stringMatching(/^(solid|auto) [1-3]px$/),
    ])
    focused.add(name)
  }
  expect(focused.size).toBeGreaterThan(8)
  const chosen = await page.evaluate(
    'getComputedStyle(document.querySelector(".segments label:has(:checked)")).outlineStyle',
  )
  expect(chosen).toBe('solid')
})

test('nothing is wider than 320 pixels, the width of 1280 pixels at 400 %', async () => {
  const [user, other] = [await server.register(), await server.register()]
  const room = await user.createRoom({
    title: 'A-title-without-a-space-'.repeat(4),
    description: 'x'.repeat(90),
  })
  await ok(other.post(`/api/rooms/${room.id}/join/`))
  await ok(other.send(room.id, `@${user.username} ${'w'.repeat(300)} \`${'code'.repeat(60)}\``))
  await ok(other.send(room.id, '```\n' + 'preformatted '.repeat(30) + '\n```'))
  await using opened = await openPage(browser, server.url, {
    viewport: { width: 320, height: 480 },
  })
  const { page } = opened
  await signInAt(page, `${server.url}/`, user.username)
  await page.locator('.room-row').first().waitFor()
  const wide: string[] = []
  const look = async (name: string) => {
    const [scrolled, shown] = await page.evaluate<[number, number]>(
      '[Math.max(...[document.documentElement, ...document.querySelectorAll(".pane-body, .message-scroller, .sidebar, dialog[open] .dialog-box")].map((e) => e.scrollWidth - e.clientWidth)), innerWidth]',
    )
    if (scrolled > 0 || shown !== 320) wide.push(`${name}: ${scrolled}`)
  }
  await look('/')
  for (const [path, ready] of [
    [`/rooms/${room.id}`, 'article'],
    [`/rooms/${room.id}/details`, '.member'],
    [`/rooms/${room.id}/search?q=preformatted`, 'mark'],
    ['/browse', '.browse-room'],
    ['/notifications', '.notification'],
    ['/settings/notifications', '.pane h2'],
    ['/settings/sessions', '.pane h2'],
    ['/settings/account', '.pane h2'],
  ] as const) {
    await page.goto(server.url + path)
    await page.locator(ready).first().waitFor()
    await look(path)
  }
  await page.keyboard.press('Control+k')
  await page.locator('dialog[open]').waitFor()
  await look('the switcher')
  expect(wide).toEqual([])
})

test('on paper are all loaded messages, and no controls', async () => {
  const user = await server.register()
  const room = await user.createRoom({ title: 'Minutes' })
  for (let n = 1; n <= 50; n++) await ok(user.send(room.id, `point ${n}${'\nline'.repeat(9)}`))
  await using opened = await openPage(browser, server.url, { colorScheme: 'dark' })
  const { page } = opened
  await signInAt(page, `${server.url}/rooms/${room.id}/details`, user.username)
  await messageWith(page, 'point 50').waitFor()
  const countOf = async () => await page.locator('article').count()
  // The screen only holds a window of the rows.
  expect(await countOf()).toBeLessThan(45)
  await page.emulateMedia({ media: 'print' })
  await expect.poll(countOf).toBe(50)
  expect(await page.locator('.pane-header h1', { hasText: 'Minutes' }).isVisible()).toBe(true)
  const controls = page.locator(
    'button:visible:not(.author), textarea:visible, input:visible, nav:visible, .chat-panel:visible',
  )
  expect(await controls.count()).toBe(0)
  const [first, last, all] = await page.evaluate<[number, number, number]>(`(() => {
    const tops = [...document.querySelectorAll('article')].map((each) => each.getBoundingClientRect().top + scrollY)
    return [tops[0], tops.at(-1), document.documentElement.scrollHeight]
  })()`)
  expect(first).toBeGreaterThan(0)
  expect(last).toBeGreaterThan(first + 49 * 200)
  expect(all).toBeGreaterThan(last)
  // Dark backgrounds are not printed, so letters are dark.
  const ink = await page.evaluate<string>('getComputedStyle(document.body).color')
  expect(ink).toBe('rgb(28, 29, 31)')
  // The browser also announces its own printing.
  expect((await page.pdf()).length).toBeGreaterThan(20_000)
  // The screen may keep all of these rows. It removes rows only while the user scrolls.
  await page.emulateMedia({ media: 'screen' })
  await page.locator('.composer textarea').waitFor()
})

test('axe finds nothing in rare states: failures, dialogs, menus, and missing pages', async () => {
  const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
  const [ann, ben, eve] = [
    await server.register(),
    await server.register(),
    await server.register(),
  ]
  const room = await ann.createRoom({ title: 'States' })
  await ok(ben.post(`/api/rooms/${room.id}/join/`))
  await ok(ben.send(room.id, 'hello'))
  const direct = await ok(ben.post('/api/direct/', { username: ann.username }))
  await ok(ben.send(direct.id, 'before the block'))
  await ok(ben.put(`/api/users/me/blocks/${ann.username}/`))
  await using opened = await openPage(browser, server.url, {
    bypassCSP: true,
    reducedMotion: 'reduce',
  })
  const { page, context } = opened
  const found: Record<string, string[]> = {}
  const look = async (name: string) => {
    await page.evaluate('Promise.allSettled(document.getAnimations().map((each) => each.finished))')
    const violations = await page.evaluate<{ id: string; nodes: { html: string }[] }[]>(
      `${axe}; axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) => violations)`,
    )
    if (violations.length > 0) {
      found[name] = violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html.slice(0, 160)}`)
    }
  }
  await signInAt(page, `${server.url}/rooms/${direct.id}`, ann.username)
  await messageWith(page, 'before the block').waitFor()
  await page.locator('.composer textarea').fill('refused')
  await page.keyboard.press('Enter')
  await page.locator('.send-state.failed').waitFor()
  await look('a message that failed')

  await page.goto(`${server.url}/rooms/${room.id}/details`)
  await page.locator('.member').first().waitFor()
  await messageWith(page, 'hello').waitFor()
  await page.getByRole('button', { name: `Actions for ${ben.username}` }).click()
  await page.locator('[role=menu]:visible').waitFor()
  await look('the menu of a member')
  await page.keyboard.press('Escape')
  await page.getByRole('button', { name: 'Banned people' }).click()
  await page.getByText('Nobody is banned from this room.').waitFor()
  await page.getByRole('button', { name: 'Ban somebody' }).click()
  const ban = page.getByRole('dialog', { name: 'Ban somebody' })
  await look('the dialog of a ban')
  // [R7] A user who is not a member can be banned by their username.
  await ban.getByLabel('Username').fill(`@${eve.username}`)
  await ban.getByLabel('Reason').fill('spam')
  await ban.getByRole('button', { name: 'Ban', exact: true }).click()
  await page.locator('.ban', { hasText: eve.username }).waitFor()
  expect((await eve.post(`/api/rooms/${room.id}/join/`)).status).toBe(403)
  await look('who is banned')
  await page.keyboard.press('Escape')
  await page.locator('dialog[open]').waitFor({ state: 'detached' })

  await context.setOffline(true)
  await page.locator('.composer textarea').fill('later')
  await page.keyboard.press('Enter')
  await page.locator('.connection-banner', { hasText: 'Waiting for network' }).waitFor()
  await messageWith(page, 'later').waitFor()
  await look('without a network')
  await context.setOffline(false)
  await messageWith(page, 'later').locator('.send-state').waitFor({ state: 'detached' })
  await page.getByRole('button', { name: 'Add an emoji' }).click()
  await page.getByLabel('Search emojis').waitFor()
  await look('the emojis')
  await page.keyboard.press('Escape')
  for (const path of ['/rooms/987654321', '/no/such/page', '/search']) {
    await page.goto(server.url + path)
    await page.locator('.notice, .search-hints').first().waitFor()
    await look(path)
  }

  // Simulates a paused database: the upgrade is refused, and HTTP gives the reason.
  await page.routeWebSocket(/./, (socket) => socket.close())
  await page.route('**/api/**', async (route) => {
    const problem = { type: 'about:blank', title: 'Service Unavailable', status: 503 }
    await route.fulfill({
      status: 503,
      contentType: 'application/problem+json',
      headers: { 'Retry-After': '5' },
      json: { ...problem, detail: 'waking up', code: 'unavailable', reason: 'resuming' },
    })
  })
  await page.goto(server.url)
  await page.locator('.connection-banner', { hasText: 'The server was paused' }).waitFor()
  await look('while the server wakes up')
  expect(found).toEqual({})
})
