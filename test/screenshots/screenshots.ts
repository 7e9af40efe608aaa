/**
 * Makes pictures of the page and of the admin's pages in dist/screenshots: each main screen on a desktop and on a phone, light and dark, and from
 * right to left. Those that the README or a document shows are put into docs/images, too. It starts a server with a
 * database of its own, fills it, and stops both.
 *
 *   npm run screenshots [-- chat search]
 *
 * With names, it makes the pictures of these screens alone. "icons" are the PNG files in web/app/public.
 */
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Browser, Page } from 'playwright-core'
import { ensureBuilt, tell } from '../../scripts/web/build.ts'
import { runProgram, say } from '../../src/local/commands/cli.ts'
import { launchBrowser, type Look, looks } from '../support/browser.ts'
import { type AdminScreen, adminScreens, seedForAdmins } from './admin-screens.ts'
import { makeIcons } from './icons.ts'
import { type Pictured, startPictured } from './pictured-server.ts'
import { password, type Seeded } from './seed.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const directory = join(root, 'dist/screenshots')
const ofDocuments = join(root, 'docs/images')
/** A larger picture makes the documentation slow to load, and the repository large. */
const largest = 80_000

interface Screen {
  readonly name: string
  /** The screen's address, for the room of the pictures. */
  readonly path: (room: number, search: string) => string
  /** Waits until the page shows what it should. */
  readonly open: (page: Page) => Promise<void>
}

const shows = (selector: string) => async (page: Page) =>
  await page.locator(selector).first().waitFor()

const screens: readonly Screen[] = [
  {
    name: 'chat',
    path: (room) => `/rooms/${room}`,
    open: async (page) => {
      await page.locator('.new-line').waitFor()
      // The page asks a little later who is online.
      await page.locator('.conversation .pane-title p', { hasText: /online|متصل/ }).waitFor()
    },
  },
  { name: 'rooms', path: () => '/', open: shows('.room-row') },
  { name: 'details', path: (room) => `/rooms/${room}/details`, open: shows('.details-online') },
  { name: 'browse', path: () => '/browse', open: shows('.browse-joined') },
  {
    name: 'search',
    path: (_, search) => `/search?q=${encodeURIComponent(search)}`,
    open: shows('.found-message'),
  },
  { name: 'notifications', path: () => '/notifications', open: shows('.notification') },
  {
    name: 'two-step',
    path: () => '/settings/two-step',
    open: shows('.settings .button:visible'),
  },
  {
    name: 'account',
    path: () => '/settings/account',
    open: shows('.settings .button:visible'),
  },
  {
    name: 'settings',
    path: () => '/settings/appearance',
    open: shows('.settings fieldset, .settings .segments'),
  },
  {
    name: 'switcher',
    path: (room) => `/rooms/${room}`,
    open: async (page) => {
      await page.locator('.room-row:visible, .message:visible').first().waitFor()
      await page.keyboard.press('Control+k')
      await page.getByRole('dialog').getByRole('option').first().waitFor()
    },
  },
]

/** The screen, and the language of its user. */
interface Viewed extends Pick<Look, 'width' | 'colorScheme'> {
  readonly locale: 'en-GB' | 'ar-EG'
}

const views: readonly Viewed[] = [
  ...looks.map(({ width, colorScheme }) => ({ width, colorScheme, locale: 'en-GB' as const })),
  { width: 1280, colorScheme: 'light', locale: 'ar-EG' },
  { width: 390, colorScheme: 'dark', locale: 'ar-EG' },
]

/** Makes all pictures, or those of the named screens. */
async function makePictures(
  browser: Browser,
  url: string,
  seeded: Seeded,
  only: readonly string[],
): Promise<void> {
  await mkdir(directory, { recursive: true })
  const published = await findPublished()
  const isWanted = (name: string) => only.length === 0 || only.includes(name)
  if (only.length > 0 && only.every(isOfAdmins)) return
  for (const view of views) {
    const isPhone = view.width < 640
    const isArabic = view.locale === 'ar-EG'
    await using context = await openContext(browser, view, isPhone)
    const page = await context.newPage()
    const shoot = async (name: string) => await keep(page, partsOf(name, view), published)
    const { username, displayName, room, search } = isArabic ? seeded.arabic : seeded.english
    // The pictures show unread messages, so the markers are restored after each.
    const readMarkers = await seeded.saveReadMarkers()
    await page.goto(`${url}/notifications`)
    await page.locator('input[name=username]').fill(username)
    if (isWanted('sign-in')) await shoot('sign-in')
    await page.locator('input[name=password]').fill(password)
    await page.locator('.door button[type=submit]').click()
    await page.locator('.notification').first().waitFor()
    for (const { name, path, open } of screens) {
      if (!isWanted(name)) continue
      // Where there is space, the room list is beside every other screen.
      if (name === 'rooms' && !isPhone) continue
      await page.goto(url + path(room, search))
      await open(page)
      await page.locator('.connection-banner.away').first().waitFor({ state: 'attached' })
      // The settings do not wait for the list of rooms and for the user's profile.
      if (!isPhone) {
        await page.locator('.room-row').first().waitFor()
        await page.locator('.me', { hasText: displayName }).waitFor()
      }
      await shoot(name)
    }
    await context.close()
    await readMarkers.restore()
  }
}

const isOfAdmins = (name: string) => name.startsWith('admin-')

/** Makes pictures of the admin's pages. Their data is added here, so that the chat's pictures do not show it. */
async function makeAdminPictures(
  browser: Browser,
  { adminUrl, db, url, seeded }: Pictured,
  only: readonly string[],
): Promise<void> {
  const wanted = adminScreens.filter(({ name }) => only.length === 0 || only.includes(name))
  if (wanted.length === 0) return
  await mkdir(directory, { recursive: true })
  const published = await findPublished()
  const admin = await seedForAdmins(url, db, seeded.english.room)
  for (const look of looks) {
    const view = { width: look.width, colorScheme: look.colorScheme, locale: 'en-GB' as const }
    await using context = await openContext(browser, view, view.width < 640)
    const page = await context.newPage()
    await page.goto(`${adminUrl}/admin/sign-in/`)
    await page.getByLabel('Username').fill(admin.username)
    await page.getByLabel('Password').fill(password)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.locator('.figures').waitFor()
    for (const { name, path, open } of wanted satisfies readonly AdminScreen[]) {
      await page.goto(adminUrl + path(admin))
      await open?.(page)
      await keep(page, partsOf(name, view), published)
    }
    await context.close()
  }
}

function partsOf(name: string, { width, colorScheme, locale }: Viewed): string {
  const parts = [
    name,
    width < 640 ? 'phone' : 'desktop',
    colorScheme,
    locale === 'ar-EG' ? 'ar' : '',
  ]
  return `${parts.filter(Boolean).join('-')}.webp`
}

/** Saves the picture, and copies it to docs/images if a document shows it. */
async function keep(page: Page, file: string, published: ReadonlySet<string>): Promise<void> {
  await page.evaluate('document.fonts.ready.then(() => true)')
  const path = join(directory, file)
  const picture = await takePicture(page)
  await writeFile(path, picture)
  const size = picture.length
  const isPublished = published.has(file)
  say(`${file}  ${Math.round(size / 1000)} kB${isPublished ? ', in docs/images' : ''}`)
  if (!isPublished) return
  if (size > largest) throw new Error(`${path} has more than ${largest} bytes: show less in it`)
  await writeFile(join(ofDocuments, file), picture)
}

/** Takes a picture as WebP, which has half the bytes of a PNG file. Playwright itself makes only PNG and JPEG. */
async function takePicture(page: Page): Promise<Buffer> {
  await page.evaluate("document.activeElement?.style.setProperty('caret-color', 'transparent')")
  const devTools = await page.context().newCDPSession(page)
  const { data } = await devTools.send('Page.captureScreenshot', { format: 'webp', quality: 90 })
  await devTools.detach()
  return Buffer.from(data, 'base64')
}

/** Returns the names of the pictures that the README and the documents show. */
async function findPublished(): Promise<ReadonlySet<string>> {
  const documents = (await readdir(join(root, 'docs'))).filter((name) => name.endsWith('.md'))
  const texts = await Promise.all(
    ['README.md', ...documents.map((name) => `docs/${name}`)].map((path) =>
      readFile(join(root, path), 'utf8'),
    ),
  )
  return new Set(texts.flatMap((text) => text.match(/(?<=images\/)[\w-]+\.webp/g) ?? []))
}

async function openContext(browser: Browser, view: Viewed, isPhone: boolean) {
  const context = await browser.newContext({
    viewport: isPhone ? { width: 390, height: 844 } : { width: view.width, height: 800 },
    colorScheme: view.colorScheme,
    hasTouch: isPhone,
    isMobile: isPhone,
    locale: view.locale,
    reducedMotion: 'reduce',
  })
  // A headless browser refuses notifications. Other browsers have not asked the user yet.
  await context.addInitScript(
    "Object.defineProperty(Notification, 'permission', { get: () => 'default' })",
  )
  context.setDefaultTimeout(10_000)
  return context
}

async function main(): Promise<void> {
  const only = process.argv.slice(2)
  const known = ['icons', 'sign-in', ...[...screens, ...adminScreens].map(({ name }) => name)]
  const unknown = only.find((name) => !known.includes(name))
  if (unknown !== undefined) {
    throw new Error(`there is no screen "${unknown}": name some of ${known.join(', ')}`)
  }
  const browser = await launchBrowser({
    fonts: ['@expo-google-fonts/noto-color-emoji', '@expo-google-fonts/noto-sans-arabic'],
  })
  try {
    if (only.includes('icons')) await makeIcons(browser)
    if (only.join() === 'icons') return
    await ensureBuilt({ onBuild: tell })
    await using pictured = await startPictured()
    await makePictures(browser, pictured.url, pictured.seeded, only)
    await makeAdminPictures(browser, pictured, only)
  } finally {
    await browser.close()
  }
}

await runProgram(main)
