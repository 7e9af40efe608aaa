/** What users do with rooms and people: settings of a room, members, roles, bans, blocks, reports. */
import { sql } from 'kysely'
import type { Browser } from 'playwright-core'
import { expect, test } from 'vitest'
import { ok } from '../support/answers.ts'
import { openSocket } from '../support/open-socket.ts'
import { openAsAdmin } from '../support/admin-browser.ts'
import { messageWith, openPage, signInAt } from '../support/open-page.ts'
import { browser, server, usePageServer } from '../support/page-server.ts'

usePageServer()

const open = async (options?: Parameters<Browser['newContext']>[0]) =>
  await openPage(browser, server.url, options)
const phone = { viewport: { width: 390, height: 844 }, hasTouch: true }

test('notifications are set for a room, and one is shown as a test', async () => {
  const user = await server.register()
  const room = await user.createRoom({ title: 'Loud' })
  await using opened = await open({ permissions: ['notifications'] })
  const { page, context } = opened
  // A headless browser shows no permission prompt, so this records the requests.
  await context.addInitScript({
    content: `
      window.asked = []
      window.Notification = class extends EventTarget {
        static permission = 'granted'
        constructor(title) {
          super()
          window.asked.push(title)
        }
      }`,
  })
  await signInAt(page, `${server.url}/settings/notifications`, user.username)
  await page.getByRole('button', { name: 'Show a test notification' }).click()
  await page.getByText('Did you see it?').waitFor()
  expect(await page.evaluate('window.asked')).toEqual(['This is a test'])
  await page.getByLabel('Loud').selectOption('none')
  await expect.poll(async () => (await ok(user.get(`/api/rooms/${room.id}/`))).notify).toBe('none')
})

test('an owner adds people, gives roles, removes, bans, lifts the ban, and edits the room', async () => {
  const [owner, ada, eve] = [
    await server.register('owner_of_manage'),
    await server.register('ada_of_manage'),
    await server.register('eve_of_manage'),
  ]
  const room = await owner.createRoom({ title: 'Managed', kind: 'private' })
  await using opened = await open()
  const { page } = opened
  await signInAt(page, `${server.url}/rooms/${room.id}`, owner.username)
  const panel = page.getByRole('complementary', { name: 'Details' })
  const dialog = page.getByRole('dialog')
  const act = async (name: string, item: string) => {
    await panel.getByRole('button', { name: `Actions for ${name}` }).click()
    await page.getByRole('menuitem', { name: item }).click()
  }

  // An empty room offers to add people, one after another.
  await page.getByRole('link', { name: 'Add people' }).click()
  const person = dialog.getByLabel('Name or username')
  for (const { username } of [ada, eve]) {
    await person.fill(username)
    await dialog.getByRole('button', { name: `Add ${username}` }).click()
    await dialog.getByText('Added').waitFor()
    expect(await person.evaluate((field) => field === field.ownerDocument.activeElement)).toBe(true)
  }
  await dialog.getByRole('button', { name: 'Done' }).click()
  await panel.getByText('Members · 3').waitFor()

  await act('ada_of_manage', 'Make moderator')
  await panel.locator('.member', { hasText: 'ada_of_manage' }).getByText('Moderator').waitFor()

  await act('eve_of_manage', 'Ban from the room')
  await dialog.getByLabel('Reason').fill('too loud')
  await dialog.getByRole('button', { name: 'Ban', exact: true }).click()
  await panel.getByText('Members · 2').waitFor()
  expect((await eve.get(`/api/rooms/${room.id}/`)).status).toBe(404)
  await panel.getByRole('button', { name: 'Banned people' }).click()
  await dialog.getByText('too loud').waitFor()
  await dialog.getByRole('button', { name: 'Lift the ban of eve_of_manage' }).click()
  await dialog.getByText('Nobody is banned from this room.').waitFor()
  await page.keyboard.press('Escape')
  expect((await ok(owner.get(`/api/rooms/${room.id}/bans/`))).results).toEqual([])

  await panel.getByRole('button', { name: 'Edit' }).click()
  await dialog.getByLabel('Title').fill('Well managed')
  await dialog.getByLabel('Description').fill('By three')
  await dialog.getByRole('button', { name: 'Save' }).click()
  await page.getByRole('heading', { name: 'Well managed', level: 1 }).waitFor()
  await panel.getByRole('paragraph').filter({ hasText: 'By three' }).waitFor()

  await act('ada_of_manage', 'Remove from the room')
  await dialog.getByRole('button', { name: 'Remove' }).click()
  await panel.getByText('Members · 1').waitFor()
  await panel.getByText('1 online').waitFor()

  await panel.getByRole('button', { name: 'Delete this room' }).click()
  const sure = dialog.getByRole('button', { name: 'Delete the room' })
  await dialog.getByLabel(/^Type the title/).fill('Well')
  expect(await sure.isDisabled()).toBe(true)
  await dialog.getByLabel(/^Type the title/).fill('Well managed')
  await sure.click()
  await page.getByText('No room is open').waitFor()
  expect((await owner.get(`/api/rooms/${room.id}/`)).status).toBe(404)
})

test('a member sees no tools of owners, opens a profile, writes, blocks and unblocks', async () => {
  const [owner, user] = [await server.register('shown_of_manage'), await server.register()]
  await ok(owner.patch('/api/users/me/', { bio: 'I make rooms' }))
  const room = await owner.createRoom({ title: 'Open' })
  await ok(user.post(`/api/rooms/${room.id}/join/`))
  await ok(owner.send(room.id, 'hello'))
  await using _ = await openSocket(owner)
  const away = await server.register('away_of_manage')
  await ok(away.post(`/api/rooms/${room.id}/join/`))
  await using opened = await open(phone)
  const { page } = opened
  await signInAt(page, `${server.url}/rooms/${room.id}/details`, user.username)
  // The sign of an online user has a text, too.
  await page.getByRole('button', { name: 'shown_of_manage Owner Online' }).waitFor()
  expect(await page.locator('.member', { hasText: 'Online' }).count()).toBe(2)
  expect(await page.locator('.member .avatar.online').count()).toBe(2)
  await page.getByRole('button', { name: 'away_of_manage', exact: true }).waitFor()
  await page.locator('article .avatar.online').waitFor({ state: 'attached' })
  for (const name of ['Add people', 'Edit', 'Banned people', 'Delete this room']) {
    expect(await page.getByRole('button', { name, exact: true }).count()).toBe(0)
  }
  await page.getByRole('button', { name: 'shown_of_manage Owner' }).click()
  const dialog = page.getByRole('dialog', { name: 'Profile of shown_of_manage' })
  await dialog.getByText('I make rooms').waitFor()
  await dialog.getByRole('button', { name: 'Send a message' }).click()
  await page.getByRole('textbox', { name: 'Message shown_of_manage' }).waitFor()
  await page.getByRole('link', { name: 'Details' }).click()
  await page.getByRole('button', { name: 'Block' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Block' }).click()
  await expect
    .poll(async () => (await ok(user.get('/api/users/me/blocks/'))).results.length)
    .toBe(1)
  // The chat with the blocked user is neither in the list nor open any more.
  await page.getByRole('link', { name: /^Open/ }).click()

  // A blocked user is not shown as online.
  await expect.poll(async () => await page.locator('article .avatar.online').count()).toBe(0)
  await page.getByRole('article').getByRole('button', { name: 'shown_of_manage' }).click()
  await dialog.getByText('You have blocked shown_of_manage.').waitFor()
  await page.goto(`${server.url}/settings/blocked`)
  await page.getByRole('button', { name: 'Unblock shown_of_manage' }).click()
  await page.getByText('You have not blocked anybody').waitFor()
  expect((await ok(user.get('/api/users/me/blocks/'))).results).toEqual([])
  await page.getByRole('link', { name: 'Back to settings' }).click()
  await page.getByRole('link', { name: 'Back to rooms' }).click()
  await page.getByRole('link', { name: /^shown_of_manage/ }).click()
  await page.getByRole('textbox', { name: 'Message shown_of_manage' }).waitFor()

  await page.goto(`${server.url}/rooms/${room.id}/details`)
  await page.getByRole('button', { name: 'Leave this room' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Leave' }).click()
  await expect.poll(async () => (await ok(user.get(`/api/rooms/${room.id}/`))).role).toBeNull()
})

test('the 5,000 members of a room are shown in pages, found by name, and mentioned', async () => {
  const user = await server.register()
  const room = await user.createRoom({ title: 'Crowd' })
  await sql`
    with crowd as (
      insert into users (username, display_name, email, password_hash)
      select 'crowd_' || n, 'Member ' || n, '', '' from generate_series(1, 5000) n returning id)
    insert into memberships (room_id, user_id, role, last_read_seq)
    select cast(${room.id} as bigint), id, 'member', 0 from crowd returning user_id`.execute(
    server.db,
  )
  await using opened = await open()
  const { page } = opened
  let pages = 0
  page.on('request', (request) => {
    if (request.url().includes(`/api/rooms/${room.id}/members/`)) pages++
  })
  await signInAt(page, `${server.url}/rooms/${room.id}/details`, user.username)
  const members = page.locator('.member')
  await page.locator('.member', { hasText: /^M1Member 1$/ }).waitFor()
  // The library holds 1,000 members, and this page adds few elements at once.
  const more = page.getByRole('button', { name: 'Show more' })
  expect(await members.count()).toBe(100)
  await more.click()
  await expect.poll(async () => await members.count()).toBe(200)

  await page.getByLabel('Find a member').fill('member 1149')
  await page.getByRole('button', { name: 'Search more members' }).click()
  await page.locator('.member', { hasText: 'Member 1149' }).waitFor()
  expect(await members.count()).toBe(1)
  // Ten pages are held. A search uses them, and fetches ten more.
  expect(pages).toBeLessThanOrEqual(30)

  // The server finds members beyond the held ones. Nothing more of the room is fetched.
  const before = pages
  await page.getByRole('textbox', { name: 'Message Crowd' }).click()
  await page.keyboard.type('@crowd_4987')
  await page.getByRole('option', { name: '@crowd_4987' }).waitFor()
  for (let n = 0; n < 3; n++) await page.keyboard.press('Backspace')
  await page.getByRole('option').nth(7).waitFor()
  await page.keyboard.press('Enter')
  await page.getByRole('button', { name: 'Send' }).click()
  await page.locator('article .mention', { hasText: '@crowd_4' }).waitFor()
  expect(pages).toBe(before)

  await page.getByLabel('Find a member').fill('nobody of this name')
  const further = page.getByRole('button', { name: 'Search more members' })
  await expect
    .poll(
      async () => {
        if ((await further.count()) === 1 && (await further.isEnabled())) await further.click()
        return await further.count()
      },
      { timeout: 20_000 },
    )
    .toBe(0)
  await page.getByText('No member matches “nobody of this name”.').waitFor()
  expect(await page.getByRole('button', { name: /Show more|Look among/ }).count()).toBe(0)
})

test('a message and a user are reported, the reporter is notified, and a held message says so', async () => {
  const { browser: admin } = await openAsAdmin(server)
  const [ann, ben] = [await server.register(), await server.register()]
  const room = await ann.createRoom({ title: 'Market', kind: 'public' })
  await ok(ben.post(`/api/rooms/${room.id}/join/`))
  await ok(ann.send(room.id, 'buy my watches'))
  const words = '/admin/held/words/'
  await admin.submit(await admin.get(words), words, { words: 'kumquat' })
  await using opened = await open()
  const { page } = opened
  await signInAt(page, `${server.url}/rooms/${room.id}`, ben.username)
  await messageWith(page, 'buy my watches').hover()
  await page.getByRole('button', { name: 'More' }).click()
  await page.getByRole('menuitem', { name: 'Report…' }).click()
  const dialog = page.getByRole('dialog', { name: `Report a message of ${ann.username}` })
  // Without a reason nothing is sent.
  await dialog.getByRole('button', { name: 'Report' }).click()
  await dialog.getByLabel('What is wrong?').selectOption('Something else')
  await dialog.getByLabel('In your own words').fill('these are no watches')
  await dialog.getByRole('button', { name: 'Report' }).click()
  await dialog.getByText('The admins have your report.').waitFor()
  await dialog.getByRole('button', { name: 'Close' }).last().click()
  await dialog.waitFor({ state: 'detached' })

  await messageWith(page, 'buy my watches').locator('.author').click()
  await page.getByRole('button', { name: 'Report…' }).click()
  const second = page.getByRole('dialog', { name: `Report ${ann.username}` })
  await second.getByLabel('What is wrong?').selectOption('Spam or advertising')
  await second.getByRole('button', { name: 'Report' }).click()
  await second.getByText('The admins have your report.').waitFor()
  await page.keyboard.press('Escape')
  await second.waitFor({ state: 'detached' })
  // The focus must be back before the page paints. Later it would be taken from the field in which the user already
  // types.
  const focused = await page.evaluate(`(async () => {
    document.querySelector('dialog[open] [aria-label=Close]').click()
    for (let microtasks = 0; microtasks < 20; microtasks++) await null
    return [document.querySelectorAll('dialog').length, document.activeElement.className]
  })()`)
  expect(focused).toEqual([0, 'author'])

  await page.getByRole('textbox', { name: 'Message Market' }).fill('a kumquat')
  await page.keyboard.press('Enter')
  await page.getByText('An admin has to approve it first').waitFor()
  await page.reload()
  await page.getByText('An admin has to approve it first').waitFor()
  const held = await admin.get('/admin/held/')
  const action = /action="([^"]+)"/.exec(held.html.slice(held.html.indexOf('<table')))![1]!
  await admin.submit(held, action, { do: 'publish' })
  await page.getByText('An admin has to approve it first').waitFor({ state: 'detached' })
  await messageWith(page, 'a kumquat').waitFor()

  const cases = await admin.get(`/admin/reports/?user=${ann.id}&about=message`)
  const path = /href="(\/admin\/reports\/\d+\/)"/.exec(cases.html)![1]!
  await admin.submit(await admin.get(path), path, { do: 'delete', reason: '' })
  await messageWith(page, 'buy my watches').waitFor({ state: 'detached' })
  await page.goto(`${server.url}/notifications`)
  const told = page.locator('.notification', { hasText: 'have handled your report' })
  await told.getByText('these are no watches').waitFor()
})
