/**
 * Every page of the admin in every state. axe-core must find nothing on it, in light and dark, on a desktop and on a
 * phone, and it must fit a narrow screen. The test finds pages in the app's own table of routes, and forms in the
 * pages. So it covers a new page by itself, or asks for an example of it.
 */
import { createRequire } from 'node:module'
import { readFile } from 'node:fs/promises'
import { sql } from 'kysely'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createAdminApp } from '../../../functions/admin/app.ts'
import { readLimits } from '../../../functions/env.ts'
import type { AdminRuntime } from '../../../functions/runtime.ts'
import { makeAdmin } from '../../support/admin-browser.ts'
import { launchBrowser } from '../../support/browser.ts'
import { startTestServer, type TestServer } from '../../support/chat-server.ts'
import { codeOf, forgetUse, wrongCodeOf } from '../../support/second-factor.ts'
import { testPassword, type TestUser } from '../../support/test-user.ts'
import { openSocket } from '../../support/open-socket.ts'
import { buttons, fillWorld, params, queries, states, type World } from './examples.ts'

const exampleFile = 'test/browser/admin-pages/examples.ts'

/** Only its table of routes is read. Nothing is called. */
const { routes } = createAdminApp({ limits: readLimits({}) } as unknown as AdminRuntime)
const pathsOf = (method: string) => [
  ...new Set(
    routes
      .filter((route) => route.method === method && !route.path.endsWith('.css'))
      .map(({ path }) => path),
  ),
]
const shownRoutes = pathsOf('GET')
const sentRoutes = pathsOf('POST')

let server: TestServer
let browser: Browser
let context: BrowserContext
let page: Page
let axe: string
let admin: TestUser
let origin: string
const stack = new AsyncDisposableStack()
beforeAll(async () => {
  axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
  const many = { count: 10_000, seconds: 60 }
  server = stack.use(await startTestServer({ limits: { requestsPerAddress: many } }))
  browser = await launchBrowser()
  stack.defer(() => browser.close())
  admin = await server.register('ada_admin')
  await makeAdmin(server, admin)
  origin = `http://localhost:${server.running.adminPort}`
  // The page's policy allows no script, and axe is a script.
  context = await browser.newContext({ bypassCSP: true, viewport: desktop })
  context.setDefaultTimeout(10_000)
  page = await context.newPage()
})
afterAll(async () => {
  await stack.disposeAsync()
})

const desktop = { width: 1280, height: 800 }
const tablet = { width: 768, height: 1024 }
/** A small phone. Also a desktop of 1280 pixels at a zoom of 400 % (WCAG 1.4.10). */
const phone = { width: 320, height: 640 }

/** The faults of the pages, by what they show. */
const found: Record<string, string[]> = {}
/**
 * The forms of the parts that axe has checked. A finding on one part also holds for the other parts of the same form.
 */
const forms = new Set<string>()

/**
 * Returns the parts of a page: the content of `main`, with each field and row of forms, lists and tables; the
 * navigation; and the levels of the headings. The form of a part is its elements with everything that affects look and
 * meaning, without text, and with equal neighbours only once.
 */
const partsOfPage = `(() => {
  const split = (element) =>
    element.matches('form, dl, tbody, table, ul, ol, fieldset') ? Array.from(element.children).flatMap(split) : [element]
  const parts = [document.querySelector('header'), ...split(document.querySelector('main')).flatMap(
    (each) => each.localName === 'main' ? Array.from(each.children).flatMap(split) : [each])]
  const formOf = (element) => {
    const names = element.getAttributeNames().filter((name) => !['href', 'value', 'id', 'style'].includes(name))
    const kind = ['class', 'role', 'type'].map((name) => element.getAttribute(name) ?? '').join('|')
    const inside = Array.from(element.children, formOf).filter((each, n, all) => each !== all[n - 1])
    const text = element.children.length === 0 && element.textContent.trim() !== '' ? 'text' : ''
    return '<' + element.localName + ' ' + names + ' ' + kind + '>' + text + inside.join('')
  }
  const headings = Array.from(document.querySelectorAll('h1, h2, h3, h4'), ({ localName }) => localName)
  const ids = Array.from(document.querySelectorAll('[id]'), ({ id }) => id)
  return {
    parts,
    forms: parts.map((part) => part.parentElement.localName + formOf(part)),
    headings: headings.filter((each, n) => each !== headings[n - 1]).join(' '),
    twice: ids.filter((id, n) => ids.indexOf(id) !== n),
  }
})`

interface Violation {
  readonly id: string
  readonly nodes: readonly { readonly html: string }[]
}

async function tellWider(screen: { width: number }): Promise<string[]> {
  const wider = await page.evaluate<number>('document.documentElement.scrollWidth - innerWidth')
  return wider > 0 ? [`is ${wider} pixels wider than ${screen.width}`] : []
}

async function look(name: string): Promise<void> {
  const findings: string[] = []
  const tell = (where: string, violations: readonly Violation[]) => {
    for (const { id, nodes } of violations) {
      findings.push(`${id}, ${where}: ${nodes[0]?.html.slice(0, 160)}`)
    }
  }
  const of = await page.evaluate<{ forms: string[]; headings: string; twice: string[] }>(
    `(({ forms, headings, twice }) => ({ forms, headings, twice }))(${partsOfPage}())`,
  )
  if (of.twice.length > 0) findings.push(`has an id twice: ${of.twice.join(', ')}`)
  // A name without a space must not widen a table. A tablet shows tables, too.
  findings.push(...(await tellWider(desktop)))
  await page.setViewportSize(tablet)
  findings.push(...(await tellWider(tablet)))
  await page.setViewportSize(desktop)
  const isNew = [...of.forms, of.headings].map((form) => !forms.has(form))
  for (const form of [...of.forms, of.headings]) forms.add(form)
  if (findings.length > 0) found[name] = findings
  if (!isNew.includes(true)) return
  await page.evaluate(axe)
  tell(
    'on a desktop',
    await page.evaluate<Violation[]>(
      `axe.run(document, { resultTypes: ['violations'], rules: { 'target-size': { enabled: true } } })
        .then(({ violations }) => violations)`,
    ),
  )
  await page.setViewportSize(phone)
  // The other rules give the same result as in light on a desktop.
  const [wider, violations] = await page.evaluate<[number, Violation[]]>(`(async () => {
    const wider = document.documentElement.scrollWidth - innerWidth
    document.documentElement.style.colorScheme = 'dark'
    const runOnly = ['color-contrast', 'link-in-text-block', 'target-size']
    const include = ${partsOfPage}().parts.filter((part, n) => ${JSON.stringify(isNew)}[n])
    if (include.length === 0) return [wider, []]
    const { violations } = await axe.run({ include }, { resultTypes: ['violations'], runOnly })
    return [wider, violations]
  })()`)
  if (wider > 0) findings.push(`is ${wider} pixels wider than a phone`)
  tell('on a phone, in the dark', violations)
  await page.setViewportSize(desktop)
  if (findings.length > 0) found[name] = findings
}

async function signIn(): Promise<void> {
  await page.getByLabel('Username').fill(admin.username)
  await page.getByLabel('Password').fill(testPassword)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByRole('heading', { name: 'Overview' }).waitFor()
}

/** Returns the address of a route with its parameters filled in. */
function addressOf(route: string, world: World): string {
  const values = params(world, route)
  const path = route.replace(/:(\w+)/g, (_, name: string) => {
    const value = values[name]
    if (value === undefined) {
      throw new Error(
        `give the parameter ":${name}" of the route ${route} a value in ${exampleFile}`,
      )
    }
    return String(value)
  })
  return `${path}/${queries(world)[route] ?? ''}`
}

/** Opens the page of a route. False when it is a file to download. */
async function show(address: string, route: string): Promise<boolean> {
  try {
    const answer = await page.goto(origin + address)
    const advice = `give the route ${route} an address that shows its page, in ${exampleFile}`
    expect(answer!.status(), `${address}: ${advice}`).toBeLessThan(300)
    return true
  } catch (error) {
    if (error instanceof Error && error.message.includes('Download is starting')) return false
    throw error
  }
}

interface FoundForm {
  readonly index: number
  readonly method: string
  readonly route: string
  /** The names of the fields that users type into. */
  readonly typed: readonly string[]
}

/** This is too long for every field. An address with several of these texts must not be too long itself. */
const wrongText = 'x'.repeat(5_000)
const wrongSearch = 'x'.repeat(300)

/** Returns the forms of the present page, by the route that they are sent to. */
async function formsHere(): Promise<FoundForm[]> {
  const forms = await page.evaluate<(Omit<FoundForm, 'route'> & { action: string })[]>(`
    Array.from(document.forms, (form, index) => ({
      index,
      method: form.method.toUpperCase(),
      action: new URL(form.getAttribute('action'), location.href).pathname,
      typed: Array.from(form.elements)
        .filter((each) => each.matches('textarea, input[type=text], input[type=password], input[type=date], input[type=datetime-local]'))
        .map((each) => each.name),
    }))`)
  return forms.map(({ action, ...form }) => ({
    ...form,
    route: routeOf(form.method, action.replace(/\/$/, '')),
  }))
}

/** Finds the route as the app does: the first one that matches. */
function routeOf(method: string, path: string): string {
  const route = (method === 'GET' ? shownRoutes : sentRoutes).find((each) =>
    new RegExp(`^${each.replace(/:\w+/g, '[^/]+')}$`).test(path),
  )
  if (route === undefined) throw new Error(`a form is sent to ${method} ${path} without a route`)
  return route
}

/** Routes that a form of some page is sent to. */
const haveForm = new Set<string>()
const filledWrongly = new Set<string>()

async function noteForms(): Promise<void> {
  for (const { method, route } of await formsHere()) haveForm.add(`${method} ${route}`)
}

/**
 * Fills each form of this page with wrong values, once for each route. The answer must be the same form, with the
 * errors and with what was typed.
 */
async function fillWrongly(address: string): Promise<void> {
  let isUsed = false
  for (const { index, method, route, typed } of await formsHere()) {
    haveForm.add(`${method} ${route}`)
    if (typed.length === 0 || filledWrongly.has(`${method} ${route}`)) continue
    filledWrongly.add(`${method} ${route}`)
    if (page.url() !== origin + address || isUsed) await page.goto(origin + address)
    isUsed = true
    const loaded = page.waitForEvent('load')
    const status = page
      .waitForResponse((response) => response.request().isNavigationRequest())
      .then((response) => response.status())
    await page.evaluate(`(() => {
      const form = document.forms[${index}]
      for (const field of form.elements) {
        if (!${JSON.stringify(typed)}.includes(field.name) || field.type === 'hidden') continue
        if (field.matches('input')) field.type = 'text'
        field.value = ${JSON.stringify(method === 'GET' ? wrongSearch : wrongText)}
      }
      const button = ${JSON.stringify(buttons[route] ?? '')}
      form.requestSubmit(button === '' ? undefined : form.querySelector('[value=' + button + ']'))
    })()`)
    const name = `${method} ${route}, filled with what is wrong`
    const findings: string[] = []
    const answered = await status
    await loaded
    if (answered < 400 || answered >= 500) findings.push(`is answered ${answered}, and not 4xx`)
    const shown = await page.evaluate<{ told: boolean; kept: string[] }>(`({
      told: document.querySelector('main [aria-invalid], main [role=alert]') !== null,
      kept: Array.from(document.querySelectorAll('main input:not([type=hidden], [type=password]), main textarea'))
        .filter((each) => each.value.length > 1).map((each) => each.name),
    })`)
    if (!shown.told) findings.push('does not say what is wrong in the form')
    // A browser does not show an invalid date.
    const isKept = typed.some((each) => shown.kept.includes(each))
    const isSecret = typed.every((each) => /password|code/.test(each))
    if (!isKept && !isSecret) findings.push('does not show what was typed')
    await look(name)
    if (findings.length > 0) found[name] = [...findings, ...(found[name] ?? [])]
  }
}

test(
  'no page breaks a rule of WCAG 2.2 AA in any state, and every wrong form keeps what was typed',
  { timeout: 240_000 },
  async () => {
    await page.goto(`${origin}/admin/sign-in/`)
    await look('sign in')
    await page.getByLabel('Username').fill(admin.username)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('alert').waitFor()
    expect(await page.getByLabel('Username').inputValue()).toBe(admin.username)
    await look('sign in, with the wrong password')
    await signIn()
    const logo = `getComputedStyle(document.querySelector('.brand'), '::before').backgroundImage`
    expect(await page.evaluate(logo)).toMatch(/^url\("data:image\/svg\+xml/)

    const plain = shownRoutes.filter((route) => !route.includes(':') && !route.endsWith('sign-in'))
    const lists = plain.filter((route) => !/export|close$/.test(route))
    for (const route of lists) {
      await page.goto(`${origin}${route}/`)
      await look(`${route}, with nothing in it`)
    }

    const world = await fillWorld(server, admin, async (user) => {
      stack.use(await openSocket(user))
    })
    for (const route of shownRoutes) {
      if (route.endsWith('sign-in')) continue
      const address = addressOf(route, world)
      if (!(await show(address, route))) continue
      await page.goto(origin + address)
      await look(route)
      await fillWrongly(address)
    }
    for (const [name, address] of Object.entries(states(world))) {
      await page.goto(origin + address)
      await look(name)
      await fillWrongly(address)
    }

    // The questions that follow when rows of a list are chosen, and the final message.
    for (const [list, button] of [
      ['connections', 'Close…'],
      ['reports', 'Dismiss…'],
      ['held', 'Discard…'],
      ['rooms', 'Delete…'],
      ['users', 'Suspend…'],
    ] as const) {
      await page.goto(`${origin}/admin/${list}/?select=all`)
      await page.locator('.selection').getByRole('button', { name: button }).click()
      await page.locator('.chosen').first().waitFor()
      await look(`${list}, chosen`)
      haveForm.add(`POST /admin/${list}/selected`)
      if (await page.getByLabel('Reason').count()) {
        await page.getByLabel('Reason').fill(wrongText)
        await page.locator('main .primary').click()
        await page.locator('[aria-invalid]').first().waitFor()
        const kept = await page.getByLabel('Reason').inputValue()
        if (kept !== wrongText) found[`${list}, chosen`] = ['does not show what was typed']
        await look(`${list}, chosen, with a reason that is too long`)
        await page.getByLabel('Reason').fill('a raid')
      }
      if (list === 'rooms') {
        const hint = (await page.locator('#typed-hint').textContent())!
        await page.getByLabel('Confirmation').fill(/“(.+)”/.exec(hint)![1]!)
      }
      await page.locator('main .primary').click()
      await page.getByRole('status').waitFor()
      await look(`${list}, done`)
    }

    // A form that follows another form.
    await page.goto(`${origin}/admin/notices/`)
    await page.getByLabel('Everybody').check()
    await page.getByLabel('Text').fill('Down at noon.\n\nBack at one, or so.')
    await page.getByRole('button', { name: 'Preview…' }).click()
    await look('a notice, before it is sent')
    await noteForms()

    // Two-step sign-in, and a password that was given long ago.
    await page.goto(`${origin}/admin/second-factor/`)
    await page.getByRole('button', { name: 'Set up…' }).click()
    const secret = (await page.locator('.secret').textContent())!.replaceAll(' ', '')
    await look('two-step sign-in, with its QR code')
    await noteForms()
    await page.getByLabel('Code').fill(wrongCodeOf(secret))
    await page.getByRole('button', { name: 'Turn on' }).click()
    await page.locator('[aria-invalid]').waitFor()
    await look('two-step sign-in, with a wrong code')
    await page.getByLabel('Code').fill(codeOf(secret))
    await page.getByRole('button', { name: 'Turn on' }).click()
    await page.locator('.codes code').first().waitFor()
    await look('two-step sign-in, with its recovery codes')
    await page.goto(`${origin}/admin/second-factor/`)
    await look('two-step sign-in, turned on')
    await noteForms()
    await sql`update admin_sessions set password_at = now() - make_interval(mins => 16)`.execute(
      server.db,
    )
    await page.goto(`${origin}/admin/users/${world.user.id}/suspend/`)
    await look('the password once more')
    await fillWrongly(`/admin/users/${world.user.id}/suspend/`)
    await forgetUse(server, admin)
    await page.getByRole('button', { name: 'Sign out' }).click()
    await page.getByLabel('Username').fill(admin.username)
    await page.getByLabel('Password').fill(testPassword)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('heading', { name: 'Enter your code' }).waitFor()
    await look('sign in, with a code')
    await noteForms()
    await page.getByLabel('Code').fill(wrongCodeOf(secret))
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.locator('[aria-invalid]').waitFor()
    await look('sign in, with a wrong code')

    expect(found).toEqual({})
    const withoutForm = sentRoutes
      .map((route) => `POST ${route}`)
      .filter((route) => !haveForm.has(route) && !route.endsWith('sign-in'))
    expect(
      withoutForm,
      `no page shows a form for these: add such a state to ${exampleFile}`,
    ).toEqual([])
  },
)
