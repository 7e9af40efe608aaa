// Scrolls a long room in Chromium and looks for jumps.
import { launchBrowser } from './test/support/browser.ts'
const url = process.env.URL ?? 'http://localhost:8123'
const password = 'a long enough one'
async function call(method: string, path: string, token: string | null, body?: unknown): Promise<any> {
  const res = await fetch(url + path, { method, headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) }, body: body === undefined ? undefined : JSON.stringify(body) })
  const text = await res.text()
  if (!res.ok) throw new Error(`${method} ${path} ${res.status} ${text}`)
  return text ? JSON.parse(text) : null
}
const tokens: Record<string, string> = {}
for (const username of ['ana', 'ravi', 'sara', 'jonas', 'mina']) tokens[username] = (await call('POST', '/api/login/', null, { username, password })).access
let room = (await call('GET', '/api/rooms/?member=true&search=Long', tokens.ana!)).results[0]
const total = 3000
if (!room) {
  room = await call('POST', '/api/rooms/', tokens.ana!, { title: 'Long' })
  for (const m of ['ravi', 'sara', 'jonas', 'mina']) await call('PUT', `/api/rooms/${room.id}/members/${m}/`, tokens.ana!, {})
  const words = 'lorem ipsum dolor sit amet consetetur sadipscing elitr sed diam nonumy eirmod tempor'.split(' ')
  const who = ['ravi', 'sara', 'jonas', 'mina']
  let n = 0
  await Promise.all(who.map(async (name, k) => {
    for (let i = 0; i < total / 4; i++) {
      const at = n++
      const length = 3 + ((at * 7919) % 40)
      const text = `${at} ` + Array.from({ length }, (_, j) => words[(at + j) % words.length]).join(' ') + (at % 9 === 0 ? '\n\n- one\n- `two`\n- **three**' : '')
      await call('POST', '/api/messages/', tokens[name]!, { room_id: room.id, message: text })
    }
  }))
  console.log('seeded')
  await call('POST', `/api/rooms/${room.id}/read/`, tokens.ana!, { seq: total + 5 })
}
const browser = await launchBrowser()
const context = await browser.newContext({ viewport: { width: 1280, height: 800 } })
const page = await context.newPage()
page.on('pageerror', (e) => console.log('ERROR', e.message))
await page.goto(`${url}/rooms/${room.id}`)
await page.getByLabel('Username').fill('ana')
await page.getByLabel('Password').fill(password)
await page.getByRole('button', { name: 'Sign in' }).click()
await page.locator('.message').first().waitFor()
const cdp = await context.newCDPSession(page)
const slow = Number(process.env.SLOW ?? 1)
await cdp.send('Emulation.setCPUThrottlingRate', { rate: slow })
// In each frame: the row in the middle of the list, and where it is; a jump is a move that no wheel made.
const result = await page.evaluate(`(async () => {
  const box = document.querySelector('.message-scroller')
  const frames = [], jumps = []
  let last = performance.now(), stop = false, before = null, wheel = 0
  const tick = (now) => {
    frames.push(now - last); last = now
    if (!stop) requestAnimationFrame(tick)
  }
  requestAnimationFrame(tick)
  const steps = ${Number(process.env.STEPS ?? 400)}
  const positionOf = (key) => document.querySelector('[data-key="' + key + '"]')?.getBoundingClientRect().top
  const middle = () => { const r = box.getBoundingClientRect(); return document.elementFromPoint(r.left + 100, r.top + r.height / 2)?.closest('article')?.dataset.key }
  let drift = 0, worst = 0, max = 0
  for (const direction of [-1, 1]) {
    for (let i = 0; i < steps; i++) {
      const key = middle()
      const top = key && positionOf(key)
      const at = box.scrollTop
      box.scrollTop = at + direction * 300
      const moved = box.scrollTop - at
      await new Promise((r) => requestAnimationFrame(() => setTimeout(r)))
      await new Promise((r) => requestAnimationFrame(() => setTimeout(r)))
      const now = key && positionOf(key)
      if (now !== undefined && top !== undefined) {
        const off = Math.abs(now - top + moved)
        if (off > worst) worst = off
        if (off > 1) jumps.push([direction, i, key, Math.round(off), box.childElementCount && box.firstElementChild.childElementCount])
      }
      max = Math.max(max, box.firstElementChild.childElementCount)
    }
  }
  stop = true
  const sorted = frames.toSorted((a, b) => a - b)
  return { worst, jumps: jumps.slice(0, 10), jumpCount: jumps.length, rows: max, frames: frames.length, p50: sorted[frames.length >> 1], p99: sorted[Math.floor(frames.length * 0.99)], worstFrame: sorted.at(-1), over50: frames.filter((f) => f > 50).length, end: box.scrollTop, text: document.querySelector('article')?.textContent?.slice(0, 60) }
})()`)
console.log(result)
await browser.close()
