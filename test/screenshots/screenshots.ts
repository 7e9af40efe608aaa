/**
 * Makes the pictures of the page in docs/images: each main screen on a desktop and on a phone, light and dark. It
 * starts a server with a database of its own, fills it, and stops both.
 *
 *   npm run screenshots [-- chat search]
 *
 * With names, it makes the pictures of these screens alone.
 */
import { mkdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Browser, Page } from 'playwright-core'
import { readLimits } from '../../functions/env.ts'
import { ensureBuilt, tell } from '../../scripts/web/build.ts'
import { runProgram, say } from '../../src/local/cli.ts'
import { createPgDatabase } from '../../src/local/database.ts'
import { migrateDatabase } from '../../src/local/migrate-database.ts'
import { startEmbeddedPostgres } from '../../src/local/postgres.ts'
import { serve } from '../../src/local/server.ts'
import { collectLog } from '../support/collect-log.ts'
import { launchBrowser, type Look, looks } from '../support/browser.ts'
import { makeTempDir } from '../support/temp-dir.ts'
import { password, seed } from './seed.ts'

const directory = fileURLToPath(new URL('../../docs/images', import.meta.url))
/** A picture that is larger makes the documentation slow to read, and the repository large. */
const largest = 150_000

interface Screen {
  readonly name: string
  /** Its address, for the room of the pictures. */
  readonly path: (room: number) => string
  /** Goes on until it shows what it should. */
  readonly open: (page: Page) => Promise<void>
}

const shows = (selector: string) => async (page: Page) =>
  await page.locator(selector).first().waitFor()

const screens: readonly Screen[] = [
  { name: 'chat', path: (room) => `/rooms/${room}`, open: shows('.message') },
  { name: 'rooms', path: () => '/', open: shows('.room-row') },
  { name: 'details', path: (room) => `/rooms/${room}/details`, open: shows('.member') },
  { name: 'browse', path: () => '/browse', open: shows('.browse-room') },
  { name: 'search', path: () => '/search?q=translations', open: shows('.found-message') },
  { name: 'notifications', path: () => '/notifications', open: shows('.notification') },
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

/** All pictures, or those of the screens that are named. */
async function makePictures(browser: Browser, url: string, room: number, only: readonly string[]) {
  await mkdir(directory, { recursive: true })
  for (const look of looks) {
    const isPhone = look.width < 640
    await using context = await openContext(browser, look, isPhone)
    const page = await context.newPage()
    const shoot = async (name: string) => {
      await page.evaluate('document.fonts.ready.then(() => true)')
      const device = isPhone ? 'phone' : 'desktop'
      const path = join(directory, `${name}-${device}-${look.colorScheme}.png`)
      await page.screenshot({ path, animations: 'disabled', caret: 'hide' })
      const { size } = await stat(path)
      say(`${path.slice(directory.length + 1)}  ${Math.round(size / 1000)} kB`)
      if (size > largest) throw new Error(`${path} has more than ${largest} bytes: show less in it`)
    }
    await page.goto(`${url}/rooms/${room}`)
    await page.getByLabel('Username').fill('ana')
    if (only.length === 0 || only.includes('sign-in')) await shoot('sign-in')
    await page.getByLabel('Password').fill(password)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.locator('.message').first().waitFor()
    for (const { name, path, open } of screens) {
      if (only.length > 0 && !only.includes(name)) continue
      // The room list stands beside everything else where there is room for both.
      if (name === 'rooms' && !isPhone) continue
      await page.goto(url + path(room))
      await open(page)
      await page
        .getByRole('status')
        .filter({ hasText: /Connecting|Reconnecting/ })
        .waitFor({ state: 'detached' })
      await shoot(name)
    }
  }
}

async function openContext(browser: Browser, look: Look, isPhone: boolean) {
  const context = await browser.newContext({
    viewport: isPhone ? { width: 390, height: 844 } : { width: look.width, height: 800 },
    colorScheme: look.colorScheme,
    hasTouch: isPhone,
    isMobile: isPhone,
    locale: 'en-GB',
    reducedMotion: 'reduce',
  })
  context.setDefaultTimeout(10_000)
  return context
}

async function main(): Promise<void> {
  const only = process.argv.slice(2)
  const known = ['sign-in', ...screens.map(({ name }) => name)]
  const unknown = only.find((name) => !known.includes(name))
  if (unknown !== undefined) {
    throw new Error(`there is no screen "${unknown}": name some of ${known.join(', ')}`)
  }
  await ensureBuilt({ onBuild: tell })
  await using data = await makeTempDir()
  const postgres = await startEmbeddedPostgres({ dataDir: data.path, log: () => undefined })
  try {
    await migrateDatabase(postgres.connection)
    await using db = createPgDatabase(postgres.connection)
    const many = { count: 10_000, seconds: 60 }
    const server = await serve({
      host: '127.0.0.1',
      port: 0,
      adminPort: 0,
      db,
      jwtKeys: [{ kid: 'pictures', secret: 'a secret of the pictures, 32 bytes or more' }],
      trustProxy: false,
      allowedOrigins: [],
      connectionLimits: { perAddress: 1_000, inAll: 1_000 },
      log: collectLog(),
      limits: { ...readLimits({}), registrations: many, loginsPerAddress: many },
    })
    const browser = await launchBrowser({ fonts: ['@expo-google-fonts/noto-color-emoji'] })
    try {
      using seeded = await seed(server.url, db)
      await makePictures(browser, server.url, seeded.release, only)
    } finally {
      await browser.close()
      await server.close()
    }
  } finally {
    await postgres.stop()
  }
}

await runProgram(main)
