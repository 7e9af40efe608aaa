import type { HttpAnswer, HttpCase } from './http-case.ts'

const bad = (...fields: string[]): HttpAnswer => ({ code: 'bad_request', fields })
const list = (query: string) => `/api/rooms/?${query}`

const roomQueries: readonly HttpCase[] = [
  ['limit=-1', 'limit'],
  ['limit=0', 'limit'],
  ['limit=101', 'limit'],
  ['limit=1e1', 'limit'],
  ['limit=', 'limit'],
  ['limit', 'limit'],
  ['limit=%2010', 'limit'],
  ['limit=+10', 'limit'],
  ['limit=10%00', 'limit'],
  ['limit=99999999999999999999', 'limit'],
  ['limit=10&limit=10', 'limit'],
  ['limit[]=10', 'limit[]'],
  ['unknown=1', 'unknown'],
  ['Limit=10', 'Limit'],
  ['__proto__=1', '__proto__'],
  ['constructor=1', 'constructor'],
  ['__proto__[limit]=10', '__proto__[limit]'],
  ['member=yes', 'member'],
  ['member=', 'member'],
  ['member=true&member=true', 'member'],
  ['search=', 'search'],
  ['search=%20', 'search'],
  ['search=%00', 'search'],
  [`search=${'a'.repeat(101)}`, 'search'],
  ['order=', 'order'],
  ['order=title', 'order'],
  ['order=activity', 'order'],
  ['order=activity&order=activity&member=true', 'order'],
  ['order=activity&member=true&cursor=a1', 'cursor'],
  ['order=activity&member=true&cursor=a1-9007199254740992', 'cursor'],
  ['cursor=a1-1', 'cursor'],
  ['cursor=', 'cursor'],
  ['cursor=abc', 'cursor'],
  ['cursor=a', 'cursor'],
  ['cursor=c1', 'cursor'],
  ['cursor=a-1', 'cursor'],
  ['cursor=a1%00', 'cursor'],
  ['cursor=a9007199254740992', 'cursor'],
  ["cursor=a1'%20or%20'1'='1", 'cursor'],
  [`cursor=a${'1'.repeat(300)}`, 'cursor'],
].map(([query, field]) => ({
  name: `[C4] refuses ?${query!.slice(0, 40)}`,
  path: list(query!),
  answer: bad(field!),
}))

const userQueries: readonly HttpCase[] = [
  ['search=', 'search'],
  ['search=%20', 'search'],
  ['search=%00', 'search'],
  [`search=${'a'.repeat(65)}`, 'search'],
  ['search=a&search=b', 'search'],
  ['limit=0', 'limit'],
  ['limit=101', 'limit'],
  ['email=a', 'email'],
  ['cursor=', 'cursor'],
  ['cursor=a', 'cursor'],
  ['cursor=cann', 'cursor'],
  ['cursor=aAnn', 'cursor'],
  ['cursor=aann%00', 'cursor'],
  ["cursor=a'--", 'cursor'],
  ['cursor=a%ED%A0%80', 'cursor'],
  [`cursor=a${'a'.repeat(33)}`, 'cursor'],
].map(([query, field]) => ({
  name: `[A5] refuses users with ?${query!.slice(0, 40)}`,
  path: `/api/users/?${query}`,
  answer: bad(field!),
}))

const ownQueries: readonly HttpCase[] = ['/api/sessions/', '/api/users/me/blocks/'].flatMap(
  (path) =>
    [
      ['limit=0', 'limit'],
      ['limit=1e1', 'limit'],
      ['search=a', 'search'],
      ['cursor=abc', 'cursor'],
      ['cursor=a9007199254740992', 'cursor'],
      ["cursor=a1'%20or%20'1'='1", 'cursor'],
      ['cursor=a1&cursor=a1', 'cursor'],
    ].map(([query, field]) => ({
      name: `[C4] refuses ${path}?${query}`,
      path: `${path}?${query}`,
      answer: bad(field!),
    })),
)

const messageQueries: readonly HttpCase[] = [
  ['before=-1', 'before'],
  ['before=1.5', 'before'],
  ['after=abc', 'after'],
  ['after=', 'after'],
  ['around=9007199254740992', 'around'],
  ['before=1&before=2', 'before'],
  ['before=1&after=1', ''],
  ['before=1&around=1', ''],
  ['cursor=a1', 'cursor'],
].map(([query, field]) => ({
  name: `[M4] refuses messages with ?${query}`,
  path: ({ room }) => `/api/messages/${room.id}/?${query}`,
  answer: bad(field!),
}))

const accepted: readonly HttpCase[] = [
  { name: '[C4] finds nothing for half a character', path: list('search=%ED%A0%80') },
  { name: '[C4] finds nothing for SQL', path: list("search='%20or%201=1%20--") },
  { name: '[C4] finds nothing for a pattern', path: list('search=%25%25%5F') },
  { name: '[C4] finds nothing past all rooms', path: list('cursor=b9007199254740991&search=zzz') },
  { name: '[A5] finds no user for SQL', path: "/api/users/?search='%20or%201=1" },
  { name: '[A5] finds no user for a pattern', path: '/api/users/?search=%25' },
  { name: '[A5] finds no user for half a character', path: '/api/users/?search=%ED%A0%80' },
  { name: '[A5] finds no user past all names', path: '/api/users/?cursor=azzzzzzzz' },
].map((found) => ({ ...found, answer: { status: 200, body: { results: [] } } }))

/** Query strings. Some of them only look wrong. */
export const queryCases = [
  ...roomQueries,
  ...userQueries,
  ...ownQueries,
  ...messageQueries,
  ...accepted,
]
