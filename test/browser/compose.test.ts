import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { ok } from '../support/answers.ts'
import { messageWith, openPage, signInAt } from '../support/open-page.ts'
import { browser, server, usePageServer } from '../support/page-server.ts'

usePageServer()

test('mentions and emojis are completed and picked, and what is copied is what was written', async () => {
  const [user, bo] = [await server.register(), await server.register('bo_of_compose')]
  const room = await user.createRoom({ title: 'Desk' })
  await ok(bo.post(`/api/rooms/${room.id}/join/`))
  await ok(bo.send(room.id, 'first **bold**'))
  await ok(bo.send(room.id, 'second _slanted_'))
  await using opened = await openPage(browser, server.url)
  const { page } = opened
  // Texts are shown as they were written until their parser is here.
  const parser = Promise.withResolvers<void>()
  await page.route('**/assets/lexer-*.js', async (route) => {
    await parser.promise
    await route.continue()
  })
  await signInAt(page, `${server.url}/rooms/${room.id}`, user.username)
  await messageWith(page, 'first **bold**').waitFor()
  parser.resolve()
  await page.locator('strong', { hasText: 'bold' }).waitFor()
  const field = page.getByRole('textbox', { name: 'Message Desk' })
  const option = page.getByRole('option', { selected: true })
  await field.click()

  // The emoji takes the place of its name also when the names come late. The caret stays where one has gone on to write.
  const names = Promise.withResolvers<void>()
  await page.route('**/assets/emojis-*.js', async (route) => {
    await names.promise
    await route.continue()
  })
  await page.keyboard.type(':no_such_emoji: :rocket:xz')
  await page.keyboard.press('ArrowLeft')
  // The user who has gone elsewhere meanwhile stays there.
  await page.getByRole('link', { name: 'Details' }).focus()
  names.resolve()
  await expect.poll(() => field.inputValue()).toBe(':no_such_emoji: 🚀 xz')
  expect(await page.locator(':focus').getAttribute('aria-label')).toBe('Details')
  await field.focus()
  await page.keyboard.type('y:tada:!')
  expect(await field.inputValue()).toBe(':no_such_emoji: 🚀 xy:tada:!z')
  await page.keyboard.press('Control+a')
  await page.keyboard.press('Delete')

  await page.keyboard.type('hello @bo_of_c')
  await option.filter({ hasText: '@bo_of_compose' }).waitFor()
  await page.keyboard.press('Escape')
  await option.waitFor({ state: 'detached' })
  await page.keyboard.type('o')
  expect(await option.count()).toBe(0)
  await page.keyboard.press('Backspace')
  for (let n = 0; n < 8; n++) await page.keyboard.press('Backspace')
  await page.keyboard.type('@bo_of')
  await option.filter({ hasText: '@bo_of_compose' }).waitFor()
  await page.keyboard.press('Tab')
  expect(await field.inputValue()).toBe('hello @bo_of_compose ')
  await page.keyboard.type(':tad')
  await option.filter({ hasText: ':tada:' }).waitFor()
  // A screen reader hears the number when the user pauses, of the word as it is then.
  const announced = page.getByRole('status').filter({ hasText: /^1 suggestion\./ })
  await announced.waitFor({ state: 'attached' })
  await page.keyboard.press('Enter')
  expect(await field.inputValue()).toBe('hello @bo_of_compose 🎉 ')
  await page.getByRole('button', { name: 'Add an emoji' }).click()
  await page.getByRole('searchbox', { name: 'Search emojis' }).fill('rocket')
  await page.getByRole('gridcell').getByRole('button', { name: 'rocket' }).waitFor()
  await page.keyboard.press('Enter')
  await expect.poll(() => field.inputValue()).toBe('hello @bo_of_compose 🎉 🚀')
  await page.keyboard.press('Enter')
  await messageWith(page, 'hello @bo_of_compose 🎉 🚀').waitFor()

  await messageWith(page, 'second').hover()
  await page.getByRole('button', { name: 'React' }).click()
  await page.getByRole('button', { name: 'All emojis' }).click()
  await page.getByRole('searchbox', { name: 'Search emojis' }).fill('teapot')
  await page.getByRole('gridcell').getByRole('button', { name: 'teapot' }).click()
  await page.getByRole('button', { name: '🫖, 1 person' }).waitFor()

  // A text that is too long for this room goes back to where it can be made shorter.
  await sql`update rooms set text_max = 20 where id = ${room.id}`.execute(server.db)
  await field.fill('longer than this room takes')
  await page.keyboard.press('Enter')
  const refused = messageWith(page, 'longer than this room takes')
  await field.fill('begun')
  await refused.getByRole('button', { name: 'Edit' }).click()
  await refused.waitFor({ state: 'detached' })
  expect(await field.inputValue()).toBe('longer than this room takes\nbegun')
  await field.fill('short')
  await page.keyboard.press('Enter')
  await messageWith(page, 'short').getByText('Sending').waitFor({ state: 'detached' })

  // An admin lets each member send one message every half minute.
  await sql`update rooms set send_count = 1, send_seconds = 30 where id = ${room.id}`.execute(
    server.db,
  )
  for (const text of ['in time', 'too fast']) {
    await field.fill(text)
    await page.keyboard.press('Enter')
  }
  await messageWith(page, 'too fast').getByText('This one is sent within').waitFor()
  await messageWith(page, 'in time').waitFor()

  /** What is copied when the texts from one to another are selected. */
  const copied = async (from: string, to: string) =>
    await page.evaluate<string>(`
      const texts = [...document.querySelectorAll('.message-text')]
      const [first, last] = ${JSON.stringify([from, to])}.map((part) =>
        texts.find((each) => each.textContent.includes(part)),
      )
      const range = document.createRange()
      range.setStart(first, 0)
      range.setEnd(last, last.childNodes.length)
      getSelection().removeAllRanges()
      getSelection().addRange(range)
      const clipboardData = new DataTransfer()
      document.body.dispatchEvent(new ClipboardEvent('copy', { clipboardData, bubbles: true }))
      clipboardData.getData('text/plain')
    `)
  expect(await copied('first', 'first')).toBe('first **bold**')
  expect(await copied('first', 'second')).toMatch(
    /^bo_of_compose, .*\d\nfirst \*\*bold\*\*\n\nbo_of_compose, .*\d\nsecond _slanted_$/,
  )
})

test('a long press opens the menu of a message on a phone', async () => {
  const user = await server.register()
  const room = await user.createRoom({ title: 'Thumb' })
  await ok(user.send(room.id, 'press me'))
  await using opened = await openPage(browser, server.url, {
    viewport: { width: 390, height: 844 },
    hasTouch: true,
    isMobile: true,
  })
  const { page, context } = opened
  await signInAt(page, `${server.url}/rooms/${room.id}`, user.username)
  const touch = await context.newCDPSession(page)
  const text = messageWith(page, 'press me').locator('.message-text')
  const sheet = page.getByRole('dialog')
  const press = async () => {
    const { x, y } = (await text.boundingBox())!
    const touchPoints = [{ x: x + 20, y: y + 8 }]
    await touch.send('Input.dispatchTouchEvent', { type: 'touchStart', touchPoints })
    await sheet.waitFor()
    await touch.send('Input.dispatchTouchEvent', { type: 'touchEnd', touchPoints: [] })
  }
  await press()
  await sheet.getByRole('button', { name: '👍' }).click()
  await page.getByRole('button', { name: '👍, 1 person' }).waitFor()
  await press()
  await sheet.getByRole('button', { name: 'Delete' }).click()
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click()
  await messageWith(page, 'This message was deleted').waitFor()
})

test('read messages reach the server even when the page is left at once, and a newer page is offered', async () => {
  const [user, other] = [await server.register(), await server.register()]
  const room = await user.createRoom({ title: 'Door' })
  await ok(other.post(`/api/rooms/${room.id}/join/`))
  await using opened = await openPage(browser, server.url)
  const { page } = opened
  await signInAt(page, `${server.url}/rooms/${room.id}`, user.username)
  const field = page.getByRole('textbox', { name: 'Message Door' })
  await field.fill('a draft')
  const { seq } = await ok(other.send(room.id, 'read and left'))
  await messageWith(page, 'read and left').waitFor()
  await page.goto(`${server.url}/api/docs/`)
  const marker = async () => (await ok(user.get(`/api/rooms/${room.id}/`))).last_read_seq
  await expect.poll(marker).toBe(seq)

  await page.clock.install()
  await page.goto(`${server.url}/rooms/${room.id}`)
  await field.waitFor()
  await page.route(`${server.url}/`, async (route) => {
    await route.fulfill({ body: '<script type="module" src="/assets/index-newer.js"></script>' })
  })
  await page.clock.fastForward(31 * 60_000)
  await page.getByText('There is a newer version of this page').waitFor()
  await page.getByRole('button', { name: 'Reload' }).click()
  await page.getByText('There is a newer version').waitFor({ state: 'detached' })
  expect(await field.inputValue()).toBe('a draft')
})

test('[M9] in a direct chat "Seen" is below the last message that the other user has read', async () => {
  const [user, other] = [await server.register(), await server.register()]
  const direct = await ok(user.post('/api/direct/', { username: other.username }))
  const [one, two] = [await ok(user.send(direct.id, 'one')), await ok(user.send(direct.id, 'two'))]
  const read = async (seq: number) => await ok(other.post(`/api/rooms/${direct.id}/read/`, { seq }))
  await using opened = await openPage(browser, server.url)
  const { page } = opened
  await signInAt(page, `${server.url}/rooms/${direct.id}`, user.username)
  await messageWith(page, 'two').waitFor()
  const seen = page.getByText('Seen', { exact: true })
  const seenBelow = (text: string) => messageWith(page, text).getByText('Seen', { exact: true })
  expect(await seen.count()).toBe(0)
  await read(one.seq)
  await seenBelow('one').waitFor()
  await read(two.seq)
  await seenBelow('two').waitFor()
  expect(await seen.count()).toBe(1)
  await ok(other.send(direct.id, 'an answer'))
  await messageWith(page, 'an answer').waitFor()
  await seenBelow('two').waitFor()

  // A user who turns it off stops seeing it at once, and shows nobody anything.
  await page.goto(`${server.url}/settings/profile`)
  const choice = page.getByRole('checkbox', { name: 'Show others what I have read' })
  expect(await choice.isChecked()).toBe(true)
  await choice.uncheck()
  await page.getByRole('button', { name: 'Save' }).click()
  await page.getByText('Saved', { exact: true }).waitFor()
  await page.getByRole('link', { name: other.username }).first().click()
  await messageWith(page, 'two').waitFor()
  await seen.waitFor({ state: 'detached' })
  expect((await ok(other.get(`/api/rooms/${direct.id}/`))).partner.read_seq).toBe(null)
})
