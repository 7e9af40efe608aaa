import type { HttpAnswer, HttpCase } from './http-case.ts'

const bad = (...fields: string[]): HttpAnswer => ({ code: 'bad_request', fields })
const sqlText = "x'; drop table users; --"
const fourBytes = '😀'

/** [A1] A registration with one field of the right type and a wrong form. */
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
  registering('refuses a line feed in a username', { username: 'new\ncomer' }, bad('username')),
  registering(
    'refuses a username that is taken, with spaces around it',
    { username: ' speaker\n' },
    { code: 'conflict' },
  ),
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
  registering('refuses a password of 7 characters', { password: 'sëven_7' }, bad('password')),
  registering('refuses an empty display name', { display_name: ' ' }, bad('display_name')),
  registering(
    'refuses a display name of 65 characters',
    { display_name: fourBytes.repeat(65) },
    bad('display_name'),
  ),
  registering('refuses a display name with a NUL', { display_name: 'a\0' }, bad('display_name')),
  registering('refuses half a character', { display_name: 'a\ud800' }, bad('display_name')),
  registering('refuses a display name of a wrong type', { display_name: 42 }, bad('display_name')),
  registering('refuses a password of 73 bytes', { password: 'p'.repeat(73) }, bad('password')),
  registering(
    'refuses a password of 73 bytes in 19 characters',
    { password: `${fourBytes.repeat(18)}p` },
    bad('password'),
  ),
  registering(
    'refuses one of the most common passwords',
    { password: 'qwertyuiop' },
    bad('password'),
  ),
  registering('refuses it in capitals', { password: 'QwertyUiop' }, bad('password')),
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
  registering(
    'refuses an email with an invisible character',
    { email: 'a\u200b@example.org' },
    bad('email'),
  ),
  registering(
    'refuses an email with a path in its domain',
    { email: 'a@é/example.org' },
    bad('email'),
  ),
  registering(
    'refuses an email of marks',
    { email: `a${'\u0301\u0323'.repeat(8_000)}@example.org` },
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
  // bcrypt reads 72 bytes. So a longer password that begins with the right one would match it.
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

const profiles: readonly HttpCase[] = [
  ['a bio of 501 characters', { bio: 'b'.repeat(501) }, 'bio'],
  ['a bio of 501 characters of four bytes each', { bio: fourBytes.repeat(501) }, 'bio'],
  ['a bio of 60 KB', { bio: 'b'.repeat(60_000) }, 'bio'],
  ['a bio that ends in half a character', { bio: 'mine \ud83d' }, 'bio'],
  ['an empty email', { email: '' }, 'email'],
  ['an email without an at sign', { email: 'a.example.org' }, 'email'],
  ['an email with a line feed', { email: 'a@example.org\nBcc: b@example.org' }, 'email'],
  ['an email of 255 characters', { email: `${'a'.repeat(243)}@example.org` }, 'email'],
  ['SQL for an email', { email: `${sqlText}@example.org` }, 'email'],
  ['a good bio beside a wrong email', { bio: 'good', email: 'wrong' }, 'email'],
].map(([what, body, field]) => ({
  name: `[A5] refuses ${what as string} of a profile`,
  method: 'PATCH',
  path: '/api/users/me/',
  body,
  answer: bad(field as string),
}))

const newPasswords: readonly HttpCase[] = [
  ['of 7 characters', 'sëven_7'],
  ['of 7 characters that are two code points each', 'é'.repeat(7).normalize('NFD')],
  ['of 16,000 marks', '\u0301\u0323'.repeat(8_000)],
  ['with an invisible character', 'a new secret\u200b of mallory'],
  ['of 73 bytes', 'p'.repeat(73)],
  ['of 73 bytes in 19 characters', `${fourBytes.repeat(18)}p`],
  ['of 60 KB', 'p'.repeat(60_000)],
  ['that is empty', ''],
].map(([what, new_password]) => ({
  name: `[A5] refuses a new password ${what}`,
  path: '/api/users/me/password/',
  body: { current_password: 'not the secret of mallory', new_password },
  answer: bad('new_password'),
}))

const presentPasswords: readonly HttpCase[] = [
  ['SQL', "' or '1'='1' --"],
  ['one of 60 KB', 'p'.repeat(60_000)],
].flatMap(([what, password]) => [
  {
    name: `[A5] refuses ${what} for the password at the end of an account`,
    method: 'DELETE',
    path: '/api/users/me/',
    body: { password },
    answer: { code: 'forbidden' },
  },
  {
    name: `[A5] refuses ${what} for the present password`,
    path: '/api/users/me/password/',
    body: { current_password: password, new_password: 'a new secret of mallory' },
    answer: { code: 'forbidden' },
  },
])

/** Fields of accounts with the right type and a wrong value. */
export const accountValueCases = [
  ...registrations,
  ...logins,
  ...refreshes,
  ...profiles,
  ...newPasswords,
  ...presentPasswords,
]
