// Seeds a server at $URL and takes pictures into $OUT.
import { launchBrowser } from './test/support/browser.ts'
import { mkdirSync } from 'node:fs'
const url = process.env.URL ?? 'http://localhost:8123'
const out = process.env.OUT ?? '/tmp/shots'
mkdirSync(out, { recursive: true })
const password = 'a long enough one'
async function call(method: string, path: string, token: string | null, body?: unknown): Promise<any> {
  const res = await fetch(url + path, { method, headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) }, body: body === undefined ? undefined : JSON.stringify(body) })
  const text = await res.text()
  if (!res.ok && res.status !== 409) throw new Error(`${method} ${path} ${res.status} ${text}`)
  return text ? JSON.parse(text) : null
}
const people = { ana: 'Ana Berg', ravi: 'Ravi Shah', mina: 'Mina Kováč', sara: 'Sara Lind', jonas: 'Jonas Okafor' }
const tokens: Record<string, string> = {}
let isFresh = false
for (const [username, display_name] of Object.entries(people)) {
  const made = await call('POST', '/api/register/', null, { username, password, email: `${username}@example.org`, display_name })
  if (made.access) isFresh = true
  tokens[username] = made.access ?? (await call('POST', '/api/login/', null, { username, password })).access
}
const say = async (who: string, room_id: number, message: string, more: object = {}) =>
  await call('POST', '/api/messages/', tokens[who]!, { room_id, message, ...more })
if (isFresh) {
  const room = async (title: string, kind: string, owner: string, members: string[], description = '') => {
    const made = await call('POST', '/api/rooms/', tokens[owner]!, { title, kind, description })
    for (const m of members) await call('PUT', `/api/rooms/${made.id}/members/${m}/`, tokens[owner]!, {})
    return made.id as number
  }
  const tea = await room('tea', 'public', 'ravi', ['ana', 'sara'], 'Leaves and water')
  await say('ravi', tea, 'first flush arrived 🍃')
  const hiring = await room('Hiring', 'private', 'sara', ['ana'])
  await say('sara', hiring, 'Thursday works for both.')
  const dsara = (await call('POST', '/api/direct/', tokens.ana!, { username: 'sara' })).id
  await say('ana', dsara, 'thanks, see you then')
  const dravi = (await call('POST', '/api/direct/', tokens.ana!, { username: 'ravi' })).id
  await say('ana', dravi, 'Is the soak still running?')
  const rel = await room('Release 2.4', 'public', 'ravi', ['ana', 'mina', 'sara', 'jonas'], 'What ships on Thursday, and who writes what')
  await call('PUT', `/api/rooms/${rel}/members/mina/`, tokens.ravi!, { role: 'moderator' })
  for (let i = 0; i < 60; i++) await say(i % 3 ? 'sara' : 'jonas', rel, `Older message number ${i + 1}, with a few words so that lines have different lengths${i % 4 === 0 ? ', and some go on for longer than one line does on a phone or on a desktop, which is what messages do' : ''}.`)
  const m = await say('ravi', rel, 'The migration ran on the copy of production: 41 seconds, nothing locked for longer than 300 ms. I left it running over night with `soak --minutes 480`.')
  await call('PUT', `/api/messages/${rel}/${m.seq}/reactions/${encodeURIComponent('🎉')}/`, tokens.ana!)
  await call('PUT', `/api/messages/${rel}/${m.seq}/reactions/${encodeURIComponent('🎉')}/`, tokens.sara!)
  await call('PUT', `/api/messages/${rel}/${m.seq}/reactions/${encodeURIComponent('👀')}/`, tokens.mina!)
  await say('ravi', rel, 'Numbers are in [the report](https://example.org/report).\n\n> quoted line\n\n- one\n- **two**\n\n```\ncode block();\n```')
  const r = await say('sara', rel, 'Lovely. Then we only wait for the translation.', { reply_to: m.seq })
  await call('PATCH', `/api/messages/${rel}/${r.seq}/`, tokens.sara!, { message: 'Lovely. Then we only wait for the translations.' })
  const last = await say('jonas', rel, 'The notes are nearly done.')
  await call('POST', `/api/rooms/${rel}/read/`, tokens.ana!, { seq: last.seq })
  await say('mina', rel, '@ana German and Arabic are in. Can you check that the calendar still fits at 200 %?')
  const support = await room('support', 'public', 'jonas', ['ana'])
  await say('jonas', support, 'it is back for the people in the north')
  const dmina = (await call('POST', '/api/direct/', tokens.mina!, { username: 'ana' })).id
  await say('mina', dmina, 'Hello!')
  await say('mina', dmina, 'Can you look at the export before five?')
}
const rooms = (await call('GET', '/api/rooms/?member=true', tokens.ana!)).results
const idOf = (title: string) => rooms.find((r: any) => r.title === title).id
const release = idOf('Release 2.4')
const browser = await launchBrowser()
const only = process.argv.slice(2)
for (const [name, width, height, colorScheme] of [['desktop-light', 1280, 800, 'light'], ['desktop-dark', 1280, 800, 'dark'], ['phone-light', 390, 844, 'light'], ['phone-dark', 390, 844, 'dark']] as const) {
  if (only.length && !only.some((o) => name.startsWith(o))) continue
  const isPhone = width < 500
  const context = await browser.newContext({ viewport: { width, height }, colorScheme, hasTouch: isPhone, isMobile: isPhone, locale: 'en-GB' })
  const page = await context.newPage()
  page.on('console', (m) => console.log(name, m.type(), m.text()))
  page.on('pageerror', (e) => console.log(name, 'ERROR', e.message, e.stack))
  const shot = async (what: string) => await page.screenshot({ path: `${out}/${name}-${what}.png` })
  await page.goto(`${url}/rooms/${release}`)
  await page.getByLabel('Username').waitFor()
  await shot('sign-in')
  await page.getByLabel('Username').fill('ana')
  await page.getByLabel('Password').fill(password)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.locator('.message').first().waitFor({ timeout: 5000 }).catch(async (e) => { await shot('fail'); throw e })
  await page.waitForTimeout(600)
  await shot('room')
  if (isPhone) { await page.goto(url + '/'); await page.locator('.room-row').first().waitFor(); await page.waitForTimeout(300); await shot('list') }
  await page.goto(url + '/browse'); await page.locator('.browse-room').first().waitFor(); await shot('browse')
  await context.close()
}
await browser.close()
