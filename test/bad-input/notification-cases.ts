import { notificationIdsMax } from '../../src/protocol/limits.ts'
import type { HttpAnswer, HttpCase } from './http-case.ts'
import type { World } from './world.ts'

const bad = (...fields: string[]): HttpAnswer => ({ code: 'bad_request', fields })
const path = '/api/notifications/read/'
const sqlText = '1); drop table notifications; --'

const wrongReads: readonly (readonly [what: string, body: object, field: string])[] = [
  ['neither ids nor all', {}, ''],
  ['both ids and all', { ids: [1], all: true }, ''],
  ['an empty list of ids, and all', { ids: [], all: true }, ''],
  ['all that is false', { all: false }, 'all'],
  ['all that is a number', { all: 1 }, 'all'],
  ['all that is a text', { all: 'true' }, 'all'],
  ['all that is null', { all: null }, 'all'],
  ['ids that are null', { ids: null }, 'ids'],
  ['ids that are one', { ids: 1 }, 'ids'],
  ['ids that are a text', { ids: '1,2' }, 'ids'],
  ['ids that are an object', { ids: { 0: 1, length: 1 } }, 'ids'],
  ['an id that is a text', { ids: ['1'] }, 'ids.0'],
  ['an id that is SQL', { ids: [1, sqlText] }, 'ids.1'],
  ['an id that is null', { ids: [null] }, 'ids.0'],
  ['an id that is a list', { ids: [[1]] }, 'ids.0'],
  ['an id that is 0', { ids: [0] }, 'ids.0'],
  ['an id below 0', { ids: [-1] }, 'ids.0'],
  ['an id that is not a whole number', { ids: [1, 2, 1.5] }, 'ids.2'],
  ['an id of 2^53', { ids: [2 ** 53] }, 'ids.0'],
  ['an id of 2^64', { ids: [2 ** 64] }, 'ids.0'],
  ['101 ids', { ids: Array.from({ length: notificationIdsMax + 1 }, (_, n) => n + 1) }, 'ids'],
]

const reads = wrongReads.map(([what, body, field]): HttpCase => ({
  name: `[N1] refuses ${what} to be marked as read`,
  path,
  body,
  answer: bad(field),
}))

/** The member has one notification, which stays unread. */
const ignored = (
  [
    ['ids that nobody has', () => [2 ** 53 - 1, 999_999]],
    ['an id of another', ({ noticeOfSpeaker }: World) => [noticeOfSpeaker]],
    ['no ids', () => []],
  ] as const
).map(([what, ids]): HttpCase => ({
  name: `[N1, C7] marks nothing as read by ${what}`,
  path,
  body: (world) => ({ ids: ids(world) }),
  answer: { status: 200, body: { unread: 1 } },
}))

const lists: readonly HttpCase[] = [
  ['unread=1', 'unread'],
  ['unread=', 'unread'],
  ['unread=TRUE', 'unread'],
  ['unread=true&unread=true', 'unread'],
  ['unread=%00', 'unread'],
  ["unread=true'%20or%20'1'='1", 'unread'],
  ['limit=0', 'limit'],
  ['limit=101', 'limit'],
  ['limit=1e1', 'limit'],
  ['cursor=', 'cursor'],
  ['cursor=5', 'cursor'],
  ['cursor=a', 'cursor'],
  ['cursor=a-1', 'cursor'],
  ['cursor=a9007199254740992', 'cursor'],
  ['cursor=c5', 'cursor'],
  ['cursor=a1;drop%20table%20notifications', 'cursor'],
  ['user_id=1', 'user_id'],
  ['kind=mention', 'kind'],
  ['__proto__=1', '__proto__'],
].map(([query, field]) => ({
  name: `[C4] refuses ?${query!} of notifications`,
  path: `/api/notifications/?${query!}`,
  answer: bad(field!),
}))

const wrongChoices: readonly (readonly [what: string, notify: unknown])[] = [
  ['an unknown word', 'some'],
  ['a word in capitals', 'ALL'],
  ['a word with white space', ' all '],
  ['a word with a NUL', 'all\0'],
  ['half a character', '\ud800'],
  ['SQL', "all'; update memberships set notify = 'none'; --"],
  ['a list', ['all']],
  ['an object', { all: true }],
  ['a number', 0],
  ['null', null],
]

const choices = wrongChoices.map(([what, notify]): HttpCase => ({
  name: `[N2] refuses ${what} as what to be notified of`,
  method: 'PUT',
  path: ({ room }) => `/api/rooms/${room.id}/notify/`,
  body: { notify },
  answer: bad('notify'),
}))

const rooms = (
  [
    ['a word that is not an id', () => 'abc'],
    ['an id that nobody has', () => '9007199254740991'],
    ['an id of 2^64', () => '18446744073709551616'],
    ['a private room of others', ({ privateRoom }: World) => String(privateRoom.id)],
    ['SQL', () => '1%20or%201=1'],
  ] as const
).map(([what, room]): HttpCase => ({
  name: `[N2, C7] finds no room to be notified of by ${what}`,
  method: 'PUT',
  path: (world) => `/api/rooms/${room(world)}/notify/`,
  body: { notify: 'all' },
  answer: { code: 'not_found' },
}))

/** Wrong input for reading notifications and for choosing them. */
export const notificationCases: readonly HttpCase[] = [
  ...reads,
  ...ignored,
  ...lists,
  ...choices,
  ...rooms,
  {
    name: '[N2] names the missing choice',
    method: 'PUT',
    path: ({ room }) => `/api/rooms/${room.id}/notify/`,
    body: {},
    answer: bad('notify'),
  },
  {
    name: '[N1] refuses GET where notifications are marked as read',
    path,
    answer: { code: 'method_not_allowed' },
  },
]
