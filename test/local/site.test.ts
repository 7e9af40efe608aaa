import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { connectionLimits } from '../../src/local/server/connection-guard.ts'
import { listen } from '../../src/local/server/listener.ts'
import { createSite } from '../../src/local/server/site.ts'
import { siteHeaders } from '../../web/site/headers.ts'
import { listAssets } from '../../web/site/pages.ts'
import { openRaw } from '../support/gateway-client.ts'
import { collectLog } from '../support/collect-log.ts'
import { heldBytes } from '../support/held-bytes.ts'
import { makeTempDir } from '../support/temp-dir.ts'

async function start(built?: string) {
  const listener = await listen(
    { host: '127.0.0.1', port: 0 },
    { limits: connectionLimits, log: collectLog(), request: createSite(built) },
  )
  return {
    port: listener.port,
    url: `http://127.0.0.1:${listener.port}`,
    [Symbol.asyncDispose]: () => listener.close(async () => undefined),
  }
}

/** As it is, not compressed on the way. */
async function fetchPlain(url: string): Promise<string> {
  return await (await fetch(url, { headers: { 'accept-encoding': 'identity' } })).text()
}

const script = '/api/docs/swagger-ui-bundle.js'

test('keeps a page once for all who do not read it', async () => {
  await using site = await start()
  const size = (await fetchPlain(site.url + script)).length
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

test('compresses texts for those who take it, each once', async () => {
  await using site = await start()
  for (const path of [script, '/', '/docs/protocol']) {
    const plain = await fetchPlain(site.url + path)
    const answer = await fetch(site.url + path, { headers: { 'accept-encoding': 'br, gzip' } })
    expect(await answer.text()).toBe(plain)
    const isLong = plain.length > 1_000
    expect([path, answer.headers.get('content-encoding')]).toEqual([path, isLong ? 'gzip' : null])
    if (!isLong) continue
    expect(answer.headers.get('vary')).toBe('Accept-Encoding')
    expect(Number(answer.headers.get('content-length'))).toBeLessThan(plain.length / 2)
  }
})

describe('the page people chat in', () => {
  test('is there under every address of its own, for somebody who goes there', async () => {
    await using site = await start()
    const page = await fetchPlain(site.url)
    expect(page).toContain('<script type="module"')
    for (const path of [
      '/rooms/12',
      '/rooms/12/',
      '/rooms/12?at=5',
      '/login',
      '/users/%C3%A9',
      '/a/b/c',
    ]) {
      const answer = await fetch(site.url + path, { headers: { 'sec-fetch-dest': 'document' } })
      expect([path, answer.status]).toEqual([path, 200])
      expect(answer.headers.get('content-type')).toBe('text/html; charset=utf-8')
      expect(answer.headers.get('cache-control')).toBe('no-cache')
      expect(await answer.text()).toBe(page)
    }
  })

  test('takes the place of nothing else: what is not there is not found', async () => {
    await using site = await start()
    const statusOf = async (path: string, dest = 'document') =>
      (await fetch(site.url + path, { headers: { 'sec-fetch-dest': dest } })).status
    const paths = [
      '/assets/nothing-1a2b3c4d.js',
      '/assets/',
      '/assets',
      '/assets/..%2fbuild.json',
      '/assets/nothing.unknown',
      '/build.json',
      '/main.tsx',
      '/rooms/12.png',
      '/docs/nothing',
      '/api/docs/nothing',
      '/admin/',
      '/ws/',
      '/.env',
      '//',
    ]
    for (const path of paths) expect([path, await statusOf(path)]).toEqual([path, 404])
    for (const dest of ['image', 'script']) expect(await statusOf('/rooms/12', dest)).toBe(404)
  })

  test('may be kept for ever in its parts, and is asked for again itself', async () => {
    await using site = await start()
    const [asset] = listAssets()
    const answer = await fetch(site.url + asset!.paths[0]!)
    expect(answer.status).toBe(200)
    expect(answer.headers.get('content-type')).toBe('text/javascript; charset=utf-8')
    expect(answer.headers.get('cache-control')).toBe('public, max-age=31536000, immutable')
    expect((await fetch(site.url)).headers.get('cache-control')).toBe('no-cache')
  })

  test('has the parts of builds before this one, and one that comes later', async () => {
    await using dir = await makeTempDir()
    await using site = await start(dir.path)
    const url = `${site.url}/assets/old-1.js`
    expect((await fetch(url)).status).toBe(404)
    await mkdir(join(dir.path, 'assets'))
    await writeFile(join(dir.path, 'assets/old-1.js'), 'old')
    expect(await (await fetch(url)).text()).toBe('old')
  })

  test('gives its icons and the manifest that one installs it by, each with its type', async () => {
    await using site = await start()
    const get = async (path: string) => {
      const answer = await fetch(site.url + path, { headers: { 'sec-fetch-dest': 'image' } })
      const type = answer.headers.get('content-type')
      const bytes = Buffer.from(await answer.arrayBuffer())
      return { status: answer.status, type, cache: answer.headers.get('cache-control'), bytes }
    }
    const page = await fetchPlain(site.url)
    const linked = [...page.matchAll(/<link rel="(?:[\w-]*icon|manifest)" href="([^"]+)"/g)]
    expect(linked.map(([, path]) => path)).toEqual([
      '/favicon.svg',
      '/apple-touch-icon.png',
      '/manifest.webmanifest',
    ])
    const manifest = await get('/manifest.webmanifest')
    expect(manifest.type).toBe('application/manifest+json')
    const { icons, start_url } = JSON.parse(manifest.bytes.toString()) as {
      icons: { src: string; type: string; sizes: string; purpose: string }[]
      start_url: string
    }
    expect((await get(start_url)).type).toBe('text/html; charset=utf-8')
    const kinds = icons.map(({ type, purpose }) => `${type} ${purpose}`)
    // Some systems take no SVG, and some cut a circle out of an icon.
    for (const kind of ['image/png any', 'image/png maskable', 'image/svg+xml any']) {
      expect(kinds).toContain(kind)
    }
    for (const { src, type, sizes } of icons) {
      const icon = await get(src)
      expect(icon).toMatchObject({ status: 200, cache: 'no-cache' })
      expect([src, icon.type?.split(';')[0]]).toEqual([src, type])
      // A PNG says its width and its height after its first 16 bytes.
      const size = type === 'image/png' && [icon.bytes.readInt32BE(16), icon.bytes.readInt32BE(20)]
      expect([src, size ? size.join('x') : 'any']).toEqual([src, sizes])
    }
    for (const [, path] of linked) expect((await get(path!)).status).toBe(200)
    for (const path of ['/docs/', '/api/docs/']) {
      const text = await fetchPlain(site.url + path)
      const files = [...text.matchAll(/(?:src|href)="(\/[\w.-]+\.svg)"/g)].map(([, file]) => file!)
      expect(files).toEqual(['/favicon.svg', '/logo.svg'])
      for (const file of files) expect((await get(file)).type).toMatch(/^image\/svg\+xml/)
    }
  })

  test('has a policy that lets no text become markup or script, wherever it is', async () => {
    await using site = await start()
    const policyOf = async (path: string) =>
      (await fetch(site.url + path)).headers.get('content-security-policy')
    const [asset] = listAssets()
    const paths = ['/', '/rooms/12', '/docs/', '/nothing.png', asset!.paths[0]!]
    for (const path of paths) {
      expect([path, await policyOf(path)]).toEqual([path, siteHeaders.contentSecurityPolicy])
    }
    expect(await policyOf('/api/docs/')).toBe(siteHeaders.apiDocsPolicy)
    const parts = siteHeaders.contentSecurityPolicy.split('; ')
    expect(parts).toEqual(
      expect.arrayContaining([
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types 'none'",
      ]),
    )
    expect(siteHeaders.contentSecurityPolicy).not.toMatch(/unsafe|https?:|\*/)
  })
})
