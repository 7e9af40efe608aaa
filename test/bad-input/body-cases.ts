import { gzipSync } from 'node:zlib'
import { bodyMaxBytes } from '../../src/protocol/limits.ts'
import type { HttpCase } from './http-case.ts'

const send = { path: '/api/messages/' }
const notJson = { code: 'bad_request' } as const
const notAnObject = { code: 'bad_request', fields: [''] } as const
const tooLarge = { code: 'too_large' } as const
/** An answer of AWS's HTTP API itself is not a problem document. */
const refusedByGateway = { status: 413, message: 'Request Entity Too Large' } as const

const megabyte = 1024 * 1024
const bytes = (...values: (string | number[])[]) =>
  Buffer.concat(values.map((value) => Buffer.from(value as string)))
const padded = (size: number) => '{"room_id":1,"message":""'.padEnd(size - 1) + '}'
const nested = (depth: number) => '['.repeat(depth) + ']'.repeat(depth)

/** Bodies that are wrong as a whole, whatever their fields. */
export const bodyCases: readonly HttpCase[] = [
  { name: 'refuses half of a JSON text', ...send, body: '{"room_id":', answer: notJson },
  { name: 'refuses words that are not JSON', ...send, body: 'message=hello', answer: notJson },
  { name: 'refuses single quotes', ...send, body: "{'message':'hi'}", answer: notJson },
  { name: 'refuses a trailing comma', ...send, body: '{"message":"hi",}', answer: notJson },
  { name: 'refuses two JSON texts in one body', ...send, body: '{}{}', answer: notJson },
  { name: 'refuses NaN', ...send, body: '{"room_id":NaN}', answer: notJson },
  {
    name: 'refuses a bare line feed in a text',
    ...send,
    body: '{"message":"\n"}',
    answer: notJson,
  },
  { name: 'refuses a comment', ...send, body: '/* */ {}', answer: notJson },
  {
    name: 'takes an empty body for an empty object',
    ...send,
    body: '',
    answer: { code: 'bad_request', fields: ['room_id', 'message'] },
  },
  {
    name: 'takes a body of white space for an empty object',
    ...send,
    body: ' \r\n\t ',
    answer: { code: 'bad_request', fields: ['room_id', 'message'] },
  },
  {
    name: 'names every missing field of a registration',
    as: 'nobody',
    path: '/api/register/',
    body: {},
    answer: { code: 'bad_request', fields: ['username', 'password', 'email'] },
  },
  {
    name: 'names every missing field of a login',
    as: 'nobody',
    path: '/api/login/',
    body: {},
    answer: { code: 'bad_request', fields: ['username', 'password'] },
  },
  {
    name: 'names the missing field of a refresh',
    as: 'nobody',
    path: '/api/token/refresh/',
    body: {},
    answer: { code: 'bad_request', fields: ['refresh'] },
  },
  {
    name: 'refuses a change of a room that changes nothing',
    method: 'PATCH',
    path: ({ room }) => `/api/rooms/${room.id}/`,
    body: {},
    answer: notAnObject,
  },
  {
    name: 'refuses a change of a profile that changes nothing',
    method: 'PATCH',
    path: '/api/users/me/',
    body: { id: 1, username: 'admin', is_admin: true, email_verified_at: null, unknown: 'x' },
    answer: notAnObject,
  },
  {
    name: 'names every missing field of a change of a password',
    path: '/api/users/me/password/',
    body: {},
    answer: { code: 'bad_request', fields: ['current_password', 'new_password'] },
  },
  {
    name: 'names the missing field of the deletion of an account',
    method: 'DELETE',
    path: '/api/users/me/',
    answer: { code: 'bad_request', fields: ['password'] },
  },
  {
    name: 'refuses an array for a profile',
    method: 'PATCH',
    path: '/api/users/me/',
    body: [{ bio: 'x' }],
    answer: notAnObject,
  },
  { name: 'refuses an array', ...send, body: [], answer: notAnObject },
  { name: 'refuses an array of objects', ...send, body: [{}], answer: notAnObject },
  { name: 'refuses a number', ...send, body: '42', answer: notAnObject },
  { name: 'refuses null', ...send, body: 'null', answer: notAnObject },
  { name: 'refuses a text', ...send, body: '"hello"', answer: notAnObject },
  { name: 'refuses true', ...send, body: 'true', answer: notAnObject },
  {
    name: 'refuses an array for a login',
    as: 'nobody',
    path: '/api/login/',
    body: ['mallory'],
    answer: notAnObject,
  },
  {
    name: 'reads no field from a __proto__',
    ...send,
    body: '{"__proto__":{"room_id":1,"message":"from the prototype"}}',
    answer: { code: 'bad_request', fields: ['room_id', 'message'] },
  },
  {
    name: 'reads no field from a constructor',
    ...send,
    body: { constructor: { prototype: { room_id: 1 } } },
    answer: { code: 'bad_request', fields: ['room_id', 'message'] },
  },
  {
    name: '[C3] refuses a compressed body',
    ...send,
    headers: { 'Content-Encoding': 'gzip' },
    body: gzipSync('{"room_id":1,"message":"hello"}'),
    answer: { code: 'unsupported_media_type' },
  },
  ...['br', 'GZIP', 'identity, gzip', 'gzip;q=1', 'nonsense'].map((encoding) => ({
    name: `[C3] refuses a body whose encoding is ${encoding}, also when it is plain`,
    ...send,
    headers: { 'Content-Encoding': encoding },
    body: {},
    answer: { code: 'unsupported_media_type' } as const,
  })),
  {
    name: '[C3] reads a body with an empty encoding',
    ...send,
    headers: { 'Content-Encoding': 'Identity' },
    body: '{}',
    answer: { code: 'bad_request', fields: ['room_id', 'message'] },
  },
  {
    name: 'refuses UTF-16',
    ...send,
    body: Buffer.from('{"room_id":1,"message":"hello"}', 'utf16le'),
    answer: notJson,
  },
  {
    name: '[M1] refuses bytes that are not UTF-8, rather than replace them',
    ...send,
    body: ({ room }) => bytes(`{"room_id":${room.id},"message":"`, [0xff, 0xfe], '"}'),
    answer: notJson,
  },
  {
    name: '[M1] refuses a surrogate written in UTF-8',
    ...send,
    body: ({ room }) => bytes(`{"room_id":${room.id},"message":"`, [0xed, 0xa0, 0x80], '"}'),
    answer: notJson,
  },
  {
    name: '[M1] refuses an overlong NUL',
    ...send,
    body: ({ room }) => bytes(`{"room_id":${room.id},"message":"`, [0xc0, 0x80], '"}'),
    answer: notJson,
  },
  {
    name: 'reads a body of 64 KB',
    ...send,
    body: padded(bodyMaxBytes),
    answer: { code: 'bad_request', fields: ['message'] },
  },
  { name: 'refuses a body over 64 KB', ...send, body: padded(bodyMaxBytes + 1), answer: tooLarge },
  {
    name: 'refuses a login over 64 KB',
    as: 'nobody',
    path: '/api/login/',
    body: { username: 'mallory', password: 'p'.repeat(bodyMaxBytes) },
    answer: tooLarge,
  },
  {
    name: 'refuses a body over 64 KB that is no JSON as too large too',
    ...send,
    body: Buffer.alloc(megabyte, '['),
    answer: tooLarge,
  },
  {
    name: 'refuses a body over 10 MB at the gateway',
    ...send,
    body: Buffer.alloc(10 * megabyte + 1, ' '),
    answer: refusedByGateway,
  },
  {
    name: 'refuses 40 MB of nested arrays at the gateway',
    ...send,
    body: Buffer.alloc(40 * megabyte, '['),
    answer: refusedByGateway,
  },
  {
    name: 'refuses 40 MB of unknown length',
    ...send,
    headers: { 'Transfer-Encoding': 'chunked' },
    body: Buffer.alloc(40 * megabyte, '['),
    answer: tooLarge,
  },
  {
    name: 'refuses 64 KB of nested arrays',
    ...send,
    body: nested(bodyMaxBytes / 2),
    answer: notAnObject,
  },
  {
    name: 'refuses 64 KB of nested arrays that never end',
    ...send,
    body: '['.repeat(bodyMaxBytes),
    answer: notJson,
  },
  {
    name: 'refuses nested arrays for a text',
    ...send,
    body: `{"room_id":1,"message":${nested(32_000)}}`,
    answer: { code: 'bad_request', fields: ['message'] },
  },
  {
    name: 'refuses nested objects without the fields',
    ...send,
    body: '{"a":'.repeat(10_000) + '1' + '}'.repeat(10_000),
    answer: { code: 'bad_request', fields: ['room_id', 'message'] },
  },
]
