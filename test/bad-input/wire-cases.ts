import type { WireCase } from './wire-case.ts'

const head = (...lines: string[]) => `${lines.join('\r\n')}\r\n\r\n`
const post = (...lines: string[]) =>
  head('POST /api/login/ HTTP/1.1', 'Host: a', 'Content-Type: application/json', ...lines)
/** The hidden request of a smuggling attempt, behind the first request. It must not be answered. */
const hidden = head('GET /api/health/ HTTP/1.1', 'Host: a')

export const wireCases: readonly WireCase[] = [
  {
    name: 'refuses a length and a chunked body in one request',
    bytes: `${post('Content-Length: 4', 'Transfer-Encoding: chunked')}0\r\n\r\n${hidden}`,
    answer: { status: 400 },
  },
  {
    name: 'refuses a chunked body and a length in one request',
    bytes: `${post('Transfer-Encoding: chunked', 'Content-Length: 4')}0\r\n\r\n${hidden}`,
    answer: { status: 400 },
  },
  {
    name: 'refuses two lengths',
    bytes: `${post('Content-Length: 2', 'Content-Length: 40')}{}${hidden}`,
    answer: { status: 400 },
  },
  {
    name: 'refuses a list of lengths',
    bytes: `${post('Content-Length: 2, 40')}{}${hidden}`,
    answer: { status: 400 },
  },
  {
    name: 'refuses a negative length',
    bytes: `${post('Content-Length: -2')}{}${hidden}`,
    answer: { status: 400 },
  },
  {
    name: 'refuses a length in hexadecimal',
    bytes: `${post('Content-Length: 0x2')}{}${hidden}`,
    answer: { status: 400 },
  },
  {
    name: 'refuses a length past all numbers',
    bytes: `${post('Content-Length: 99999999999999999999')}{}${hidden}`,
    answer: { status: 400 },
  },
  {
    name: 'refuses an unknown transfer encoding',
    bytes: `${post('Transfer-Encoding: xchunked')}0\r\n\r\n${hidden}`,
    answer: { status: 400 },
  },
  {
    name: 'refuses chunked before another transfer encoding',
    bytes: `${post('Transfer-Encoding: chunked, identity')}0\r\n\r\n${hidden}`,
    answer: { status: 400 },
  },
  {
    name: 'refuses a transfer encoding with a space before its colon',
    bytes: `${post('Transfer-Encoding : chunked')}0\r\n\r\n${hidden}`,
    answer: { status: 400 },
  },
  {
    name: 'refuses a folded header',
    bytes: `${post('Transfer-Encoding:', ' chunked')}0\r\n\r\n${hidden}`,
    answer: { status: 400 },
  },
  {
    name: 'refuses a chunk whose size is not a number',
    bytes: `${post('Transfer-Encoding: chunked', 'Connection: close')}zz\r\n{}\r\n0\r\n\r\n${hidden}`,
    answer: { status: 400 },
  },
  {
    name: 'refuses a request without a host',
    bytes: head('GET /api/health/ HTTP/1.1', 'Connection: close'),
    answer: { status: 400 },
  },
  {
    name: 'refuses a NUL in a header',
    bytes: head('GET /api/health/ HTTP/1.1', 'Host: a', 'X-A: b\0c'),
    answer: { status: 400 },
  },
  {
    name: 'refuses a NUL in a path',
    bytes: head('GET /api/health/\0 HTTP/1.1', 'Host: a'),
    answer: { status: 400 },
  },
  {
    name: 'refuses a space in a path',
    bytes: head('GET /api/rooms/1 or 1=1 HTTP/1.1', 'Host: a'),
    answer: { status: 400 },
  },
  {
    name: 'refuses a method that does not exist',
    bytes: head('STEAL /api/rooms/ HTTP/1.1', 'Host: a'),
    answer: { status: 400 },
  },
  {
    name: 'refuses a method in small letters',
    bytes: head('get /api/rooms/ HTTP/1.1', 'Host: a'),
    answer: { status: 400 },
  },
  {
    name: 'refuses HTTP/2 without an upgrade',
    bytes: 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
    answer: { status: 400 },
  },
  { name: 'refuses TLS', bytes: '\x16\x03\x01\x02\x00\x01\x00\x01\xfc', answer: { status: 400 } },
  {
    name: 'refuses headers that never end',
    bytes: `GET /api/health/ HTTP/1.1\r\nHost: a\r\n${'X-Flood: x\r\n'.repeat(10_000)}`,
    answer: { status: 431 },
  },
  {
    name: 'refuses an expectation that it does not know',
    bytes: head('GET /api/health/ HTTP/1.1', 'Host: a', 'Expect: a miracle', 'Connection: close'),
    answer: { status: 417 },
  },
  {
    name: 'is not a proxy to another host',
    bytes: head('GET http://127.0.0.1:1/api/health/ HTTP/1.1', 'Host: a', 'Connection: close'),
    answer: { status: 404 },
  },
  {
    name: 'is not a tunnel to another host',
    bytes: head('CONNECT 127.0.0.1:1 HTTP/1.1', 'Host: a'),
    answer: 'closed',
  },
  {
    name: 'gives up a body that does not come',
    bytes: `${post('Content-Length: 100', 'Connection: close')}{"username":`,
    answer: { status: 408 },
  },
  {
    name: 'gives up a chunked body that does not end',
    bytes: `${post('Transfer-Encoding: chunked', 'Connection: close')}2\r\n{}\r\n`,
    answer: { status: 408 },
  },
  {
    name: 'forgets a body whose sender hangs up',
    bytes: head('POST /api/direct HTTP/1.1', 'Host: a', 'Content-Length: 1000') + '{"a":',
    answer: { hangsUp: '/api/direct' },
  },
  {
    name: 'forgets a chunked body whose sender hangs up',
    bytes: head('POST /api/rooms HTTP/1.1', 'Host: a', 'Transfer-Encoding: chunked') + '100\r\n{',
    answer: { hangsUp: '/api/rooms' },
  },
  { name: 'serves others while a request line is half there', bytes: 'GET /api', answer: 'waits' },
  {
    name: 'serves others while headers are half there',
    bytes: 'GET /api/health/ HTTP/1.1\r\nHost: a\r\nX-Slow: ',
    answer: 'waits',
  },
  {
    name: 'serves others while an upgrade is half there',
    bytes: 'GET /ws/ HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgr',
    answer: 'waits',
  },
]
