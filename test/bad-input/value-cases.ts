import type { HttpAnswer, HttpCase } from './http-case.ts'

const bad = (...fields: string[]): HttpAnswer => ({ code: 'bad_request', fields })
const sqlText = "x'; drop table users; --"
const fourBytes = '😀'

const rooms: readonly HttpCase[] = [
  ['an empty title', { title: '' }, 'title'],
  ['a title of white space', { title: ' \t\n\u00a0\u3000' }, 'title'],
  ['a title of which nothing is visible', { title: '\u200b\u2800\u202e' }, 'title'],
  ['a title of 101 characters', { title: 'a'.repeat(101) }, 'title'],
  ['a title of 16,000 marks', { title: `a${'\u0301\u0323'.repeat(8_000)}` }, 'title'],
  [
    'a description of 1,001 characters',
    { title: 'A', description: 'a'.repeat(1001) },
    'description',
  ],
  ['an empty name', { title: 'A', name: '' }, 'name'],
  ['a name of 65 characters', { title: 'A', name: 'a'.repeat(65) }, 'name'],
  ['a name with a slash', { title: 'A', name: 'a/b' }, 'name'],
  ['a name with a space', { title: 'A', name: 'a b' }, 'name'],
  ['a name with a dot', { title: 'A', name: '..' }, 'name'],
  ['SQL for a name', { title: 'A', name: sqlText }, 'name'],
  ['a direct chat among rooms', { title: 'A', kind: 'direct' }, 'kind'],
  ['a private room with a chosen name', { title: 'A', kind: 'private', name: 'mine' }, 'name'],
].map(([what, body, field]) => ({
  name: `[R1] refuses ${what as string}`,
  path: '/api/rooms/',
  body,
  answer: bad(field as string),
}))

const others: readonly HttpCase[] = [
  {
    name: '[R1] refuses the name of another room',
    path: '/api/rooms/',
    body: { title: 'Mine', name: 'BYSTANDERS' },
    answer: { code: 'conflict' },
  },
  {
    name: '[R2] refuses a stranger who changes a room',
    method: 'PATCH',
    path: ({ bystander }) => `/api/rooms/${bystander.room.id}/`,
    body: { title: 'Mine now' },
    answer: { code: 'forbidden' },
  },
  {
    name: '[C7] hides a private room from who would change it',
    method: 'PATCH',
    path: ({ privateRoom }) => `/api/rooms/${privateRoom.id}/`,
    body: { title: 'Mine now' },
    answer: { code: 'not_found' },
  },
  {
    name: '[R3] refuses a direct chat with oneself',
    path: '/api/direct/',
    body: { username: 'Mallory' },
    answer: bad('username'),
  },
  {
    name: '[R3] refuses a direct chat with nobody',
    path: '/api/direct/',
    body: { username: 'nobody_at_all' },
    answer: { code: 'not_found' },
  },
  {
    name: '[R3] refuses SQL for the other one of a direct chat',
    path: '/api/direct/',
    body: { username: sqlText },
    answer: bad('username'),
  },
  {
    name: '[A6] refuses to block oneself',
    method: 'PUT',
    path: '/api/users/me/blocks/Mallory/',
    answer: bad('username'),
  },
  {
    name: '[M8] refuses a mark before the beginning',
    path: ({ room }) => `/api/rooms/${room.id}/read/`,
    body: { seq: -1 },
    answer: bad('seq'),
  },
  {
    name: '[M8] refuses a mark in a room of others',
    path: ({ bystander }) => `/api/rooms/${bystander.room.id}/read/`,
    body: { seq: 1 },
    answer: { code: 'forbidden' },
  },
]

function sending(name: string, fields: Record<string, unknown>, answer: HttpAnswer): HttpCase {
  return {
    name: `[M1] ${name}`,
    path: '/api/messages/',
    body: ({ room }) => ({ room_id: room.id, message: 'a text that is not stored', ...fields }),
    answer,
  }
}

const messages: readonly HttpCase[] = [
  sending('refuses an empty text', { message: '' }, bad('message')),
  sending('refuses a text of white space', { message: ' \t\r\n\u2028\ufeff' }, bad('message')),
  sending(
    'refuses a text of which nothing is visible',
    { message: '\u200b\u2800\u3164' },
    bad('message'),
  ),
  sending(
    'refuses 4,001 characters',
    { message: 'four thousand'.padEnd(4001, 'x') },
    bad('message'),
  ),
  sending(
    'refuses 4,001 characters of four bytes each',
    { message: fourBytes.repeat(4001) },
    bad('message'),
  ),
  sending('refuses a text that is half a character', { message: '\udc00 is low' }, bad('message')),
  sending('refuses an empty client_id', { client_id: '' }, bad('client_id')),
  sending('refuses a client_id of 65 characters', { client_id: 'c'.repeat(65) }, bad('client_id')),
  sending('refuses room 0', { room_id: 0 }, bad('room_id')),
  sending('refuses room -1', { room_id: -1 }, bad('room_id')),
  sending('finds no room 1e3', { room_id: 1e3 }, { code: 'not_found' }),
  sending('finds no room 2^53-1', { room_id: 2 ** 53 - 1 }, { code: 'not_found' }),
  sending('refuses a reply to event 0', { reply_to: 0 }, bad('reply_to')),
  sending('refuses a reply to event -1', { reply_to: -1 }, bad('reply_to')),
  sending('refuses a reply to an event that is not a message', { reply_to: 1 }, bad('reply_to')),
  sending('refuses a reply to a message that is not there', { reply_to: 99 }, bad('reply_to')),
  sending('refuses a reply past all numbers', { reply_to: 2 ** 53 - 1 }, bad('reply_to')),
  {
    name: '[M1] refuses an infinite room',
    path: '/api/messages/',
    body: '{"room_id":1e400,"message":"a text that is not stored"}',
    answer: bad('room_id'),
  },
  {
    name: '[C7] hides a private room from who would send to it',
    path: '/api/messages/',
    body: ({ privateRoom }) => ({ room_id: privateRoom.id, message: 'a text that is not stored' }),
    answer: { code: 'not_found' },
  },
  {
    name: '[M1] refuses a text for a room that one has not joined',
    path: '/api/messages/',
    body: ({ bystander }) => ({ room_id: bystander.room.id, message: 'a text not stored' }),
    answer: { code: 'forbidden' },
  },
]

/** Fields of rooms and messages with the right type and a wrong value. */
export const valueCases = [...rooms, ...others, ...messages]
