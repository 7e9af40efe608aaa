import { sql } from 'kysely'
import type { Browser, Page, Route } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { AdminBrowser, makeAdmin } from '../support/admin-browser.ts'
import { launchBrowser, type Look } from '../support/browser.ts'
import { startTestServer, type TestServer } from '../support/chat-server.ts'
import { openPage, signInAt } from '../support/open-page.ts'
import { codeOf, forgetUse } from '../support/second-factor.ts'
import { testPassword, type TestUser } from '../support/test-user.ts'
import { openSocket } from '../support/open-socket.ts'

let server: TestServer
let browser: Browser
let admin: TestUser
beforeAll(async () => {
  server = await startTestServer()
  browser = await launchBrowser()
  admin = await server.register('ada_admin')
  await makeAdmin(server, admin)
})
afterAll(async () => {
  await browser.close()
  await server[Symbol.asyncDispose]()
})

/** Opens a browser that runs no script. Its pages must show no fault. */
async function open({ width, colorScheme }: Pick<Look, 'width' | 'colorScheme'>) {
  const origin = `http://localhost:${server.running.adminPort}`
  const context = await browser.newContext({
    viewport: { width, height: 800 },
    colorScheme,
    javaScriptEnabled: false,
  })
  const page = await context.newPage()
  const faults: string[] = []
  page.on('console', (message) => {
    // A page that shows an error has the status of that error.
    if (!/status of 4\d\d/.test(message.text())) faults.push(message.text())
  })
  page.on('requestfailed', (request) => faults.push(`failed: ${request.url()}`))
  page.on('request', (request) => {
    const isOurs = ['data:', origin].some((start) => request.url().startsWith(start))
    if (!isOurs) faults.push(`elsewhere: ${request.url()}`)
  })
  await page.goto(`${origin}/admin`)
  return {
    page,
    origin,
    async [Symbol.asyncDispose]() {
      await context.close()
      expect(faults).toEqual([])
    },
  }
}

async function signIn(page: Page): Promise<void> {
  await page.getByLabel('Username').fill(admin.username)
  await page.getByLabel('Password').fill(testPassword)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByRole('heading', { name: 'Overview' }).waitFor()
}

test('an admin suspends a user, whose socket closes, and sends a notice, which arrives', async () => {
  const [user, other] = [await server.register('troublesome'), await server.register()]
  const socket = await openSocket(user)
  await using listening = await openSocket(other)
  await using opened = await open({ width: 1280, colorScheme: 'light' })
  const { page } = opened
  await signIn(page)
  await page.getByRole('link', { name: 'Users', exact: true }).click()
  await page.getByLabel('Username, display name').fill('trouble')
  await page.getByRole('button', { name: 'Search' }).click()
  await page.getByRole('link', { name: user.username }).click()
  await page.getByRole('link', { name: 'Suspend…' }).click()
  await page.getByLabel('Reason').fill('spam in three rooms')
  await page.getByRole('button', { name: 'Suspend' }).click()
  await page.getByRole('status').getByText('Suspended').waitFor()
  expect(await socket.next('bye')).toMatchObject({ code: 'suspended' })
  await socket.closed

  await page.getByRole('link', { name: 'Notices' }).click()
  await page.getByLabel('Username').fill(other.username)
  await page.getByLabel('Text').fill('Thank you for telling us.')
  await page.getByRole('button', { name: 'Preview…' }).click()
  await page.getByRole('button', { name: 'Send to 1 user' }).click()
  expect(await listening.next('notification')).toMatchObject({ text: 'Thank you for telling us.' })

  await page.getByRole('link', { name: 'Audit log' }).click()
  await page.getByLabel('Action', { exact: true }).selectOption('suspended')
  await page.getByRole('button', { name: 'Show' }).click()
  await page.getByRole('cell', { name: 'spam in three rooms' }).waitFor()
  await page.getByRole('button', { name: 'Sign out' }).click()
  await page.getByRole('heading', { name: 'Sign in' }).waitFor()
})

test('[A8] an admin sets up two-step sign-in, signs in with a code, and gives the password again, on a phone', async () => {
  const careful = await server.register('careful_admin')
  await makeAdmin(server, careful)
  await using opened = await open({ width: 390, colorScheme: 'dark' })
  const { page, origin } = opened
  const check = async () =>
    expect(await page.evaluate<number>('document.documentElement.scrollWidth')).toBeLessThanOrEqual(
      390,
    )
  const givePassword = async () => {
    await page.getByLabel('Username').fill(careful.username)
    await page.getByLabel('Password').fill(testPassword)
    await page.getByRole('button', { name: 'Sign in' }).click()
  }
  await givePassword()
  await page.getByRole('link', { name: 'two-step sign-in' }).click()
  await page.getByRole('heading', { name: 'Two-step sign-in' }).waitFor()
  await check()
  await page.getByRole('button', { name: 'Set up…' }).click()
  const picture = page.getByRole('img', { name: 'QR code' })
  await picture.waitFor()
  await check()
  const secret = (await page.locator('.secret').textContent())!.replaceAll(' ', '')
  await page.getByLabel('Code').fill(codeOf(secret))
  await page.getByRole('button', { name: 'Turn on' }).click()
  await page.locator('.codes code').nth(9).waitFor()
  await check()
  await page.getByRole('link', { name: 'I have saved them' }).click()
  await page.getByRole('button', { name: 'Sign out' }).click()
  await forgetUse(server, careful)

  await givePassword()
  await page.getByRole('heading', { name: 'Enter your code' }).waitFor()
  await check()
  await page.getByLabel('Code').fill(codeOf(secret))
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByRole('heading', { name: 'Overview' }).waitFor()

  const user = await server.register('suspended_late')
  await page.goto(`${origin}/admin/users/${user.id}/suspend/`)
  await page.getByLabel('Reason').fill('what was typed')
  await sql`
    update admin_sessions set password_at = now() - make_interval(mins => 16)
     where user_id = ${careful.id}`.execute(server.db)
  await page.getByRole('button', { name: 'Suspend' }).click()
  await page.getByText('Your other entries are kept.').waitFor()
  await check()
  await page.getByLabel('Password').fill(testPassword)
  await page.getByRole('button', { name: 'Continue' }).click()
  await page.getByText('what was typed').first().waitFor()
})

test('an admin finds, suspends and reinstates a user by keyboard alone', async () => {
  const user = await server.register('noisy_neighbour')
  await using opened = await open({ width: 1280, colorScheme: 'light' })
  const { page } = opened
  const press = async (...keys: string[]) => {
    for (const key of keys) await page.keyboard.press(key)
  }
  /** Presses Tab until the element with this name has the focus. At each stop the focus must be visible. */
  const tabTo = async (name: string) => {
    for (let presses = 0; presses < 60; presses += 1) {
      await press('Tab')
      const at = await page.evaluate<{ name: string; outline: string }>(`(() => {
        const { activeElement: at } = document
        const name = at.getAttribute('aria-label') ?? at.labels?.[0]?.innerText ?? at.innerText
        return { name: name.trim(), outline: getComputedStyle(at).outlineStyle }
      })()`)
      expect(at.outline, `the focus is not seen on "${at.name}"`).not.toBe('none')
      if (at.name === name) return
    }
    throw new Error(`Tab does not lead to "${name}"`)
  }
  await tabTo('Username')
  await page.keyboard.type(admin.username)
  await tabTo('Password')
  await page.keyboard.type(testPassword)
  await press('Enter')
  await page.getByRole('heading', { name: 'Overview' }).waitFor()
  await tabTo('Skip to the page')
  await tabTo('Users')
  await press('Enter')
  await page.getByRole('heading', { name: 'Users' }).waitFor()
  expect(await page.locator('[aria-current=page]').textContent()).toBe('Users')

  // Skips the navigation: the first link leads to the page itself.
  await tabTo('Skip to the page')
  await press('Enter')
  await tabTo('Username, display name or email address begins with')
  await page.keyboard.type('noisy')
  await press('Enter')
  await page.waitForURL(/search=noisy/)
  await tabTo(`Select ${user.username}`)
  await press('Space')
  expect(await page.getByLabel(`Select ${user.username}`).isChecked()).toBe(true)
  await tabTo('Suspend…')
  await press('Enter')
  await page.getByRole('heading', { name: 'Suspend 1 user?' }).waitFor()
  await tabTo('Duration')
  await press('ArrowDown')
  await tabTo('Reason')
  await page.keyboard.type('too loud')
  await tabTo('Suspend 1 user')
  await press('Enter')
  await page.getByRole('status').getByText('1 user is suspended.').waitFor()
  expect((await user.get('/api/users/me/')).status).toBe(403)

  await tabTo(user.username)
  await press('Enter')
  await page.getByRole('heading', { name: user.username }).waitFor()
  await tabTo('Reinstate…')
  await press('Enter')
  await page.getByRole('heading', { name: `Reinstate: ${user.username}` }).waitFor()
  await tabTo('Reinstate')
  await press('Enter')
  await page.getByRole('status').getByText('The user is reinstated.').waitFor()
  expect((await user.get('/api/users/me/')).status).toBe(200)
})

test('a page of the chat on the same machine cannot act as a signed-in admin', async () => {
  await using opened = await open({ width: 1280, colorScheme: 'light' })
  await signIn(opened.page)
  const context = opened.page.context()
  const cookies = await context.cookies()
  expect(cookies.filter(({ httpOnly, sameSite }) => !httpOnly || sameSite !== 'Strict')).toEqual([])
  const page = await context.newPage()
  await page.route(`${server.url}/evil`, (route) =>
    route.fulfill({
      contentType: 'text/html',
      body: `<form method="post" action="${opened.origin}/admin/users/${admin.id}/end_sessions/">
        <input name="reason" value="x"><button>Win</button></form>`,
    }),
  )
  await page.goto(`${server.url}/evil`)
  await page.getByRole('button', { name: 'Win' }).click()
  await page.getByText('This form is not from these pages').waitFor()
  await page.goto(`${opened.origin}/admin/`)
  await page.getByRole('heading', { name: 'Overview' }).waitFor()
})

test('the chat page shows at once what an admin announces, limits, archives and opens', async () => {
  const user = await server.register('reader')
  const room = await user.createRoom({ title: 'Harbour', kind: 'private' })
  const admins = new AdminBrowser(server)
  await admins.signIn(admin.username)
  const send = async (path: string, action: string, fields: Record<string, string>) =>
    await admins.submit(await admins.get(path), action, fields)
  await using opened = await openPage(browser, server.url)
  const { page } = opened
  // The answer that the page gets after its first announcements is from before them.
  const [asked, held] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  // Only the first request: a later one could be under way when the browser closes.
  const hold = async (route: Route) => {
    const response = await route.fetch()
    asked.resolve()
    await held.promise
    await route.fulfill({ response })
  }
  await page.route('**/api/announcements/', hold, { times: 1 })
  await signInAt(page, `${server.url}/rooms/${room.id}`, user.username)
  await page.getByRole('textbox', { name: 'Harbour' }).waitFor()
  await asked.promise

  const announcements = '/admin/announcements/'
  const until = new Date(Date.now() + 3_600_000).toISOString().slice(0, 16)
  const banner = { severity: 'warning', from: '', until, dismissible: 'yes' }
  await send(announcements, announcements, { ...banner, text: 'Storm at noon' })
  await send(announcements, announcements, { ...banner, text: 'Stay in', dismissible: 'no' })
  const shown = page.getByRole('status', { name: 'Announcement' })
  await shown.getByText('Storm at noon').waitFor()
  await shown.getByText('Stay in').waitFor()
  const answered = page.waitForResponse('**/api/announcements/')
  held.resolve()
  await (await answered).finished()
  await page.evaluate('new Promise(requestAnimationFrame)')
  expect(await shown.getByText(/Storm at noon|Stay in/).count()).toBe(2)
  await shown.getByRole('button', { name: 'Close' }).click()

  const path = `/admin/rooms/${room.id}/`
  const field = page.getByRole('textbox', { name: 'Harbour' })
  await field.fill('a text of thirty-one characters')
  expect(await page.locator('.composer-left').count()).toBe(0)
  const limits = { text_max: '40', count: '2', seconds: '120' }
  await send(`${path}limits/`, `${path}limits/`, limits)
  await page.getByText('9 characters left').waitFor()
  await page.getByText('Slow mode: 2 messages in 2 minutes').waitFor()
  await field.press('End')
  await page.keyboard.type(' and ten more')
  await page.getByText('4 characters too long').waitFor()
  await page.keyboard.press('Enter')
  expect(await page.getByRole('button', { name: 'Send' }).isDisabled()).toBe(true)
  expect(await page.locator('article').count()).toBe(0)
  await send(`${path}limits/`, `${path}limits/`, { text_max: '', count: '', seconds: '' })
  await page.locator('.composer-left').waitFor({ state: 'detached' })
  await page.locator('.slow-mode').waitFor({ state: 'detached' })
  await send(`${path}archive/`, `${path}archive/`, { reason: '' })
  await page.getByText('This room is archived.').waitFor()
  expect(await page.getByRole('textbox', { name: 'Harbour' }).count()).toBe(0)
  await send(`${path}messages/`, `${path}open/`, { reason: 'a report' })
  await page.goto(`${server.url}/notifications`)
  await page.getByText('An admin opened the messages of Harbour').waitFor()
  // What was hidden stays hidden after a reload.
  await shown.getByText('Stay in').waitFor()
  expect(await shown.getByText('Storm at noon').count()).toBe(0)
  await send(`${path}restore/`, `${path}restore/`, { reason: '' })
  await page.goto(`${server.url}/rooms/${room.id}`)
  await page.getByRole('textbox', { name: 'Harbour' }).waitFor()
})
