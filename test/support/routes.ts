import type { Answer } from './api-client.ts'
import type { TestServer } from './chat-server.ts'
import { type TestUser, testPassword } from './test-user.ts'
import { ok } from './answers.ts'
import { invite } from './memberships.ts'
import { sessionOf } from './sign-token.ts'

export interface Scene {
  readonly server: TestServer
  readonly room: number | string
  /** A message of the caller's in the room, by its number. */
  readonly message: number
  readonly caller: TestUser
  readonly member: TestUser
  readonly stranger: TestUser
}

export interface Route {
  readonly method: string
  /** Without its trailing slash; names of the scene stand for themselves. */
  readonly path: string
  /** With its question mark. */
  readonly query?: string
  readonly body?: (scene: Scene) => unknown
  readonly status: number
  /** It asks for no access token. */
  readonly isOpen?: boolean
}

let names = 0
export const newName = () => `name_${++names}`

const inRoom = ({ room }: Scene) => ({ room_id: room, message: 'hi' })

/** Every route of the API, and how to call it as the owner of a room with one other member. */
export const routes: readonly Route[] = [
  { method: 'GET', path: '/api/health', status: 200, isOpen: true },
  { method: 'GET', path: '/api/openapi.json', status: 200, isOpen: true },
  { method: 'GET', path: '/api/asyncapi.json', status: 200, isOpen: true },
  {
    method: 'POST',
    path: '/api/register',
    body: () => ({ username: newName(), password: testPassword, email: 'a@example.org' }),
    status: 201,
    isOpen: true,
  },
  {
    method: 'POST',
    path: '/api/login',
    body: ({ caller }) => ({ username: caller.username, password: testPassword }),
    status: 200,
    isOpen: true,
  },
  {
    method: 'POST',
    path: '/api/token/refresh',
    body: ({ caller }) => ({ refresh: caller.refresh }),
    status: 200,
    isOpen: true,
  },
  { method: 'POST', path: '/api/logout', status: 204 },
  { method: 'GET', path: '/api/sessions', status: 200 },
  { method: 'DELETE', path: '/api/sessions', status: 204 },
  { method: 'DELETE', path: '/api/sessions/<session>', status: 204 },
  { method: 'GET', path: '/api/users/me', status: 200 },
  { method: 'PATCH', path: '/api/users/me', body: () => ({ bio: 'I am here' }), status: 200 },
  {
    method: 'DELETE',
    path: '/api/users/me',
    body: () => ({ password: testPassword }),
    status: 204,
  },
  {
    method: 'POST',
    path: '/api/users/me/password',
    body: () => ({ current_password: testPassword, new_password: 'another long one' }),
    status: 204,
  },
  { method: 'GET', path: '/api/users/me/second-factor', status: 200 },
  {
    method: 'POST',
    path: '/api/users/me/second-factor',
    body: () => ({ password: testPassword }),
    status: 201,
  },
  {
    method: 'DELETE',
    path: '/api/users/me/second-factor',
    body: () => ({ password: testPassword }),
    status: 204,
  },
  {
    method: 'POST',
    path: '/api/users/me/second-factor/confirm',
    body: () => ({ code: '123456' }),
    // Nothing was begun.
    status: 409,
  },
  {
    method: 'POST',
    path: '/api/users/me/second-factor/recovery-codes',
    body: () => ({ password: testPassword }),
    // It is off.
    status: 409,
  },
  {
    method: 'POST',
    path: '/api/password-link',
    body: () => ({ token: 'no link', new_password: 'another long one' }),
    status: 404,
    isOpen: true,
  },
  { method: 'GET', path: '/api/users/me/export', status: 200 },
  { method: 'GET', path: '/api/users/me/blocks', status: 200 },
  { method: 'PUT', path: '/api/users/me/blocks/<stranger>', status: 204 },
  { method: 'DELETE', path: '/api/users/me/blocks/<stranger>', status: 204 },
  { method: 'GET', path: '/api/users', status: 200 },
  { method: 'POST', path: '/api/rooms', body: () => ({ title: 'Rooms' }), status: 201 },
  { method: 'GET', path: '/api/rooms', status: 200 },
  { method: 'GET', path: '/api/rooms/<room>', status: 200 },
  {
    method: 'PATCH',
    path: '/api/rooms/<room>',
    body: () => ({ title: 'Renamed' }),
    status: 200,
  },
  { method: 'DELETE', path: '/api/rooms/<room>', status: 204 },
  { method: 'POST', path: '/api/rooms/<room>/join', status: 200 },
  { method: 'POST', path: '/api/rooms/<room>/leave', status: 204 },
  {
    method: 'POST',
    path: '/api/rooms/<room>/read',
    body: () => ({ seq: 1 }),
    status: 200,
  },
  {
    method: 'PUT',
    path: '/api/rooms/<room>/notify',
    body: () => ({ notify: 'all' }),
    status: 200,
  },
  { method: 'GET', path: '/api/rooms/<room>/members', status: 200 },
  {
    method: 'PUT',
    path: '/api/rooms/<room>/members/<stranger>',
    body: () => ({ role: 'member' }),
    status: 201,
  },
  {
    method: 'DELETE',
    path: '/api/rooms/<room>/members/<member>',
    status: 204,
  },
  { method: 'GET', path: '/api/rooms/<room>/bans', status: 200 },
  {
    method: 'PUT',
    path: '/api/rooms/<room>/bans/<stranger>',
    body: () => ({ reason: 'for no reason' }),
    status: 201,
  },
  { method: 'DELETE', path: '/api/rooms/<room>/bans/<stranger>', status: 204 },
  {
    method: 'POST',
    path: '/api/direct',
    body: ({ stranger }) => ({ username: stranger.username }),
    status: 201,
  },
  {
    method: 'POST',
    path: '/api/messages',
    body: inRoom,
    status: 201,
  },
  { method: 'GET', path: '/api/messages/<room>', status: 200 },
  {
    method: 'PATCH',
    path: '/api/messages/<room>/<message>',
    body: () => ({ message: 'edited' }),
    status: 200,
  },
  { method: 'DELETE', path: '/api/messages/<room>/<message>', status: 204 },
  {
    method: 'PUT',
    path: '/api/messages/<room>/<message>/report',
    body: () => ({ reason: 'spam' }),
    status: 409,
  },
  {
    method: 'PUT',
    path: '/api/users/<stranger>/report',
    body: () => ({ reason: 'spam' }),
    status: 201,
  },
  { method: 'PUT', path: '/api/messages/<room>/<message>/reactions/🎉', status: 200 },
  { method: 'DELETE', path: '/api/messages/<room>/<message>/reactions/🎉', status: 204 },
  { method: 'GET', path: '/api/rooms/<room>/events', status: 200 },
  { method: 'GET', path: '/api/notifications', status: 200 },
  { method: 'GET', path: '/api/announcements', status: 200 },
  {
    method: 'POST',
    path: '/api/notifications/read',
    body: () => ({ all: true }),
    status: 200,
  },
  { method: 'GET', path: '/api/search', query: '?q=hi', status: 200 },
  { method: 'GET', path: '/api/search', query: '?q=hi&room_id=<room>', status: 200 },
]
export const closedRoutes = routes.filter((route) => !route.isOpen)
export const roomRoutes = routes.filter(
  ({ path, query = '', body }) => `${path}${query}`.includes('<room>') || body === inRoom,
)
export const titled = (list: readonly Route[]) =>
  list.map((route) => ({
    name: `${route.method} ${route.path}/${route.query ?? ''}`,
    route,
  }))

export async function makeScene(server: TestServer, kind = 'private'): Promise<Scene> {
  const [caller, member, stranger] = [
    await server.register(),
    await server.register(),
    await server.register(),
  ]
  const { id } = await caller.createRoom({ title: 'Scene', kind })
  await invite(caller, { id }, 'member', member)
  const { seq } = await ok(caller.send(id, 'hi'))
  return { server, room: id, message: seq, caller, member, stranger }
}

export function pathOf(
  { path }: Pick<Route, 'path'>,
  { room, message, caller, member, stranger }: Scene,
): string {
  return path
    .replace('<room>', String(room))
    .replace('<message>', String(message))
    .replace('<session>', String(sessionOf(caller)))
    .replace('<member>', member.username)
    .replace('<stranger>', stranger.username)
}

export async function callRoute(
  route: Route,
  scene: Scene,
  token: string | undefined = scene.caller.access,
  slash = '/',
): Promise<Answer> {
  return await scene.server.call(
    route.method,
    pathOf(route, scene) + slash + pathOf({ path: route.query ?? '' }, scene),
    route.body?.(scene),
    token,
  )
}
