import type { Locator } from 'playwright-core'
import { expect, test } from 'vitest'
import { ok } from '../support/answers.ts'
import { messageWith, openPage } from '../support/open-page.ts'
import { browser, server, usePageServer } from '../support/page-server.ts'
import { testPassword } from '../support/test-user.ts'

usePageServer()

const expectStyle = async (locator: Locator, name: string, value: string) =>
  expect(
    await locator.evaluate(
      (element, name) => element.computedStyleMap().get(name)?.toString(),
      name,
    ),
  ).toBe(value)

test('in an Arabic browser the page runs from right to left, and the user may choose another language', async () => {
  const user = await server.register()
  const room = await user.createRoom({ title: 'Bidi' })
  await ok(user.send(room.id, 'left to right'))
  await ok(user.send(room.id, `@${user.username} من اليمين`))
  await using opened = await openPage(browser, server.url, { locale: 'ar-EG' })
  const { page } = opened
  await page.goto(`${server.url}/rooms/${room.id}`)
  await page.getByLabel('اسم المستخدم').fill(user.username)
  await page.getByLabel('كلمة المرور').fill('not the password')
  await page.getByRole('button', { name: 'تسجيل الدخول' }).click()
  await page.getByText('اسم المستخدم أو كلمة المرور غير صحيحة.').waitFor()
  await page.getByLabel('كلمة المرور').fill(testPassword)
  await page.getByRole('button', { name: 'تسجيل الدخول' }).click()
  await messageWith(page, 'left to right').waitFor()
  const root = page.locator('html')
  expect(await root.getAttribute('lang')).toBe('ar')
  expect(await root.getAttribute('dir')).toBe('rtl')
  // The rooms are on the right. A text keeps its own direction, and a name starts where all names start.
  const [rooms, conversation] = [
    await page.locator('.room-list').boundingBox(),
    await page.locator('.composer').boundingBox(),
  ]
  expect(rooms!.x).toBeGreaterThan(conversation!.x)
  const text = page.locator('.message-text p').first()
  const title = page.locator('.room-title').first()
  const field = page.locator('.composer textarea')
  // `:dir()` shows the result of `dir="auto"`.
  expect(await text.evaluate((element) => element.matches(':dir(ltr)'))).toBe(true)
  expect(await title.evaluate((element) => element.matches(':dir(ltr)'))).toBe(true)
  await expectStyle(title, 'text-align', 'right')
  await expectStyle(field, 'direction', 'rtl')
  // A text starts below its author, whatever its direction. A mention does not decide the direction.
  const author = (await page.locator('.message-by .author').first().boundingBox())!
  const arabic = messageWith(page, 'من اليمين').locator('p')
  expect(await arabic.evaluate((element) => element.matches(':dir(rtl)'))).toBe(true)
  for (const shown of [text, arabic]) {
    const { x, width } = (await shown.boundingBox())!
    expect(Math.abs(x + width - (author.x + author.width))).toBeLessThan(2)
  }
  // Numbers have the form of the language.
  await page.getByText('عضو واحد').first().waitFor()

  await page.goto(`${server.url}/settings/appearance`)
  await page.getByLabel('اللغة').selectOption('de')
  await page.getByRole('heading', { name: 'Einstellungen' }).waitFor()
  expect(await root.getAttribute('dir')).toBe('ltr')
  await page.reload()
  await page.getByRole('heading', { name: 'Einstellungen' }).waitFor()
  expect(await root.getAttribute('lang')).toBe('de')
})

test('in a German browser the page speaks German, its errors too', async () => {
  const user = await server.register()
  await using opened = await openPage(browser, server.url, { locale: 'de-AT' })
  const { page } = opened
  await page.goto(`${server.url}/register`)
  await page.getByLabel('Benutzername').fill(user.username)
  await page.getByLabel('E-Mail-Adresse').fill('somebody@example.org')
  await page.getByLabel('Passwort').fill(testPassword)
  await page.getByRole('button', { name: 'Konto erstellen' }).click()
  await page.getByText('Dieser Benutzername ist vergeben. Wähle einen anderen.').waitFor()
  expect(await page.locator('html').getAttribute('lang')).toBe('de')
})
