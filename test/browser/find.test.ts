import type { Browser, Page } from 'playwright-core'
import { expect, test } from 'vitest'
import { ok } from '../support/answers.ts'
import { messageWith, openPage, signInAt } from '../support/open-page.ts'
import { browser, server, usePageServer } from '../support/page-server.ts'
import type { TestUser } from '../support/test-user.ts'

usePageServer()

const open = async (options?: Parameters<Browser['newContext']>[0]) =>
  await openPage(browser, server.url, options)

/** Makes a room of two users. The first one is notified of mentions. */
async function roomOfTwo(title: string, user: TestUser, other: TestUser) {
  const room = await user.createRoom({ title })
  await ok(other.post(`/api/rooms/${room.id}/join/`))
  return room
}

/** A jump to a message marks the message and gives it the focus. */
async function waitForPointed(page: Page, text: string): Promise<void> {
  const pointed = page.locator('[data-pointed]:focus')
  await messageWith(page, text).and(pointed).waitFor()
}

/** Requests of the list of notifications, which differ from those of the client library. */
const isPage = (url: URL) =>
  url.pathname === '/api/notifications/' && url.searchParams.has('unread')

const marks = async (page: Page) => await page.locator('.found mark').allTextContents()

test('messages are found in all rooms and in one room, and open at their place', async () => {
  const user = await server.register()
  const room = await user.createRoom({ title: 'Ponds' })
  const other = await user.createRoom({ title: 'Rivers' })
  const { seq } = await ok(user.send(room.id, 'a **heron** stands in the shallows'))
  for (let n = 1; n <= 35; n++) await ok(user.send(room.id, `reed ${n}`))
  await ok(user.send(other.id, 'Herons, <b>many</b>'))
  await using opened = await open()
  const { page } = opened
  await signInAt(page, `${server.url}/search`, user.username)

  // By keyboard alone, over all rooms.
  await page.getByText('How to search').waitFor()
  await page.keyboard.type('heron')
  await page.getByText('2 messages', { exact: true }).first().waitFor()
  expect((await marks(page)).toSorted()).toEqual(['Herons', 'heron'])
  await page.locator('.found-text', { hasText: 'Herons, <b>many</b>' }).waitFor()
  const found = page.getByRole('link', { name: /in Ponds/ })
  expect(await found.textContent()).toContain('a heron stands in the shallows')
  await page.keyboard.press('ArrowDown')
  if (!(await found.and(page.locator(':focus')).isVisible())) await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Enter')
  await waitForPointed(page, 'a heron stands')
  expect(new URL(page.url()).pathname).toBe(`/rooms/${room.id}/messages/${seq}`)
  await page.goBack()
  await page.getByText('2 messages', { exact: true }).first().waitFor()
  await page.getByLabel('In', { exact: true }).selectOption('Rivers')
  await page.getByText('1 message', { exact: true }).first().waitFor()
  expect(await marks(page)).toEqual(['Herons'])

  // Searches in one room. The panel stays open beside the message that it leads to.
  await page.goto(`${server.url}/rooms/${room.id}`)
  await page.getByRole('link', { name: 'Search in this room' }).click()
  const field = page.getByRole('searchbox', { name: 'Search messages' })
  await field.fill('reed')
  await page.getByText('The best 30 matches').first().waitFor()
  await page.getByRole('button', { name: 'Show more' }).click()
  await page.getByText('35 messages', { exact: true }).first().waitFor()
  await field.fill('heron')
  await page.getByText('1 message', { exact: true }).first().waitFor()
  await page.locator('.found-message').click()
  await waitForPointed(page, 'a heron stands')
  expect(await marks(page)).toEqual(['heron'])
  await field.fill('-')
  await page.getByText('There is no word to search for').waitFor()
  await field.fill('flamingo')
  await page.getByText('No message matches “flamingo”').waitFor()
  // Text that is typed right after clearing the search must stay, even when the page has not painted yet.
  const typed = await page.evaluate(`(async () => {
    const settle = async () => {
      for (let microtasks = 0; microtasks < 20; microtasks++) await null
    }
    const field = document.querySelector('.search-in-room input')
    const empty = document.querySelector('.search-in-room .notice .button')
    empty.click()
    await settle()
    const cleared = [field.value, document.activeElement === field]
    field.value = 'sedge'
    field.dispatchEvent(new InputEvent('input', { bubbles: true }))
    await settle()
    return [...cleared, field.value]
  })()`)
  expect(typed).toEqual(['', true, 'sedge'])
  await page.getByText('No message matches “sedge”').waitFor()
  await page.getByRole('button', { name: 'Clear the search' }).click()
  await page.getByText('How to search').waitFor()

  // A phone shows one of the two, and the way back leads to the results. A change of the window's size loses no text.
  const before = await field.elementHandle()
  await page.setViewportSize({ width: 390, height: 844 })
  await page.getByRole('main', { name: 'Search' }).waitFor()
  expect(await before.evaluate((field: { isConnected?: boolean }) => field.isConnected)).toBe(true)
  await field.fill('heron')
  await page.locator('.found-message').click()
  await messageWith(page, 'a heron stands').waitFor()
  expect(await field.isVisible()).toBe(false)
  await page.goBack()
  await page.getByText('1 message', { exact: true }).first().waitFor()
})

test('[M7] a search that fails says so, and can be tried again; while messages are indexed, the page repeats it', async () => {
  const user = await server.register()
  const room = await user.createRoom({ title: 'Marsh' })
  await ok(user.send(room.id, 'a bittern calls'))
  await using opened = await open()
  const { page } = opened
  await signInAt(page, `${server.url}/`, user.username)
  await page.route('**/api/search/**', async (route) => await route.abort())
  await page.goto(`${server.url}/search?q=bittern`)
  await page.getByText('The search failed').waitFor()
  await page.unroute('**/api/search/**')
  await page.getByRole('button', { name: 'Try again' }).click()
  await page.getByText('1 message', { exact: true }).first().waitFor()

  let refusals = 0
  await page.route('**/api/search/**', async (route) => {
    if (++refusals > 2) return await route.continue()
    const problem = { type: 'about:blank', title: 'Service Unavailable', status: 503 }
    await route.fulfill({
      status: 503,
      contentType: 'application/problem+json',
      headers: { 'Retry-After': '1' },
      json: { ...problem, detail: 'index', code: 'unavailable', reason: 'indexing' },
    })
  })
  await page.getByRole('searchbox', { name: 'Search messages' }).fill('calls')
  await page.locator('.found mark', { hasText: 'calls' }).waitFor()
  expect(refusals).toBe(3)
})

test('the quick switcher opens rooms, people and rooms to join by keyboard alone', async () => {
  const [user, bo] = [await server.register(), await server.register('bo_of_switcher')]
  await ok(bo.patch('/api/users/me/', { display_name: 'Bo Kováč' }))
  await user.createRoom({ title: 'Release notes' })
  await user.createRoom({ title: 'Planning' })
  await bo.createRoom({ title: 'Reading club of the switcher' })
  await using opened = await open()
  const { page } = opened
  await signInAt(page, `${server.url}/`, user.username)
  const title = (name: string) => page.getByRole('heading', { name, level: 1 })
  const switcher = page.getByRole('combobox', { name: 'Jump to a room or a person' })
  const chosen = page.getByRole('dialog').getByRole('option', { selected: true })
  async function jump(words: string, expected: string | RegExp): Promise<void> {
    await page.keyboard.press('Control+k')
    await switcher.waitFor()
    await page.keyboard.type(words)
    await chosen.filter({ hasText: expected }).waitFor()
    await page.keyboard.press('Enter')
    await switcher.waitFor({ state: 'detached' })
  }

  await jump('no rel', 'Release notes')
  await title('Release notes').waitFor()
  await jump('pln', 'Planning')
  await title('Planning').waitFor()
  // With nothing typed, the previous room comes first.
  await jump('', 'Release notes')
  await title('Release notes').waitFor()
  await page.locator('textarea:focus').waitFor()
  await jump('bo ko', 'Bo Kováč')
  await title('Bo Kováč').waitFor()
  await jump('reading club of the sw', 'Join Reading club of the switcher')
  await page.getByRole('textbox', { name: 'Message Reading club of the switcher' }).waitFor()

  await page.keyboard.press('Control+k')
  await switcher.waitFor()
  await page.keyboard.type('flamingo')
  await page.getByText('Nothing matches “flamingo”.').waitFor()
  await page.keyboard.press('Escape')
  await switcher.waitFor({ state: 'detached' })
  await jump('flamingo', 'Search messages for “flamingo”')
  await page.getByText('No message matches “flamingo”').waitFor()
})

test('notifications appear as they come, lead to their message, and are marked as read', async () => {
  const [user, other] = [await server.register(), await server.register()]
  const room = await roomOfTwo('Bells', user, other)
  const direct = (await ok(other.post('/api/direct/', { username: user.username }))) as {
    id: number
  }
  let last = { seq: 0 }
  for (let n = 1; n <= 55; n++) last = await ok(other.send(direct.id, `ring ${n}`))
  await using opened = await open()
  const { page } = opened
  // The page fetches more of them at once than the client library holds.
  await page.route(/\/api\/notifications\/\?limit=50&unread=/, async (route) => {
    await route.continue({ url: route.request().url().replace('limit=50', 'limit=52') })
  })
  await signInAt(page, `${server.url}/notifications`, user.username)
  const rows = page.locator('.notification')
  const iconOf = async () => await page.locator('link[rel=icon]').getAttribute('href')

  await expect.poll(() => rows.count()).toBe(52)
  // Something new arrives while a page is being fetched. Then the page fetches everything again, and also shows the
  // requested page.
  await page.route(
    (url) => isPage(url) && url.searchParams.has('cursor'),
    async (route) => {
      const repeated = page.waitForResponse((response) => isPage(new URL(response.url())))
      last = await ok(other.send(direct.id, 'ring 56'))
      await repeated
      await expect.poll(() => rows.count()).toBe(53)
      await route.continue()
    },
    { times: 1 },
  )
  await page.getByRole('button', { name: 'Show more' }).click()
  await expect.poll(() => rows.count()).toBe(56)
  await expect.poll(() => page.title()).toBe('(56) Quick Connect')
  const iconOf56 = await iconOf()
  expect(iconOf56).toMatch(/^data:image\/png;base64,/)

  // All are marked as read, those of older pages, too.
  await page.getByRole('button', { name: 'Mark all as read' }).click()
  await expect.poll(() => page.locator('.notification.unread').count()).toBe(0)
  await page.getByText('Unread', { exact: true }).last().click()
  await page.getByText('You are all caught up').waitFor()

  await ok(other.send(room.id, `@${user.username} one`))
  await ok(other.send(room.id, `@${user.username} **two**`))
  await expect.poll(() => rows.count()).toBe(2)
  await rows.filter({ hasText: /one$/ }).getByRole('button', { name: 'Mark as read' }).click()
  await expect.poll(() => rows.count()).toBe(1)
  await page.getByRole('link', { name: /mentioned you in Bells.*two/ }).click()
  await waitForPointed(page, 'two')
  await page.getByRole('link', { name: 'Notifications', exact: true }).waitFor()
  await page.goBack()
  await page.getByText('You are all caught up').waitFor()

  await ok(user.post(`/api/rooms/${direct.id}/read/`, { seq: last.seq }))
  await expect.poll(() => page.title()).toBe('Quick Connect')
  expect(await iconOf()).not.toBe(iconOf56)
})

test('the browser shows a notification once over all tabs, not for an open room, and only when the user wants it', async () => {
  const [user, other] = [await server.register(), await server.register()]
  const one = await roomOfTwo('One', user, other)
  const two = await roomOfTwo('Two', user, other)
  const three = await roomOfTwo('Three', user, other)
  await ok(user.put(`/api/rooms/${three.id}/notify/`, { notify: 'all' }))
  await using opened = await open()
  const { context, page: first } = opened
  // Records what the browser would show. A headless browser refuses all of it.
  await context.addInitScript(() => {
    class Notice extends EventTarget {
      static shown: Notice[] = []
      static asked = 0
      static get permission() {
        return localStorage.getItem('permission') ?? 'default'
      }
      static async requestPermission() {
        Notice.asked++
        localStorage.setItem('permission', 'granted')
        return await Promise.resolve('granted')
      }
      isClosed = false
      title: string
      body: string
      constructor(title: string, { body }: { body: string }) {
        super()
        this.title = title
        this.body = body
        Notice.shown.push(this)
      }
      close() {
        this.isClosed = true
      }
    }
    Object.assign(globalThis, { Notification: Notice })
  })
  interface Notices {
    readonly Notification: {
      readonly asked: number
      readonly shown: (EventTarget & { title: string; body: string; isClosed: boolean })[]
    }
  }
  const noticesOf = async (page: Page) =>
    await page.evaluate(() => {
      const { asked, shown } = (globalThis as unknown as Notices).Notification
      return { asked, shown: shown.map(({ title, body, isClosed }) => [title, body, isClosed]) }
    })

  await signInAt(first, `${server.url}/notifications`, user.username)
  await ok(other.send(one.id, `@${user.username} too early`))
  await first.locator('.notification', { hasText: 'too early' }).waitFor()
  expect(await noticesOf(first)).toEqual({ asked: 0, shown: [] })
  await first.getByRole('button', { name: 'Turn on browser notifications' }).click()
  await first.getByText('Browser notifications are on').waitFor()
  expect((await noticesOf(first)).asked).toBe(1)

  // Playwright gives each of its pages the focus, so both tabs count as visible.
  const second = await context.newPage()
  await second.goto(`${server.url}/rooms/${two.id}`)
  await second.getByRole('textbox', { name: 'Message Two' }).waitFor()
  await first.goto(`${server.url}/rooms/${one.id}`)
  await first.getByRole('textbox', { name: 'Message One' }).waitFor()
  await ok(other.send(one.id, `@${user.username} looked at in one`))
  await ok(other.send(two.id, `@${user.username} looked at in two`))
  await ok(other.send(three.id, 'not **looked** at'))
  const all = async () => [...(await noticesOf(first)).shown, ...(await noticesOf(second)).shown]
  await expect.poll(all).toHaveLength(1)
  expect(await all()).toEqual([[`${other.username} in Three`, 'not looked at', false]])

  // A click leads to the message, in the tab that has shown the notice.
  const speaker = (await noticesOf(first)).shown.length > 0 ? first : second
  await speaker.evaluate(() =>
    (globalThis as unknown as Notices).Notification.shown[0]!.dispatchEvent(new Event('click')),
  )
  await messageWith(speaker, 'not looked at').waitFor()
  expect((await all())[0]![2]).toBe(true)

  // A notice disappears when it is read elsewhere.
  await speaker.goto(`${server.url}/browse`)
  // A page that is still loading gets nothing. It is ready when it shows new messages.
  await speaker.locator('.room-row').first().waitFor()
  await ok(other.send(one.id, 'no mention'))
  await speaker.locator('.room-row', { hasText: 'no mention' }).waitFor()
  const next = (await ok(other.send(three.id, 'read elsewhere'))) as { seq: number }
  await expect.poll(async () => (await all()).map(([, body]) => body)).toContain('read elsewhere')
  await ok(user.post(`/api/rooms/${three.id}/read/`, { seq: next.seq }))
  await expect.poll(async () => (await all()).filter(([, , isClosed]) => !isClosed)).toEqual([])

  // A notification that comes while the only tab reloads is shown after the reload, and only once.
  const rest = speaker === first ? second : first
  await rest.close()
  await speaker.goto(`${server.url}/api/docs/`)
  await ok(other.send(three.id, 'sent meanwhile'))
  await speaker.goto(`${server.url}/browse`)
  const bodies = async () => (await noticesOf(speaker)).shown.map(([, body]) => body)
  await expect.poll(bodies).toEqual(['sent meanwhile'])
  await speaker.reload()
  await speaker.locator('.room-row').first().waitFor()
  await ok(other.send(three.id, 'and after'))
  await expect.poll(bodies).toEqual(['and after'])

  // What the page has left for the next tab goes when the user signs out, also when notifications are off by then.
  await speaker.evaluate(() => localStorage.setItem('permission', 'denied'))
  await speaker.goto(`${server.url}/browse`)
  const left = async () =>
    await speaker.evaluate(() => Object.keys(localStorage).filter((key) => key.includes(':')))
  expect(await left()).toEqual([expect.stringContaining('told:')])
  await speaker.getByRole('button', { name: 'Account' }).click()
  await speaker.getByRole('menuitem', { name: 'Sign out' }).click()
  await speaker.getByRole('dialog').getByRole('button', { name: 'Sign out' }).click()
  await speaker.getByRole('button', { name: 'Sign in' }).waitFor()
  expect(await left()).toEqual([])
})
