import { setTimeout as sleep } from 'node:timers/promises'
import type { Browser, CDPSession, Page } from 'playwright-core'
import type { Figure } from './figures.ts'
import type { BenchOptions } from './options.ts'
import { PlainPage } from './plain-page.ts'
import { probe } from './probe.ts'
import { password, username, type World } from './world.ts'

/** What a measure works with. */
export interface Bench {
  readonly browser: Browser
  /** The address of the server. */
  readonly url: string
  readonly world: World
  readonly options: BenchOptions
}

export type Measure = (bench: Bench) => Promise<Figure[]>

/** What a page of Playwright and a plain page have in common. */
export interface ProbedPage {
  goto(url: string): Promise<unknown>
  evaluate<T>(expression: string): Promise<T>
}

/** Calls a function of the probe. */
export const call = async <T>(page: ProbedPage, expression: string): Promise<T> =>
  await page.evaluate<T>(`bench.${expression}`)

const size = { width: 1280, height: 800 }

interface Opened extends AsyncDisposable {
  readonly page: Page
  readonly cdp: CDPSession
}

/** Opens a page of Playwright, with a slow processor, and signs in. */
export async function openPage(bench: Bench): Promise<Opened> {
  const context = await bench.browser.newContext({ viewport: size, locale: 'en-GB' })
  await context.addInitScript(probe)
  const page = await context.newPage()
  await signIn(page, bench)
  const cdp = await context.newCDPSession(page)
  await cdp.send('Emulation.setCPUThrottlingRate', { rate: bench.options.slowdown })
  return { page, cdp, [Symbol.asyncDispose]: async () => await context.close() }
}

/** Opens a page whose requests are not recorded, with a slow processor, and signs in. */
export async function openPlainPage(bench: Bench): Promise<PlainPage> {
  const page = await PlainPage.open(bench.browser, size)
  await page.send('Page.addScriptToEvaluateOnNewDocument', { source: probe })
  await signIn(page, bench)
  await page.send('Emulation.setCPUThrottlingRate', { rate: bench.options.slowdown })
  return page
}

async function signIn(page: ProbedPage, { url }: Bench): Promise<void> {
  await page.goto(`${url}/login`)
  await call(page, `signIn('${username}', '${password}')`)
}

/** Opens a room by its address, and waits until everything has arrived that is loaded later. */
export async function openRoom(page: ProbedPage, { url }: Bench, id: number): Promise<void> {
  await page.goto(`${url}/rooms/${id}`)
  await call(page, `untilMessages(${id})`)
  await call(page, 'untilRooms()')
  await sleep(1_000)
}

/** Milliseconds until a room could be written in, and until its messages were shown. */
export type Switch = readonly [open: number, shown: number]

/** Goes to a room of the list. */
export const switchTo = async (page: ProbedPage, id: number): Promise<Switch> =>
  await call<Switch>(page, `switchTo(${id})`)
