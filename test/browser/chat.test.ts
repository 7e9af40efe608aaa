import type { Browser, BrowserContext, Page, WebSocketRoute } from 'playwright-core'
import { describe, expect, test } from 'vitest'
import { messageWith, openPage, signInAt } from '../support/open-page.ts'
import { testPassword } from '../support/test-user.ts'
import { ok } from '../support/answers.ts'
import { browser, server, usePageServer } from '../support/page-server.ts'

usePageServer()

const originOf = () => server.url

const openBrowser = async (options?: Parameters<Browser['newContext']>[0]) =>
  await openPage(browser, originOf(), options)

const signIn = async (page: Page, username: string, path = '/') =>
  await signInAt(page, originOf() + path, username)

async function write(page: Page, text: string): Promise<void> {
  await page.getByRole('textbox', { name: /^Message / }).fill(text)
  await page.keyboard.press('Enter')
}

const message = messageWith

/** A network that can be taken away, together with the open sockets. */
async function makeNetwork(context: BrowserContext) {
  const open = new Set<WebSocketRoute>()
  let isOn = true
  await context.routeWebSocket(/\/ws\//, (socket) => {
    if (!isOn) return void socket.close()
    open.add(socket)
    socket.connectToServer()
  })
  return async (on: boolean) => {
    isOn = on
    await context.setOffline(!on)
    if (!on) for (const socket of open) await socket.close()
    open.clear()
  }
}

describe('two people', () => {
  test('register, meet in a room, and talk', async () => {
    await using ana = await openBrowser()
    await using bo = await openBrowser({ viewport: { width: 390, height: 844 }, hasTouch: true })

    await ana.page.goto(`${originOf()}/register`)
    await ana.page.getByLabel('Username').fill('ana_of_page')
    await ana.page.getByLabel('Display name').fill('Ana Berg')
    await ana.page.getByLabel('Email').fill('ana@example.org')
    await ana.page.getByLabel('Password').fill('short')
    await ana.page.getByLabel('Password').fill(testPassword)
    await ana.page.getByRole('button', { name: 'Create account' }).click()
    await ana.page.getByRole('button', { name: 'Create a room' }).click()
    await ana.page.getByLabel('Title').fill('Tea & talk')
    await ana.page.getByRole('button', { name: 'Create', exact: true }).click()
    await ana.page.getByRole('heading', { name: 'Tea & talk', level: 1 }).waitFor()
    await write(ana.page, 'Is **anybody** here?')
    await message(ana.page, 'Is anybody here?').locator('strong').waitFor()

    const user = await server.register('bo_of_page')
    await signIn(bo.page, user.username, '/browse')
    await bo.page.getByRole('button', { name: 'Join Tea & talk' }).click()
    await message(bo.page, 'Is anybody here?').waitFor()
    await bo.page.getByRole('textbox', { name: 'Message Tea & talk' }).fill('I am')
    await ana.page.getByText('bo_of_page is typing…').waitFor()
    await bo.page.getByRole('button', { name: 'Send' }).click()
    await message(ana.page, 'I am').waitFor()
    await message(bo.page, 'I am').waitFor()

    await message(ana.page, 'I am').hover()
    await ana.page.getByRole('button', { name: 'React' }).click()
    await ana.page.getByRole('button', { name: '👍' }).click()
    await bo.page.getByRole('button', { name: '👍, 1 person' }).waitFor()

    await message(ana.page, 'I am').getByRole('button', { name: 'Reply' }).click()
    await write(ana.page, 'Welcome')
    await bo.page.getByRole('link', { name: 'In reply to bo_of_page: I am' }).waitFor()

    // Only a stored message can be edited, and Bo may get it before Ana's ack arrives.
    await message(ana.page, 'Welcome').and(ana.page.locator('[data-seq]')).waitFor()
    await ana.page.keyboard.press('ArrowUp')
    await ana.page.keyboard.press('End')
    await ana.page.keyboard.type(' to tea')
    await ana.page.keyboard.press('Enter')
    await message(bo.page, 'Welcome to tea').getByText('edited').waitFor()

    await message(ana.page, 'Welcome to tea').getByRole('button', { name: 'More' }).click()
    await ana.page.getByRole('menuitem', { name: 'Delete' }).click()
    await ana.page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
    await message(bo.page, 'This message was deleted').waitFor()
  })
})

test('a link to a room opens it after signing in, and the back button leads to the list', async () => {
  const user = await server.register()
  const room = await user.createRoom({ title: 'Deep' })
  await ok(user.send(room.id, 'found'))
  await using opened = await openBrowser({ viewport: { width: 390, height: 844 } })
  const { page } = opened
  await signIn(page, user.username, `/rooms/${room.id}`)
  await message(page, 'found').waitFor()
  await page.getByRole('link', { name: 'Back to rooms' }).click()
  await page.getByRole('link', { name: 'Deep' }).waitFor()
  // A window that becomes wider, or narrow again, keeps the focus in the list.
  const jump = page.locator('.sidebar .jump')
  await jump.focus()
  for (const [width, isAlone] of [
    [900, false],
    [390, true],
  ] as const) {
    await page.setViewportSize({ width, height: 844 })
    await page.getByText('No room is open').waitFor({ state: isAlone ? 'detached' : 'visible' })
    expect(await page.getByRole('main').getByRole('link', { name: 'Deep' }).count()).toBe(
      isAlone ? 1 : 0,
    )
    expect(await page.evaluate('document.activeElement.className')).toBe('jump')
  }
  await page.goBack()
  await message(page, 'found').waitFor()
})

test('a draft survives a reload, and is in no other room', async () => {
  const user = await server.register()
  const [one, other] = [
    await user.createRoom({ title: 'One' }),
    await user.createRoom({ title: 'Other' }),
  ]
  await using opened = await openBrowser()
  const { page } = opened
  await signIn(page, user.username, `/rooms/${one.id}`)
  await page.getByRole('textbox', { name: 'Message One' }).fill('half a sent')
  await page.getByRole('link', { name: /^Other/ }).click()
  await page.getByRole('heading', { name: 'Other', level: 1 }).waitFor()
  expect(await page.getByRole('textbox', { name: 'Message Other' }).inputValue()).toBe('')
  await page.getByRole('link', { name: /Draft: half a sent/ }).waitFor()
  await page.reload()
  await page.getByRole('link', { name: /Draft: half a sent/ }).click()
  await page.getByRole('heading', { name: 'One', level: 1 }).waitFor()
  expect(await page.getByRole('textbox', { name: 'Message One' }).inputValue()).toBe('half a sent')
  expect(other.id).not.toBe(one.id)
})

test('after a reload the display name is there before the server tells it again', async () => {
  const user = await server.register()
  await ok(user.patch('/api/users/me/', { display_name: 'Zoë Exampleová' }))
  await using opened = await openBrowser()
  const { page } = opened
  await signIn(page, user.username, '/')
  const name = page.locator('.me b')
  await expect.poll(() => name.textContent()).toBe('Zoë Exampleová')
  await page.route('**/api/users/me/', () => undefined)
  await page.reload()
  await name.waitFor()
  expect(await name.textContent()).toBe('Zoë Exampleová')
  await page.unroute('**/api/users/me/')
  await page.getByRole('button', { name: 'Account' }).click()
  await page.getByRole('menuitem', { name: 'Sign out' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Sign out' }).click()
  await page.getByRole('heading', { name: 'Sign in' }).waitFor()
  expect(await page.evaluate<string>('JSON.stringify(localStorage)')).not.toContain('Zoë')
})

test('without a network the page says so, keeps what is sent, and sends it later', async () => {
  const [user, other] = [await server.register(), await server.register()]
  const room = await user.createRoom({ title: 'Flaky' })
  await ok(other.post(`/api/rooms/${room.id}/join/`))
  await using opened = await openBrowser()
  const { page, context } = opened
  const turnNetwork = await makeNetwork(context)
  await signIn(page, user.username, `/rooms/${room.id}`)
  await page.getByRole('textbox', { name: 'Message Flaky' }).waitFor()
  await turnNetwork(false)
  await page.getByText('Waiting for network…').first().waitFor()
  await write(page, 'said in a tunnel')
  await message(page, 'said in a tunnel').getByText('Waiting for network…').waitFor()
  await ok(other.send(room.id, 'said meanwhile'))
  await turnNetwork(true)
  await message(page, 'said meanwhile').waitFor()
  await expect
    .poll(async () => (await ok(other.get(`/api/messages/${room.id}/`))).results.at(-1)?.message)
    .toBe('said in a tunnel')
  await expect.poll(() => message(page, 'said in a tunnel').locator('.send-state').count()).toBe(0)
})
