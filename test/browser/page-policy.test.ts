import { expect, test } from 'vitest'
import { browser, server, usePageServer } from '../support/page-server.ts'

usePageServer()

/** Runs code in the page as its own scripts would. A refusal is returned as its message. */
async function tryIn(path: string, code: string): Promise<string> {
  const context = await browser.newContext()
  try {
    const page = await context.newPage()
    await page.goto(server.url + path)
    return await page.evaluate<string>(`(async () => {
      const violated = new Promise((resolve) =>
        document.addEventListener('securitypolicyviolation', (event) => resolve('refused by ' + event.effectiveDirective)))
      const tried = (async () => { ${code} })().then((value) => value ?? 'done', (error) => 'refused: ' + error.name)
      return await Promise.race([violated, tried])
    })()`)
  } finally {
    await context.close()
  }
}

test.each(['/', '/rooms/12'])('%s starts without a fault, and with its own code', async (path) => {
  await using context = await browser.newContext()
  const page = await context.newPage()
  const faults: string[] = []
  page.on('console', (message) => faults.push(message.text()))
  page.on('pageerror', (error) => faults.push(String(error)))
  page.on('requestfailed', (request) => faults.push(request.url()))
  await page.goto(server.url + path)
  await page.locator('#app *').first().waitFor()
  expect(faults).toEqual([])
})

test("the page's policy lets it open the sockets of its own host", async () => {
  const open = `const socket = new WebSocket(location.origin.replace('http', 'ws') + '/ws/', 'quick-connect.v1')
    return await new Promise((resolve) => {
      // The server refuses it, because there is no token.
      socket.addEventListener('close', () => resolve('asked the server'))
    })`
  expect(await tryIn('/', open)).toBe('asked the server')
})

test.each([
  [
    'text that becomes markup',
    "document.body.innerHTML = '<b>a</b>'",
    /require-trusted-types-for|TypeError/,
  ],
  [
    'a policy that would make it trusted',
    "trustedTypes.createPolicy('x', {})",
    /trusted-types|TypeError/,
  ],
  [
    'text that becomes a script',
    "const s = document.createElement('script'); s.append('1'); document.head.append(s); await new Promise(() => {})",
    /script-src|require-trusted-types-for/,
  ],
  [
    'a style in the markup',
    "document.body.setAttribute('style', 'color: red'); await new Promise(() => {})",
    /style-src/,
  ],
  [
    'a script of another origin',
    "const s = document.createElement('script'); s.setAttribute('src', 'https://example.org/a.js'); document.head.append(s); await new Promise(() => {})",
    /script-src|TypeError|require-trusted/,
  ],
  [
    'a call of another origin',
    "await fetch('https://example.org/').catch(() => new Promise(() => {}))",
    /connect-src/,
  ],
  [
    'a socket of another origin',
    "new WebSocket('wss://example.org/'); await new Promise(() => {})",
    /connect-src|SecurityError/,
  ],
  [
    'a picture of another origin',
    "document.body.append(Object.assign(new Image(), { src: 'https://example.org/a.png' })); await new Promise(() => {})",
    /img-src/,
  ],
  [
    'a frame',
    "const f = document.createElement('iframe'); f.src = '/docs/'; document.body.append(f); await new Promise(() => {})",
    /default-src|frame-src/,
  ],
  [
    'another base of its links',
    "document.head.append(Object.assign(document.createElement('base'), { href: 'https://example.org/' })); await new Promise(() => {})",
    /base-uri/,
  ],
])("the page's policy refuses %s", async (_, code, refused) => {
  expect(await tryIn('/', code)).toMatch(refused)
})
