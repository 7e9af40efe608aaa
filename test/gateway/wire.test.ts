import { describe, expect, test } from 'vitest'
import { createFrameScanner } from '../../src/emulators/api-gateway/frame-scanner.ts'
import {
  compileRouteSelection,
  routeKeyFor,
} from '../../src/emulators/api-gateway/route-selection.ts'
import {
  createFrameEncoder,
  encodeTextFrame,
  errorFrame,
} from '../../src/emulators/api-gateway/text-frame.ts'
import { createTokenBucket } from '../../src/emulators/api-gateway/token-bucket.ts'
import { parseProxyResult } from '../../src/emulators/api-gateway/websocket-result.ts'
import { clientFrame } from '../support/gateway-client.ts'

function frames(...sizes: number[]): Buffer {
  return Buffer.concat(sizes.map((size) => clientFrame(1, Buffer.alloc(size))))
}

describe('createFrameScanner', () => {
  test('finds an oversized frame and counts the messages before it', () => {
    expect(createFrameScanner(100).scan(frames(1, 100, 5, 101, 1))).toBe(3)
    expect(
      createFrameScanner(70_000).scan(frames(125, 126, 65_535, 65_536, 70_000)),
    ).toBeUndefined()
    expect(createFrameScanner(70_000).scan(frames(125, 70_001))).toBe(1)
  })

  test('does the same with every byte in a chunk of its own', () => {
    const scanner = createFrameScanner(200)
    const found = [...frames(0, 1, 126, 200, 201)].map((byte) => scanner.scan(Uint8Array.of(byte)))
    expect(found.at(-1)).toBe(4)
    expect(found.filter((item) => item === undefined)).toHaveLength(
      2 + 4 + (2 + 4 + 1) + (4 + 4 + 126) + (4 + 4 + 200) + 3,
    )
  })

  test('counts a fragmented message once, and control frames not at all', () => {
    const scanner = createFrameScanner(10)
    const chunk = Buffer.concat([
      clientFrame(1, Buffer.alloc(10), { fin: false }),
      clientFrame(9, Buffer.alloc(100)),
      clientFrame(0, Buffer.alloc(10)),
      clientFrame(1, Buffer.alloc(3), { fin: false }),
      clientFrame(0, Buffer.alloc(11)),
    ])
    expect(scanner.scan(chunk)).toBe(1)
  })

  test('survives any bytes, and a length beyond 2^53', () => {
    const scanner = createFrameScanner(10)
    expect(scanner.scan(new Uint8Array(10).fill(0xff))).toBeUndefined()
    const text = createFrameScanner(10)
    expect(text.scan(Uint8Array.of(0x81, 0xff, 255, 255, 255, 255, 255, 255, 255, 255))).toBe(0)
  })
})

describe('text frames', () => {
  test('have the header that the length asks for', () => {
    expect([...encodeTextFrame(Buffer.from('hi'))]).toEqual([0x81, 2, 104, 105])
    expect([...encodeTextFrame(Buffer.alloc(126)).subarray(0, 4)]).toEqual([0x81, 126, 0, 126])
    expect([...encodeTextFrame(Buffer.alloc(65_536)).subarray(0, 10)]).toEqual([
      0x81, 127, 0, 0, 0, 0, 0, 1, 0, 0,
    ])
  })

  test('are made once for the same string, and never kept for bytes that may change', () => {
    const encode = createFrameEncoder()
    expect(encode('same')).toBe(encode('same'))
    const bytes = Buffer.from('a')
    const first = encode(bytes)
    bytes[0] = 98
    expect([first[2], encode(bytes)[2]]).toEqual([97, 98])
  })

  test('are valid UTF-8 whatever was posted', () => {
    const frame = createFrameEncoder()(Uint8Array.of(0x61, 0xff))
    expect(frame.subarray(2).toString()).toBe('a\uFFFD')
  })

  test('of the gateway have a space after the first colon alone', () => {
    expect(errorFrame('Forbidden', 'DBNjmfOmSwMCJiA=', 'DBNlXFDjSwMF3FA=')).toBe(
      '{"message": "Forbidden", "connectionId":"DBNjmfOmSwMCJiA=", "requestId":"DBNlXFDjSwMF3FA="}',
    )
  })
})

describe('route selection', () => {
  const select = compileRouteSelection('$request.body.action')

  test('[5.5] makes strings of what it finds, and "" of what is missing', () => {
    expect(select('{"action":"send"}')).toBe('send')
    expect(select('{"action":7}')).toBe('7')
    expect(select('{"action":true}')).toBe('true')
    expect(select('{"action":{"a":1}}')).toBe('{"a":1}')
    expect(select('{}')).toBe('')
    expect(select('"text"')).toBe('')
    expect(select('no json')).toBeUndefined()
  })

  test('[5.5] reads nested paths, and own properties only', () => {
    const nested = compileRouteSelection('$request.body.message.kind')
    expect(nested('{"message":{"kind":"a"}}')).toBe('a')
    expect(nested('{"message":null}')).toBe('')
    expect(compileRouteSelection('$request.body.constructor.name')('{}')).toBe('')
  })

  test('[5.5] takes several variables and static text', () => {
    const both = compileRouteSelection('v1:${request.body.service}/${request.body.action}')
    expect(both('{"service":"chat","action":"send"}')).toBe('v1:chat/send')
    expect(both('{"service":"chat"}')).toBe('v1:chat/')
  })

  test('refuses an expression that it does not know, at once', () => {
    for (const expression of [
      '',
      'action',
      '$request.header.x',
      '${request.header.x}',
      '$request.body',
    ]) {
      expect(() => compileRouteSelection(expression)).toThrow('is not supported')
    }
  })

  test('[5.5] gives $default where nothing matches, and never another $ route', () => {
    const all = new Set(['$connect', '$default', 'send'])
    expect(routeKeyFor('send', all)).toBe('send')
    expect(routeKeyFor('$connect', all)).toBe('$default')
    expect(routeKeyFor(undefined, all)).toBe('$default')
    expect(routeKeyFor('$connect', new Set(['$connect']))).toBeUndefined()
  })
})

describe('parseProxyResult', () => {
  test('finds the subprotocol in headers or multiValueHeaders', () => {
    const multiValueHeaders = { 'SEC-WEBSOCKET-PROTOCOL': ['chat'] }
    expect(parseProxyResult({ statusCode: 200, multiValueHeaders })).toEqual({
      statusCode: 200,
      subprotocol: 'chat',
    })
  })

  test('takes a null body as none, and an undefined value as absent', () => {
    expect(parseProxyResult({ statusCode: 200, body: null })).toEqual({ statusCode: 200 })
    expect(parseProxyResult({ statusCode: 200, extra: undefined })).toEqual({ statusCode: 200 })
    expect(parseProxyResult({ statusCode: 200, extra: null })).toBeUndefined()
  })
})

describe('createTokenBucket', () => {
  test('gives its burst, then one token per period, and never saves more than the burst', () => {
    let now = 0
    const bucket = createTokenBucket({ perSecond: 10, burst: 2, clock: () => now })
    expect([bucket.take(), bucket.take(), bucket.take()]).toEqual([true, true, false])
    now = 100
    expect([bucket.take(), bucket.take()]).toEqual([true, false])
    now = 10_000
    expect([bucket.take(), bucket.take(), bucket.take()]).toEqual([true, true, false])
  })
})
