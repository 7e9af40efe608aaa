import { expect, test } from 'vitest'
import { connectionLimits } from '../../src/local/connection-guard.ts'
import { listen } from '../../src/local/listener.ts'
import { createSite } from '../../src/local/site.ts'
import { openRaw } from '../gateway/clients.ts'
import { collectLog } from '../support/collect-log.ts'
import { heldBytes } from '../support/held-bytes.ts'

async function start() {
  const listener = await listen(
    { host: '127.0.0.1', port: 0 },
    { limits: connectionLimits, log: collectLog(), request: createSite() },
  )
  return {
    port: listener.port,
    url: `http://127.0.0.1:${listener.port}`,
    [Symbol.asyncDispose]: () => listener.close(async () => undefined),
  }
}

const script = '/api/docs/swagger-ui-bundle.js'

test('keeps a page once for all who do not read it', async () => {
  await using site = await start()
  const size = (await (await fetch(site.url + script)).arrayBuffer()).byteLength
  const clients = await Promise.all(Array.from({ length: 40 }, () => openRaw(site.port)))
  const before = heldBytes()
  await Promise.all(
    clients.map(async (client) => {
      client.socket.write(`GET ${script} HTTP/1.1\r\nHost: a\r\n\r\n`.repeat(8))
      await client.until('200 OK')
      client.socket.pause()
    }),
  )
  // What the kernel has taken does not wait here; a copy of the others for each client would be more than 100 MB.
  expect(clients.length * 8 * size).toBeGreaterThan(300_000_000)
  await expect.poll(() => heldBytes() - before, { timeout: 10_000 }).toBeLessThan(30_000_000)
  expect((await fetch(site.url)).status).toBe(200)
  await Promise.all(clients.map((client) => client[Symbol.asyncDispose]()))
})

test('gives the same page each time, and to HEAD its size alone', async () => {
  await using site = await start()
  const read = async (path: string, method = 'GET') => {
    const answer = await fetch(site.url + path, { method })
    return [answer.headers.get('content-length'), await answer.text()] as const
  }
  for (const path of ['/', '/README.md', script, '/api/docs/websocket/']) {
    const [length, text] = await read(path)
    expect(text).not.toBe('')
    expect([path, ...(await read(path))]).toEqual([path, length, text])
    expect([path, ...(await read(path, 'HEAD'))]).toEqual([path, length, ''])
  }
})
