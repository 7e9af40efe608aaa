import type { HttpAnswer, HttpCase } from './http-case.ts'
import type { World } from './world.ts'

const bad = (...fields: string[]): HttpAnswer => ({ code: 'bad_request', fields })
const notFound = { code: 'not_found' } as const
const body = { message: 'a text that is not stored' }
/** Escapes characters beyond ASCII, as a client has to. The rest stays unchanged. */
const escape = (path: string) => path.replace(/[^!-~]+/g, encodeURIComponent)
const ofMember = ({ room, message }: World) => `/api/messages/${room.id}/${message}/`

/** [M5] Words that are not the number of a message. */
const numbers: readonly HttpCase[] = [
  '0',
  '-1',
  '1',
  '99',
  '1.5',
  '2e0',
  '0x2',
  '+2',
  '%202',
  '2%00',
  '٢',
  'abc',
  '__proto__',
  '9007199254740991',
  '9007199254740992',
  '18446744073709551616',
  "2'%20or%20'1'='1",
  '2;drop%20table%20messages',
].flatMap((word) =>
  (
    [
      ['PATCH', ''],
      ['DELETE', ''],
      ['PUT', 'reactions/👍/'],
      ['DELETE', 'reactions/👍/'],
    ] as const
  ).map(([method, more]) => ({
    name: `[M5] finds no message ${word} for ${method} ${more}`.trim(),
    method,
    path: ({ room }: World) => escape(`/api/messages/${room.id}/${word}/${more}`),
    ...(method === 'PATCH' && { body }),
    answer: notFound,
  })),
)

const edits: readonly HttpCase[] = [
  ['an empty text', ''],
  ['a text of white space', ' \t\r\n\u2028\ufeff'],
  ['a text of which nothing is visible', '\u200b\u2800\u3164'],
  ['4,001 characters', 'four thousand'.padEnd(4001, 'x')],
  ['4,001 characters of four bytes each', '😀'.repeat(4001)],
  ['a text that is half a character', '\udc00 is low'],
  ['a NUL', 'a\0b'],
].map(([what, message]) => ({
  name: `[M5] refuses an edit to ${what}`,
  method: 'PATCH',
  path: ofMember,
  body: { message: message! },
  answer: bad('message'),
}))

const emojis: readonly HttpCase[] = [
  'a',
  '👍👍',
  '👍a',
  '%00',
  '👍%00',
  '%20',
  '%23',
  '%E2%80%8D',
  '%EF%B8%8F',
  '1%EF%B8%8F',
  '👩‍👩‍👩‍👩‍👩',
  '🇽🇽',
  '__proto__',
  "'%20or%201=1",
  '%3Cscript%3E',
  'x'.repeat(2_000),
].flatMap((word) =>
  ['PUT', 'DELETE'].map((method) => ({
    name: `[M5] refuses to ${method} ${word.slice(0, 20)} as a reaction`,
    method,
    path: (world: World) => escape(`${ofMember(world)}reactions/${word}/`),
    answer: bad('emoji'),
  })),
)

/** Rooms and messages of others, and the server's answer for each. */
const others: readonly HttpCase[] = (
  [
    ['hides a private room from', ({ privateRoom }: World) => privateRoom.id, 'not_found'],
    ['has a room of others refuse', ({ bystander }: World) => bystander.room.id, 'forbidden'],
  ] as const
).flatMap(([does, roomOf, code]) =>
  [
    ['PATCH', '', body] as const,
    ['DELETE', '', undefined] as const,
    ['PUT', 'reactions/👍/', undefined] as const,
    ['DELETE', 'reactions/👍/', undefined] as const,
  ].map(([method, more, given]) => ({
    name: `[M5] ${does} ${method} ${more}`.trim(),
    method,
    path: (world: World) => escape(`/api/messages/${roomOf(world)}/2/${more}`),
    ...(given && { body: given }),
    answer: { code },
  })),
)

const eventQueries: readonly HttpCase[] = [
  ['after=-1', 'after'],
  ['after=1.5', 'after'],
  ['after=', 'after'],
  ['after=abc', 'after'],
  ['after=9007199254740992', 'after'],
  ["after=1'%20or%20'1'='1", 'after'],
  ['after=1&after=1', 'after'],
  ['limit=0', 'limit'],
  ['limit=101', 'limit'],
  ['before=1', 'before'],
  ['cursor=a1', 'cursor'],
].map(([query, field]) => ({
  name: `[M6] refuses events with ?${query}`,
  path: ({ room }: World) => `/api/rooms/${room.id}/events/?${query}`,
  answer: bad(field!),
}))

const searches: readonly HttpCase[] = [
  ['', 'q'],
  ['q=', 'q'],
  ['q=%20%09', 'q'],
  ['q=%00', 'q'],
  ['q=tea%00', 'q'],
  ['q=!!!', 'q'],
  ['q=%22', 'q'],
  ['q=-tea', 'q'],
  ['q=%26%20%7C%20%3A*', 'q'],
  ['q=-👍', 'q'],
  [`q=${'a'.repeat(257)}`, 'q'],
  ['q=tea&q=tea', 'q'],
  ['q[]=tea', 'q,q[]'],
  ['q=tea&room_id=', 'room_id'],
  ['q=tea&room_id=0', 'room_id'],
  ['q=tea&room_id=1e3', 'room_id'],
  ['q=tea&room_id=abc', 'room_id'],
  ['q=tea&room_id=9007199254740992', 'room_id'],
  ["q=tea&room_id=1'%20or%20'1'='1", 'room_id'],
  ['q=tea&limit=0', 'limit'],
  ['q=tea&limit=1e1', 'limit'],
  ['q=tea&cursor=a1', 'cursor'],
  ['q=tea&cursor=a1-', 'cursor'],
  ['q=tea&cursor=a1-9007199254740992', 'cursor'],
  ['q=tea&cursor=a999999999-1', 'cursor'],
  ["q=tea&cursor=a1-1'%20or%20'1'='1", 'cursor'],
  ['q=tea&unknown=1', 'unknown'],
].map(([query, fields]) => ({
  name: `[M7] refuses a search with ?${query!.slice(0, 40)}`,
  path: escape(`/api/search/?${query}`),
  answer: bad(...fields!.split(',')),
}))

const harmless: readonly HttpCase[] = [
  ['SQL', "'zzz');%20drop%20table%20messages;%20--"],
  ['an operator of the database', 'zzz%20%26%20!%20(a%20%7C%20b):*'],
  ['half a character', 'zzz%20%ED%A0%80'],
  ['a backslash', 'zzz%5C%5C%27'],
  ['lone quotes', '%22zzz%20-%22'],
  ['a pattern', '%25zzz%25'],
].map(([what, q]) => ({
  name: `[M7] finds nothing for ${what}`,
  path: `/api/search/?q=${q}`,
  answer: { status: 200, body: { results: [] } },
}))

const unseen: readonly HttpCase[] = [
  {
    name: '[C7] hides a private room from a search in it',
    path: ({ privateRoom }) => `/api/search/?q=tea&room_id=${privateRoom.id}`,
    answer: notFound,
  },
  {
    name: '[C7] hides the log of a private room',
    path: ({ privateRoom }) => `/api/rooms/${privateRoom.id}/events/`,
    answer: notFound,
  },
]

/** Requests about sent messages: changes, the log, and searches. */
export const messageCases = [
  ...numbers,
  ...edits,
  ...emojis,
  ...others,
  ...eventQueries,
  ...searches,
  ...harmless,
  ...unseen,
]
