import { once } from 'node:events'
import type { RequestListener } from 'node:http'
import { connect } from 'node:net'
import type { Duplex } from 'node:stream'
import { describe, expect, test } from 'vitest'
import {
  type ConnectionLimits,
  connectionLimits,
  type GuardOptions,
} from '../../src/local/server/connection-guard.ts'
import { listen, type Upgrade } from '../../src/local/server/listener.ts'
import { openRaw, upgradeHead } from '../support/gateway-client.ts'
import { collectLog } from '../support/collect-log.ts'

interface StartOptions {
  readonly limits?: Partial<ConnectionLimits>
  readonly request?: RequestListener
  readonly upgrade?: Upgrade
  readonly addressOf?: GuardOptions['addressOf']
}

async function start({
  limits,
  request = (_req, res) => res.end('served'),
  upgrade,
  addressOf,
}: StartOptions = {}) {
  const log = collectLog()
  const listener = await listen(
    { host: '127.0.0.1', port: 0 },
    { limits: { ...connectionLimits, ...limits }, log, request, upgrade, addressOf },
  )
  return {
    port: listener.port,
    log: log.lines,
    [Symbol.asyncDispose]: () => listener.close(async () => undefined),
  }
}

const get = (...headers: string[]) => ['GET / HTTP/1.1', 'Host: a', ...headers, '\r\n'].join('\r\n')
const from = (address: string) => `X-Forwarded-For: ${address}`
const forwarded: GuardOptions['addressOf'] = (req) => String(req.headers['x-forwarded-for'])

const open: Upgrade = (_req, socket) => {
  socket.on('error', () => undefined).on('end', () => socket.destroy())
  // The end of a socket is noticed only when the socket is read.
  socket.resume()
  socket.write('HTTP/1.1 101 Switching Protocols\r\n\r\n')
}

/** Returns everything until the server ends the connection. */
async function readAll(port: number, bytes: string): Promise<string> {
  await using raw = await openRaw(port)
  raw.socket.write(bytes)
  await raw.closed
  return await raw.until('')
}

describe('connections', () => {
  test('from one address are refused with 429 above their limit, until one of them ends', async () => {
    await using server = await start({ limits: { perAddress: 2 } })
    await using first = await openRaw(server.port)
    await using second = await openRaw(server.port)
    for (const client of [first, second]) {
      client.socket.write(get())
      await client.until('served')
    }
    const refused = await readAll(server.port, get())
    expect(refused).toMatch(/^HTTP\/1\.1 429 Too Many Requests\r\n/)
    expect(refused).toContain('{"message":"too many connections from your address: close some"}')
    await using other = connect({ port: server.port, host: '127.0.0.1', localAddress: '127.0.0.2' })
    other.write(get())
    expect(String((await once(other, 'data'))[0])).toContain('200 OK')

    await first[Symbol.asyncDispose]()
    await expect
      .poll(async () => await readAll(server.port, get('Connection: close')))
      .toContain('served')
    expect(server.log).toMatchObject([{ level: 'warn', fields: { refusedOfAddress: 1 } }])
  })

  test('that are refused get their answer, even though they have sent much before', async () => {
    await using server = await start({ limits: { inAll: 1 } })
    await using first = await openRaw(server.port)
    first.socket.write(get())
    await first.until('served')
    for (let n = 0; n < 20; n += 1) {
      await using raw = await openRaw(server.port)
      raw.socket.write(get('Content-Length: 200000').replace('GET', 'POST'))
      raw.socket.write('x'.repeat(200_000))
      expect(await raw.until('try again later')).toMatch(/^HTTP\/1\.1 503 /)
    }
  })

  test('are refused with 503 above the limit of all, and many refusals make one line of the log', async () => {
    await using server = await start({ limits: { inAll: 1 } })
    await using first = await openRaw(server.port)
    first.socket.write(get())
    await first.until('served')
    for (let n = 0; n < 50; n += 1) {
      expect(await readAll(server.port, get())).toMatch(/^HTTP\/1\.1 503 /)
    }
    expect(server.log).toMatchObject([{ level: 'warn', fields: { refusedInAll: 1 } }])
  })

  test('of a trusted proxy are not limited, but its clients are, by their running requests and sockets', async () => {
    const held: (() => void)[] = []
    await using server = await start({
      limits: { perAddress: 2 },
      addressOf: forwarded,
      request: (req, res) => {
        if (req.headers['x-hold'] === undefined) res.end('served')
        else held.push(() => res.end('served at last'))
      },
      upgrade: open,
    })
    const status = async (address: string) => {
      const answer = await readAll(server.port, get(from(address), 'Connection: close'))
      return answer.slice(9, 12)
    }
    await using request = await openRaw(server.port)
    request.socket.write(get(from('192.0.2.1'), 'X-Hold: 1'))
    await using upgrade = await openRaw(server.port)
    upgrade.socket.write(upgradeHead('/', [from('192.0.2.1')]))
    await upgrade.until('101')
    await expect.poll(() => held).toHaveLength(1)

    expect([await status('192.0.2.1'), await status('192.0.2.2')]).toEqual(['429', '200'])
    expect(await readAll(server.port, upgradeHead('/', [from('192.0.2.1')]))).toMatch(
      /^HTTP\/1\.1 429 /,
    )
    held[0]!()
    await request.until('served at last')
    // A connection that is kept open no longer counts. The next requests on it do.
    expect([await status('192.0.2.1'), await status('192.0.2.1')]).toEqual(['200', '200'])
    request.socket.write(get(from('192.0.2.1'), 'X-Hold: 1'))
    await expect.poll(() => held).toHaveLength(2)
    expect(await status('192.0.2.1')).toBe('429')
    // The memory of a client that has gone is given back, too.
    await request[Symbol.asyncDispose]()
    await upgrade[Symbol.asyncDispose]()
    await expect.poll(() => status('192.0.2.1')).toBe('200')
  })

  test('of an IPv6 /64 count as one address', async () => {
    await using server = await start({
      limits: { perAddress: 1 },
      addressOf: forwarded,
      upgrade: open,
    })
    await using upgrade = await openRaw(server.port)
    upgrade.socket.write(upgradeHead('/', [from('2001:db8:1:2::1')]))
    await upgrade.until('101')
    const status = async (address: string) =>
      (await readAll(server.port, get(from(address), 'Connection: close'))).slice(9, 12)
    expect([await status('2001:db8:1:2:ffff::9'), await status('2001:db8:1:3::1')]).toEqual([
      '429',
      '200',
    ])
  })

  test('that do not send their headers in time get 408 and are closed', async () => {
    await using server = await start({ limits: { headersMs: 100 } })
    for (const bytes of [
      '',
      'GET / HTTP/1.1\r\nHost: ',
      `${get('Connection: keep-alive')}GET / HT`,
    ]) {
      expect(await readAll(server.port, bytes)).toMatch(/HTTP\/1\.1 408 Request Timeout\r\n/)
    }
  })

  test('that do not send the body of an answered request are closed, too', async () => {
    await using server = await start({ limits: { headersMs: 50 } })
    const post = get('Content-Length: 10').replace('GET', 'POST')
    expect(await readAll(server.port, post)).toContain('served')
  })

  test('that send more requests without waiting for answers are cut', async () => {
    let asked = 0
    await using server = await start({ limits: { requestsAtOnce: 4 }, request: () => (asked += 1) })
    expect(await readAll(server.port, get().repeat(1_000))).toBe('')
    expect(asked).toBe(4)
    expect(server.log).toMatchObject([{ level: 'warn', fields: { cutForRequestsAtOnce: 1 } }])
  })

  test('may make any number of requests one after another', async () => {
    await using server = await start({ limits: { requestsAtOnce: 1 } })
    await using raw = await openRaw(server.port)
    for (let n = 1; n <= 20; n += 1) {
      raw.socket.write(get())
      await expect
        .poll(async () => (await raw.until('')).split('served').length, { interval: 1 })
        .toBe(n + 1)
    }
  })

  test('that take nothing while data waits for them are cut, even when they still send', async () => {
    const body = Buffer.alloc(20_000_000)
    const served: Duplex[] = []
    await using server = await start({
      limits: { stallMs: 100 },
      request: (req, res) => {
        served.push(req.socket)
        res.end(body)
      },
      upgrade: (...upgraded) => {
        open(...upgraded)
        served.push(upgraded[1])
        upgraded[1].write(body)
      },
    })
    await using silent = await openRaw(server.port)
    silent.socket.write(get())
    await using talker = await openRaw(server.port)
    talker.socket.write(upgradeHead('/'))
    for (const { socket } of [silent, talker]) {
      await once(socket, 'data')
      socket.pause()
    }
    const talk = setInterval(() => talker.socket.write('ping'), 20)
    await expect
      .poll(() => served.map(({ destroyed }) => destroyed), { timeout: 10_000 })
      .toEqual([true, true])
    for (const { socket, closed } of [silent, talker]) {
      socket.resume()
      await closed
      expect(socket.bytesRead).toBeLessThan(body.length)
    }
    clearInterval(talk)
    expect(server.log).toMatchObject([{ level: 'warn', fields: { cutForTakingNothing: 1 } }])
  })

  test('that take waiting data slowly get all of it', async () => {
    const body = Buffer.alloc(20_000_000)
    await using server = await start({
      limits: { stallMs: 1_000 },
      request: (_req, res) => res.end(body),
    })
    await using raw = await openRaw(server.port)
    raw.socket.write(get('Connection: close'))
    await once(raw.socket, 'data')
    // This takes longer than a connection may take nothing.
    raw.socket.pause()
    const reading = setInterval(() => {
      raw.socket.resume()
      raw.socket.once('data', () => raw.socket.pause())
    }, 5)
    await raw.closed
    clearInterval(reading)
    expect(raw.socket.bytesRead).toBeGreaterThan(body.length)
    expect(server.log).toEqual([])
  })
})

describe('upgrades', () => {
  test.each(['h2c', 'h2c, websocket', 'TLS/1.0', 'foo/2'])(
    'to %s are ignored: the request is answered',
    async (offer) => {
      const upgraded: unknown[] = []
      await using server = await start({ upgrade: (req) => upgraded.push(req) })
      const answer = await readAll(
        server.port,
        get('Connection: Upgrade, close', `Upgrade: ${offer}`),
      )
      expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n/)
      expect(answer).toContain('served')
      expect(upgraded).toEqual([])
    },
  )

  test('to a WebSocket are ignored on a port without sockets', async () => {
    await using server = await start()
    await using raw = await openRaw(server.port)
    raw.socket.write(upgradeHead('/'))
    expect(await raw.until('served')).toMatch(/^HTTP\/1\.1 200 OK\r\n/)
  })

  test('to a WebSocket are passed on, in any spelling', async () => {
    await using server = await start({ upgrade: (_req, socket) => socket.end('upgraded') })
    const head = upgradeHead('/').replace('Upgrade: websocket', 'Upgrade: WebSocket')
    expect(await readAll(server.port, head)).toBe('upgraded')
  })
})
