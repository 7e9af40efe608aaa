import { expect, test } from 'vitest'
import { EventRequest } from '../../functions/http/event-request.ts'
import { toUrl } from '../../functions/http/plain-path.ts'
import { httpEvent } from '../support/http-event.ts'

interface Given {
  readonly body?: string
  readonly headers?: Readonly<Record<string, string>>
}

test.each<[method: string, target: string, given: Given]>([
  ['GET', '/api/messages/21?limit=50', {}],
  ['GET', '/api/users/%F0%9F%98%80%23%20a?q=%F0%9F%98%80+b%23c&d', {}],
  ['GET', '/api/rooms/..', { body: 'a GET has no body' }],
  [
    'POST',
    '/api/login',
    { body: '{"username":"\u{1f600} é"}', headers: { Authorization: 'Bearer a' } },
  ],
  ['POST', '/api/login', { body: Buffer.from([0, 255, 128]).toString('base64') }],
  ['DELETE', '/api/messages/21/5', { headers: { 'x-empty': '', 'x-spaces': '  a b  ' } }],
])('%s %s is read as a Request would read it', async (method, target, given) => {
  const isBase64Encoded = target === '/api/login' && !given.body?.startsWith('{')
  const event = {
    ...httpEvent(method, target, { routeKey: '$default', ...given })!,
    isBase64Encoded,
    cookies: ['a=1', 'b=2'],
  }
  const { rawPath, rawQueryString, headers, body } = event
  const right = new Request(toUrl(rawPath, rawQueryString), {
    method,
    headers: { ...headers, cookie: 'a=1; b=2' } as Record<string, string>,
    ...(body !== undefined &&
      method !== 'GET' && { body: Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8') }),
  })
  const read = new EventRequest(event)
  expect([read.method, read.url]).toEqual([right.method, right.url])
  expect([...read.headers]).toEqual([...right.headers])
  expect(Buffer.from(await read.arrayBuffer())).toEqual(Buffer.from(await right.arrayBuffer()))
})
