import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Browser } from 'playwright-core'
import { say } from '../../src/local/commands/cli.ts'

const directory = fileURLToPath(new URL('../../web/app/public', import.meta.url))

/** For systems that take no SVG. Apple's rounds the corners itself, and puts black behind what is transparent. */
const pictures = [
  { name: 'icon-192', of: 'icon', size: 192 },
  { name: 'icon-512', of: 'icon', size: 512 },
  { name: 'icon-maskable-512', of: 'icon-maskable', size: 512 },
  { name: 'apple-touch-icon', of: 'icon-maskable', size: 180 },
] as const

/** Makes the PNG icons in web/app/public of the SVG icons beside them. */
export async function makeIcons(browser: Browser): Promise<void> {
  for (const { name, of, size } of pictures) {
    await using context = await browser.newContext({ viewport: { width: size, height: size } })
    const page = await context.newPage()
    const svg = await readFile(join(directory, `${of}.svg`), 'base64')
    await page.setContent(
      `<body style="margin: 0"><img width="${size}" height="${size}" src="data:image/svg+xml;base64,${svg}">`,
    )
    await page.screenshot({ path: join(directory, `${name}.png`), omitBackground: true })
    say(`${name}.png`)
  }
}
