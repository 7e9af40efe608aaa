import type { HttpAnswer, HttpCase } from './http-case.ts'

const bad = (...fields: string[]): HttpAnswer => ({ code: 'bad_request', fields })
const sqlText = "x'; drop table users; --"
const fourBytes = '😀'

/** [A1] Registrations whose one field is of the right type and a wrong form. */
function registering(name: string, fields: Record<string, unknown>, answer: HttpAnswer): HttpCase {
  const good = { username: 'newcomer', password: 'a secret of a newcomer', email: 'a@example.org' }
  return {
    name: `[A1] ${name}`,
    as: 'nobody',
    path: '/api/register/',
    body: { ...good, ...fields },
    answer,
  }
}

const registrations: readonly HttpCase[] = [
  registering('refuses an empty username', { username: '' }, bad('username')),
  registering('refuses a username of 33 characters', { username: 'a'.repeat(33) }, bad('username')),
  registering('refuses a username with a space', { username: 'two words' }, bad('username')),
  registering('does not trim a username', { username: ' newcomer' }, bad('username')),
  registering('refuses a line feed after a username', { username: 'newcomer\n' }, bad('username')),
  registering('refuses a username with an accent', { username: 'zoé' }, bad('username')),
  registering('refuses a username of look-alikes', { username: 'mаllory' }, bad('username')),
  registering('refuses digits of other scripts', { username: 'user٣' }, bad('username')),
  registering('refuses SQL for a username', { username: sqlText }, bad('username')),
  registering('refuses HTML for a username', { username: '<b>me</b>' }, bad('username')),
  registering('refuses a path for a username', { username: '../speaker' }, bad('username')),
  registering('refuses a username that is taken', { username: 'speaker' }, { code: 'conflict' }),
  registering(
    'refuses a username that is taken in other letters',
    { username: 'SPEAKER' },
    { code: 'conflict' },
  ),
  registering('refuses a password of 7 bytes', { password: 'seven_7' }, bad('password')),
  registering('refuses a password of 73 bytes', { password: 'p'.repeat(73) }, bad('password')),
  registering(
    'refuses a password of 73 bytes in 19 characters',
    { password: `${fourBytes.repeat(18)}p` },
    bad('password'),
  ),
  registering('refuses the most common password', { password: 'password' }, bad('password')),
  registering('refuses it in capitals', { password: 'PassWord' }, bad('password')),
  registering('refuses the username as password', { password: 'newcomer' }, bad('password')),
  registering('refuses the username in capitals', { password: 'NewComer' }, bad('password')),
  registering('refuses an empty password', { password: '' }, bad('password')),
  registering('refuses an email without an at sign', { email: 'a.example.org' }, bad('email')),
  registering(
    'refuses an email with a line feed',
    { email: 'a@example.org\nBcc: b@example.org' },
    bad('email'),
  ),
  registering(
    'refuses an email of 255 characters',
    { email: `${'a'.repeat(243)}@example.org` },
    bad('email'),
  ),
  registering('refuses an email of 60 KB', { email: 'a'.repeat(60_000) }, bad('email')),
  registering('refuses SQL for an email', { email: `${sqlText}@example.org` }, bad('email')),
]

const logins: readonly HttpCase[] = [
  ['an unknown user', 'nobody_at_all', 'not a secret of anybody'],
  ['a wrong password', 'mallory', 'not the secret of mallory'],
  ['an empty password', 'mallory', ''],
  ['an empty username', '', 'not a secret of anybody'],
  ['SQL for a username', "mallory' or '1'='1", 'not a secret of anybody'],
  ['SQL for a password', 'mallory', "' or '1'='1' --"],
  ['a password of 60 KB', 'mallory', 'p'.repeat(60_000)],
  // bcrypt reads 72 bytes: what begins with the password and goes on would be right to it.
  ['the password and more, past 72 bytes', 'mallory', 'correct horse battery'.padEnd(90, '\0')],
].map(([what, username, password]) => ({
  name: `[A2] refuses ${what} at login`,
  as: 'nobody',
  path: '/api/login/',
  body: { username, password },
  answer: { code: 'unauthenticated' },
}))

const refreshes: readonly HttpCase[] = [
  ['a word', 'nonsense'],
  ['a token of the right form that nobody has', `${'a'.repeat(22)}.${'b'.repeat(43)}`],
  ['SQL', `${"' or 1=1 --".padEnd(22)}.${'b'.repeat(43)}`],
].map(([what, refresh]) => ({
  name: `[A3] refuses ${what} as refresh token`,
  as: 'nobody',
  path: '/api/token/refresh/',
  body: { refresh },
  answer: { code: what!.startsWith('a token') ? 'session_revoked' : 'unauthenticated' },
}))

const rooms: readonly HttpCase[] = [
  ['an empty title', { title: '' }, 'title'],
  ['a title of white space', { title: ' \t\n\u00a0\u3000' }, 'title'],
  ['a title of 101 characters', { title: 'a'.repeat(101) }, 'title'],
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
  sending('refuses a reply to an event that is no message', { reply_to: 1 }, bad('reply_to')),
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

/** Fields of the right type whose value is wrong. */
export const valueCases = [
  ...registrations,
  ...logins,
  ...refreshes,
  ...rooms,
  ...others,
  ...messages,
]
