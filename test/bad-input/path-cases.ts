import type { HttpCase } from './http-case.ts'

const notFound = { code: 'not_found' } as const
/** [C2] Paths that are not UTF-8, or that normalization would change. */
const notPlain = { code: 'bad_request' } as const
const notAllowed = { code: 'method_not_allowed' } as const
/** Words that cannot be part of a path. */
const brokenWords = [
  '%ED%A0%80',
  '%F0%9F%91',
  '%FF',
  '%',
  '..%2F..',
  '%2e%2e',
  '%5c',
  '%09',
  '%250A',
]
/** The gateway has no such route. */
const noRoute = { status: 404, message: 'Not Found' } as const
const noPage = { status: 404 } as const

/** A word that is not an id, or not the id of a room, gets the answer of an unknown room. */
const roomIds: readonly HttpCase[] = [
  '0',
  '-1',
  '1.5',
  '1e3',
  '+1',
  '0x1',
  '9007199254740991',
  '9007199254740992',
  '18446744073709551616',
  '1'.repeat(5_000),
  'abc',
  'null',
  '__proto__',
  '1;drop%20table%20users',
  "1'%20or%20'1'='1",
  '%00',
  '1%00',
  '%D9%A1',
].flatMap((word) =>
  [
    ['GET', `/api/rooms/${word}/`],
    ['GET', `/api/messages/${word}/`],
    ['POST', `/api/rooms/${word}/join/`],
  ].map(([method, path]) => ({
    name: `[C7] finds no room for ${method} ${path!.length > 99 ? `${path!.slice(0, 40)}…` : path!}`,
    method: method!,
    path: path!,
    answer: notFound,
  })),
)

const usernames: readonly HttpCase[] = [
  '%00',
  'speaker%00',
  'nobody_at_all',
  "'%20or%201=1",
  'a'.repeat(33),
].map((word) => ({
  name: `[R2] finds no member ${word}`,
  method: 'DELETE',
  path: ({ room }) => `/api/rooms/${room.id}/members/${word}/`,
  answer: notFound,
}))

/** Ids of no session of the caller. */
const sessionIds: readonly HttpCase[] = [
  '0',
  '-1',
  '1.5',
  '1e3',
  '9007199254740991',
  '9007199254740992',
  'me',
  '__proto__',
  "1'%20or%20'1'='1",
  '%00',
].map((word) => ({
  name: `[A4] finds no session ${word}`,
  method: 'DELETE',
  path: `/api/sessions/${word}/`,
  answer: notFound,
}))

const blockedNames: readonly HttpCase[] = [
  '%00',
  'speaker%00',
  'nobody_at_all',
  "'%20or%201=1",
  'a'.repeat(33),
].flatMap((word) =>
  ['PUT', 'DELETE'].map((method) => ({
    name: `[A6] finds nobody for ${method} of a block of ${word}`,
    method,
    path: `/api/users/me/blocks/${word}/`,
    answer: notFound,
  })),
)

const otherSpellings: readonly HttpCase[] = brokenWords.flatMap((word) =>
  [
    ['GET', `/api/rooms/${word}/`],
    ['POST', `/api/rooms/${word}/join/`],
    ['DELETE', `/api/sessions/${word}/`],
    ['PUT', `/api/users/me/blocks/${word}/`],
    ['PUT', `/api/messages/1/2/reactions/${word}/`],
  ].map(([method, path]) => ({
    name: `[C2] refuses ${method} ${path!}, which is not spelt plainly`,
    method: method!,
    path: path!,
    answer: notPlain,
  })),
)

const paths: readonly HttpCase[] = [
  { name: '[C3] knows no other path', path: '/api/nothing/here', answer: notFound },
  { name: '[C3] knows no path of prototypes', path: '/api/__proto__/', answer: notFound },
  { name: '[C3] knows no path with a NUL', path: '/api/%00', answer: notFound },
  { name: '[C3] knows no path that is not UTF-8', path: '/api/%ff/%', answer: notPlain },
  { name: '[C3] does not leave the API upwards', path: '/api/../package.json', answer: notPlain },
  { name: '[C3] knows no path of 9 KB', path: `/api/${'a'.repeat(9_000)}`, answer: notFound },
  {
    name: '[C3] knows no path of 4,000 parts',
    path: `/api${'/a'.repeat(4_000)}`,
    answer: notFound,
  },
  { name: 'has no route for the API alone', path: '/api', answer: noRoute },
  {
    name: 'refuses a path of 12 KB at the gateway',
    path: `/api/${'a'.repeat(12_000)}`,
    answer: { status: 431, message: 'Request Header Fields Too Large' },
  },
  {
    name: 'refuses a path of 100 KB before the gateway',
    path: `/api/${'a'.repeat(100_000)}`,
    answer: { status: 431 },
  },
  {
    name: 'refuses a flood of headers before the gateway',
    path: '/api/rooms/',
    headers: Object.fromEntries(Array.from({ length: 5_000 }, (_, n) => [`X-Flood-${n}`, 'x'])),
    answer: { status: 431 },
  },
  {
    name: 'refuses a flood of short headers',
    path: '/api/rooms/',
    headers: Object.fromEntries(Array.from({ length: 1_200 }, (_, n) => [`x${n}`, 'x'])),
    answer: { status: 431 },
  },
  ...[
    '/docs/../package.json',
    '/docs/%2e%2e/package.json',
    '/docs/%2e%2e%2fpackage.json',
    '/docs/..%5cpackage.json',
    '/docs/..;/package.json',
    '/docs/../../../../etc/passwd',
    '/docs/package.json%00.md',
    '/docs/%00',
    '/api/docs/../../package.json',
    '/api/docs/%2e%2e/%2e%2e/package.json',
    '/api/docs/swagger-ui-bundle.js.map',
    '/api/docs/websocket/nothing',
    '/api/docsx',
    '//etc/passwd',
    '/.env',
    '/.git/config',
    '/package.json',
    `/docs/${'a/'.repeat(4_000)}a`,
    `/docs/${'a'.repeat(8_000)}`,
  ].map((path) => ({
    name: `has no page ${path.slice(0, 40)}`,
    path,
    answer: noPage,
  })),
]

const methods: readonly HttpCase[] = [
  ...['PUT', 'DELETE', 'PATCH', 'PROPFIND', 'TRACE', 'PURGE'].map((method) => ({
    name: `[C3] allows no ${method} of the rooms`,
    method,
    path: '/api/rooms/',
    answer: notAllowed,
  })),
  { name: '[C3] allows no GET of login', path: '/api/login/', answer: notAllowed },
  {
    name: '[C3] finds no path for OPTIONS',
    method: 'OPTIONS',
    path: '/api/nothing/',
    answer: notFound,
  },
  { name: 'lets pages only be read', method: 'POST', path: '/docs/', answer: { status: 405 } },
  {
    name: 'lets the pages of the API only be read',
    method: 'POST',
    path: '/api/docs/',
    answer: { status: 405 },
  },
  { name: 'lets pages not be traced', method: 'TRACE', path: '/docs/', answer: { status: 405 } },
]

/** Paths and methods. */
export const pathCases = [
  ...roomIds,
  ...usernames,
  ...sessionIds,
  ...blockedNames,
  ...otherSpellings,
  ...paths,
  ...methods,
]
