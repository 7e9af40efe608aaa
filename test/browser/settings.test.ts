/** What users change about themselves: profile, looks, password, two-step sign-in, their data, the account. */
import { readFile } from 'node:fs/promises'
import type { Browser } from 'playwright-core'
import { expect, test } from 'vitest'
import { ok } from '../support/answers.ts'
import { openAsAdmin } from '../support/admin-browser.ts'
import { openPage, signInAt } from '../support/open-page.ts'
import { browser, server, usePageServer } from '../support/page-server.ts'
import { codeOf, forgetUse, wrongCodeOf } from '../support/second-factor.ts'
import { testPassword } from '../support/test-user.ts'

usePageServer()

const open = async (options?: Parameters<Browser['newContext']>[0]) =>
  await openPage(browser, server.url, options)
const phone = { viewport: { width: 390, height: 844 }, hasTouch: true }

test('a profile is changed, and each error is at its field', async () => {
  const user = await server.register()
  await using opened = await open()
  const { page } = opened
  await signInAt(page, `${server.url}/settings`, user.username)
  const name = page.getByLabel('Display name')
  // The name has no visible character.
  await name.fill('\u200b')
  await page.getByRole('button', { name: 'Save' }).click()
  await expect.poll(async () => await name.getAttribute('aria-invalid')).toBe('true')
  const reason = await name.getAttribute('aria-describedby')
  expect(await page.locator(`[id="${reason}"]`).textContent()).toMatch(/visible/)
  await name.fill('Zoë')
  await page.getByLabel('About you').fill('two\nlines')
  await page.getByLabel('Email').fill('zoe@example.org')
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByText('Saved').waitFor()
  await page.locator('.me', { hasText: 'Zoë' }).waitFor()
  expect(await ok(user.get('/api/users/me/'))).toMatchObject({
    display_name: 'Zoë',
    bio: 'two\nlines',
    email: 'zoe@example.org',
  })
  // An empty name removes the display name.
  await page.getByLabel('Display name').fill(' ')
  await page.getByRole('button', { name: 'Save' }).click()
  await page.locator('.me b', { hasText: user.username }).waitFor()
  expect((await ok(user.get('/api/users/me/'))).display_name).toBeNull()
})

test('a theme is chosen and kept, and the shortcuts are shown by their key', async () => {
  const user = await server.register()
  await using opened = await open({ ...phone, colorScheme: 'light' })
  const { page } = opened
  await signInAt(page, `${server.url}/settings`, user.username)
  // A phone shows the list of pages, then one page with a way back.
  await page.getByRole('link', { name: 'Appearance' }).click()
  await page.getByRole('radio', { name: 'Dark' }).check({ force: true })
  const background = async () =>
    await page.evaluate('getComputedStyle(document.documentElement).backgroundColor')
  const dark = await background()
  await page.reload()
  await page.getByRole('radio', { name: 'Dark', checked: true }).waitFor()
  expect(await background()).toBe(dark)
  await page.getByRole('radio', { name: 'System' }).check({ force: true })
  expect(await background()).not.toBe(dark)
  const language = page.getByLabel('Language')
  await language.selectOption('en')
  await page.reload()
  await language.waitFor()
  expect(await language.inputValue()).toBe('en')
  await page.getByRole('link', { name: 'Back to settings' }).click()
  await page.getByRole('link', { name: 'Blocked people' }).waitFor()
  await page.keyboard.press('?')
  await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor()
  await page.keyboard.press('Escape')
  await page.getByRole('dialog').waitFor({ state: 'detached' })
})

test('a password is changed, other sessions end, and an account is deleted', async () => {
  const user = await server.register()
  const elsewhere = [await user.login(), await user.login()]
  await using opened = await open()
  const { page } = opened
  await signInAt(page, `${server.url}/settings/sessions`, user.username)
  // The sessions of the tests come from no known program. The page's own session comes first.
  await expect.poll(async () => await page.locator('.settings-list > li').count()).toBe(4)
  await page.locator('.settings-list > li').first().getByText('This browser').waitFor()
  await page
    .getByRole('button', { name: /^End the session/ })
    .first()
    .click()
  await expect.poll(async () => await page.locator('.settings-list > li').count()).toBe(3)
  await page.getByRole('button', { name: 'End all other sessions' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'End all other sessions' }).click()
  await page.getByText('Your other sessions have ended.').waitFor()
  for (const session of [user, ...elsewhere]) {
    expect((await session.get('/api/users/me/')).status).toBe(401)
  }

  await page.getByRole('link', { name: 'Account' }).click()
  await page.getByLabel('Current password').fill('not the right one')
  await page.getByLabel('New password').fill('another long one')
  await page.getByRole('button', { name: 'Change password' }).click()
  await page.getByText('This password is wrong.').waitFor()
  await page.getByLabel('Current password').fill(testPassword)
  await page.getByLabel('New password').fill('password123')
  await page.getByRole('button', { name: 'Change password' }).click()
  await page.locator('[name=new_password][aria-invalid=true]').waitFor()
  await page.getByLabel('New password').fill('another long one')
  await page.getByRole('button', { name: 'Change password' }).click()
  await page.getByText('Your password was changed').waitFor()
  expect(await page.getByLabel('Current password').inputValue()).toBe('')

  await page.getByRole('button', { name: 'Delete account' }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Password').fill(testPassword)
  await dialog.getByRole('button', { name: 'Delete my account' }).click()
  await dialog.getByText('This password is wrong.').waitFor()
  await dialog.getByLabel('Password').fill('another long one')
  await dialog.getByRole('button', { name: 'Delete my account' }).click()
  await page.getByText('Your account was deleted.').waitFor()
  expect(await page.getByText('Your session has ended').count()).toBe(0)
  await page.getByLabel('Username').fill(user.username)
  await page.getByLabel('Password').fill('another long one')
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByRole('alert').filter({ hasText: /\w/ }).waitFor()
})

test('[A8] two-step sign-in is set up with a QR code, signs in with a code, and is turned off', async () => {
  const user = await server.register()
  await using opened = await open({ acceptDownloads: true })
  const { page, context } = opened
  await signInAt(page, `${server.url}/settings/two-step`, user.username)
  await page.getByRole('button', { name: 'Set up two-step sign-in' }).click()
  const password = page.getByRole('dialog').getByLabel('Password')
  await password.fill('a wrong one')
  await page.getByRole('button', { name: 'Continue' }).click()
  await page.getByText('This password is wrong.').waitFor()
  await password.fill(testPassword)
  await page.getByRole('button', { name: 'Continue' }).click()
  const picture = page.getByRole('img', { name: 'QR code for an authenticator app' })
  await picture.waitFor()
  // The policy allows it, and it is an image.
  expect(
    await picture.evaluate((image: { naturalWidth?: number }) => image.naturalWidth),
  ).toBeGreaterThan(0)
  const secret = (await page.locator('.qr-secret code').textContent())!.replaceAll(' ', '')
  await page.getByLabel('Code').fill(wrongCodeOf(secret))
  await page.getByRole('button', { name: 'Turn on' }).click()
  await page.getByText('This is not the code that the app shows now.').waitFor()
  await page.getByLabel('Code').fill(codeOf(secret))
  await page.getByRole('button', { name: 'Turn on' }).click()
  await page.locator('.recovery-codes code').nth(9).waitFor()
  const codes = await page.locator('.recovery-codes code').allTextContents()
  await context.grantPermissions(['clipboard-read', 'clipboard-write'])
  await page.getByRole('button', { name: 'Copy' }).click()
  await expect
    .poll(async () => await page.evaluate('navigator.clipboard.readText()'))
    .toBe(codes.join('\n'))
  const downloading = page.waitForEvent('download')
  await page.getByRole('button', { name: 'Download' }).click()
  const file = await readFile(await (await downloading).path(), 'utf8')
  expect(file).toContain(user.username)
  for (const code of codes) expect(file).toContain(code)
  await page.getByRole('button', { name: 'I have saved them' }).click()
  await page.getByText('10 codes are left').waitFor()

  await forgetUse(server, user)
  await using again = await open()
  const { page: other } = again
  await other.goto(`${server.url}/settings/two-step`)
  await other.getByLabel('Username').fill(user.username)
  await other.getByLabel('Password').fill(testPassword)
  await other.getByRole('button', { name: 'Sign in' }).click()
  await other.getByRole('heading', { name: 'Enter your code' }).waitFor()
  await other.getByLabel('Code').fill(wrongCodeOf(secret))
  await other.getByRole('button', { name: 'Sign in' }).click()
  await other.getByText('This code is wrong').waitFor()
  await other.getByLabel('Code').fill(codeOf(secret))
  await other.getByRole('button', { name: 'Sign in' }).click()
  await other.getByRole('button', { name: 'Turn off' }).click()
  await other.getByRole('dialog').getByLabel('Password').fill(testPassword)
  await other.getByRole('dialog').getByRole('button', { name: 'Turn off' }).click()
  await other.getByRole('button', { name: 'Set up two-step sign-in' }).waitFor()
  expect((await ok(user.get('/api/users/me/second-factor/'))).enabled).toBe(false)
})

test('a link sets a password, all data is saved as a file, and messages go with the account', async () => {
  const [user, friend] = [await server.register(), await server.register()]
  const room = await friend.createRoom({ title: 'Tea' })
  await ok(user.post(`/api/rooms/${room.id}/join/`))
  for (const text of ['one', 'two', 'three']) await ok(user.send(room.id, text))
  const { browser: admin } = await openAsAdmin(server)
  const path = `/admin/users/${user.id}/password-link/`
  const shown = await admin.submit(await admin.get(path), path, { reason: '' })
  const link = /http:[^<\s]*\/password#[\w-]+/.exec(shown.html)![0]

  await using opened = await open()
  const { page } = opened
  const requested: string[] = []
  page.on('request', (request) => {
    requested.push(request.url() + JSON.stringify(request.headers()))
  })
  const setPassword = async (password: string) => {
    await page.getByLabel('New password').fill(password)
    await page.getByRole('button', { name: 'Set the password' }).click()
  }
  await page.goto(`${server.url}/password#wrong`)
  await setPassword('quite another one')
  await page.getByRole('alert').getByText('This link is not valid').waitFor()
  await page.goto(link)
  await setPassword('password1')
  await page.getByText('is one of the most common passwords').waitFor()
  await setPassword('quite another one')
  await page.getByText('Your password is set').waitFor()
  // The token is in no address that a server or another page sees.
  const token = link.split('#')[1]!
  expect(requested.join()).not.toContain(token)
  expect(page.url()).toBe(`${server.url}/login`)
  expect(await page.getByLabel('Username').inputValue()).toBe(user.username)
  await page.getByLabel('Password').fill('quite another one')
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.locator('.chat').waitFor()

  await page.goto(`${server.url}/settings/account`)
  // The server asks once for a wait, and the second page fails once. The export continues where it stopped.
  const rows = (n: number) => [{ id: n, room_id: room.id, seq: 9 - n, message: `${n}` }]
  const cursors: (string | null)[] = []
  await page.route('**/api/users/me/export/**', async (route) => {
    const cursor = new URL(route.request().url()).searchParams.get('cursor')
    cursors.push(cursor)
    const next = '/api/users/me/export/?cursor=messages[1,"x"]'
    const problem = {
      type: 'about:blank',
      title: '',
      status: 429,
      code: 'rate_limited',
      detail: '',
    }
    if (cursors.length === 1)
      await route.fulfill({ status: 429, headers: { 'Retry-After': '1' }, json: problem })
    else if (cursors.length === 2) await route.fulfill({ json: { messages: rows(1), next } })
    else if (cursors.length === 3) await route.abort()
    else await route.fulfill({ json: { messages: rows(2), next: null } })
  })
  await page.getByRole('button', { name: 'Export' }).click()
  await page.getByText('1 entry so far').waitFor()
  const saving = page.waitForEvent('download')
  await page.getByRole('button', { name: 'Continue' }).click()
  const saved = JSON.parse(await readFile(await (await saving).path(), 'utf8'))
  expect(saved.messages.map(({ id }: { id: number }) => id)).toEqual([2, 1])
  expect(cursors).toEqual([null, null, 'messages[1,"x"]', 'messages[1,"x"]'])
  await page.unrouteAll()
  const second = page.waitForEvent('download')
  await page.getByRole('button', { name: 'Export' }).click()
  const whole = JSON.parse(await readFile(await (await second).path(), 'utf8'))
  expect(whole.profile).toMatchObject([{ username: user.username }])
  expect(whole.messages).toHaveLength(3)

  await page.getByRole('button', { name: 'Delete account' }).click()
  const dialog = page.getByRole('dialog', { name: 'Delete your account?' })
  await dialog.getByLabel('Password').fill('quite another one')
  await dialog.getByLabel('Also delete my messages').check()
  await dialog.getByRole('button', { name: 'Delete my account' }).click()
  await page.getByText('Your account was deleted.').waitFor()
  const left = await ok(friend.get(`/api/messages/${room.id}/`))
  expect(left.results.map(({ message }: { message: string | null }) => message)).toEqual([
    null,
    null,
    null,
  ])
})
