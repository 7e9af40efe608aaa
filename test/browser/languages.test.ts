import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ok } from '../contract/support.ts'
import { launchBrowser } from '../support/browser.ts'
import { startTestServer, type TestServer } from '../support/chat-server.ts'
import { messageWith, openPage } from '../support/page.ts'
import { testPassword } from '../support/test-user.ts'

let server: TestServer
let browser: Browser
beforeAll(async () => {
  server = await startTestServer()
  browser = await launchBrowser()
})
afterAll(async () => {
  await browser.close()
  await server[Symbol.asyncDispose]()
})

test('in an Arabic browser the page runs from right to left, and one may choose another language', async () => {
  const user = await server.register()
  const room = await user.createRoom({ title: 'Bidi' })
  await ok(user.send(room.id, 'left to right'))
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
  // The rooms are on the right. A text keeps its own direction, and a name stands where all names begin.
  const [rooms, conversation] = [
    await page.locator('.room-list').boundingBox(),
    await page.locator('.composer').boundingBox(),
  ]
  expect(rooms!.x).toBeGreaterThan(conversation!.x)
  const styleOf = async (selector: string) =>
    await page
      .locator(selector)
      .first()
      .evaluate((element) => {
        const { direction, textAlign } = getComputedStyle(element)
        return `${direction} ${textAlign}`
      })
  expect(await styleOf('.message-text p')).toMatch(/^ltr/)
  expect(await styleOf('.room-title')).toMatch(/^ltr/)
  expect(await styleOf('.composer textarea')).toMatch(/^rtl/)
  // Numbers are written as the language writes them.
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
