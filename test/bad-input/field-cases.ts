import type { ErrorCode } from '../../src/protocol/errors.ts'
import type { HttpCase } from './http-case.ts'
import type { World } from './world.ts'

type Kind = 'text' | 'number' | 'choice'

/** A good request, and the kinds of its fields. Each field is made wrong, one at a time. */
interface GoodRequest {
  readonly name: string
  readonly as?: 'nobody'
  readonly method?: string
  readonly path: (world: World) => string
  readonly body: (world: World) => Record<string, unknown>
  readonly fields: Readonly<Record<string, Kind>>
}

const goodRequests: readonly GoodRequest[] = [
  {
    name: 'registration',
    as: 'nobody',
    path: () => '/api/register/',
    body: () => ({
      username: 'newcomer',
      password: 'a secret of a newcomer',
      email: 'a@example.org',
    }),
    fields: { username: 'text', password: 'text', email: 'text' },
  },
  {
    name: 'login',
    as: 'nobody',
    path: () => '/api/login/',
    body: () => ({ username: 'mallory', password: 'not the secret of mallory' }),
    fields: { username: 'text', password: 'text' },
  },
  {
    name: 'refresh',
    as: 'nobody',
    path: () => '/api/token/refresh/',
    body: () => ({}),
    fields: { refresh: 'text' },
  },
  {
    name: 'change of a profile',
    method: 'PATCH',
    path: () => '/api/users/me/',
    body: () => ({}),
    fields: { email: 'text', bio: 'text' },
  },
  {
    name: 'change of a password',
    path: () => '/api/users/me/password/',
    body: () => ({
      current_password: 'not the secret of mallory',
      new_password: 'a new secret of mallory',
    }),
    fields: { current_password: 'text', new_password: 'text' },
  },
  {
    name: 'deletion of an account',
    method: 'DELETE',
    path: () => '/api/users/me/',
    body: () => ({}),
    fields: { password: 'text' },
  },
  {
    name: 'new room',
    path: () => '/api/rooms/',
    body: () => ({ title: 'A room' }),
    fields: { title: 'text', description: 'text', name: 'text', kind: 'choice' },
  },
  {
    name: 'change of a room',
    method: 'PATCH',
    path: ({ room }) => `/api/rooms/${room.id}/`,
    body: () => ({}),
    fields: { title: 'text', description: 'text' },
  },
  {
    name: 'direct chat',
    path: () => '/api/direct/',
    body: () => ({}),
    fields: { username: 'text' },
  },
  {
    name: 'membership',
    method: 'PUT',
    path: ({ room }) => `/api/rooms/${room.id}/members/speaker/`,
    body: () => ({}),
    fields: { role: 'choice' },
  },
  {
    name: 'ban',
    method: 'PUT',
    path: ({ room }) => `/api/rooms/${room.id}/bans/speaker/`,
    body: () => ({}),
    fields: { reason: 'text' },
  },
  {
    name: 'mark',
    path: ({ room }) => `/api/rooms/${room.id}/read/`,
    body: () => ({}),
    fields: { seq: 'number' },
  },
  {
    name: 'message',
    path: () => '/api/messages/',
    body: ({ room }) => ({ room_id: room.id, message: 'a text that is not stored' }),
    fields: { room_id: 'number', message: 'text', client_id: 'text', reply_to: 'number' },
  },
  {
    name: 'choice of notifications',
    method: 'PUT',
    path: ({ room }) => `/api/rooms/${room.id}/notify/`,
    body: () => ({}),
    fields: { notify: 'choice' },
  },
  {
    name: 'edit',
    method: 'PATCH',
    path: ({ room, message }) => `/api/messages/${room.id}/${message}/`,
    body: () => ({}),
    fields: { message: 'text' },
  },
]

const wrongValues: Readonly<Record<Kind, readonly unknown[]>> = {
  text: [null, true, 42, [], {}, ['text']],
  number: [null, true, '1', [], {}, 1.5, 2 ** 53, 2 ** 64],
  choice: [null, true, 42, [], {}, 'admin', 'Member', ''],
}

/** These are written as JSON escapes, so the body is valid JSON. */
const unstorable = { 'a NUL': 'begin \0 end', 'an unpaired surrogate': 'begin \ud800 end' }

/** An impossible password or refresh token is answered like any other wrong one. */
const answersAsWrong: Readonly<Record<string, ErrorCode>> = {
  'login password': 'unauthenticated',
  'refresh refresh': 'unauthenticated',
  'change of a password current_password': 'forbidden',
  'deletion of an account password': 'forbidden',
}

/** Every field of every request: with a wrong type, and with text that PostgreSQL cannot store. */
export const fieldCases: readonly HttpCase[] = goodRequests.flatMap((good) =>
  Object.entries(good.fields).flatMap(([field, kind]) => [
    ...wrongValues[kind].map((value) =>
      withField(good, field, value, `refuses ${show(value)} as ${field} of a ${good.name}`),
    ),
    ...(kind === 'number' ? [] : Object.entries(unstorable)).map(([what, value]) => {
      const name = `refuses ${what} in ${field} of a ${good.name}`
      const code = answersAsWrong[`${good.name} ${field}`]
      return { ...withField(good, field, value, name), ...(code && { answer: { code } }) }
    }),
  ]),
)

function withField(good: GoodRequest, field: string, value: unknown, name: string): HttpCase {
  const { as, method, path, body } = good
  return {
    name: `[C3] ${name}`,
    ...(as && { as }),
    ...(method && { method }),
    path,
    body: (world: World) => ({ ...body(world), [field]: value }),
    answer: { code: 'bad_request', fields: [field] },
  }
}

function show(value: unknown): string {
  return typeof value === 'number' && value > 1000 ? `2^${Math.log2(value)}` : JSON.stringify(value)
}
