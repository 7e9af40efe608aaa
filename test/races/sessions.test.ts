import { expect, test } from 'vitest'
import { startTestServer, type TestServer } from '../support/chat-server.ts'
import type { TestSocket } from '../support/test-socket.ts'
import type { TestUser } from '../support/test-user.ts'
import { Barrier, Observer } from '../support/barrier.ts'
import { statusOf, whenOver } from './connecting.ts'

const sessionOf = 'sessions where user_id = $1'

/** The tokens that so many refreshes with one token are given, which wait for the session together. */
async function refreshAtOnce(
  server: TestServer,
  observer: Observer,
  user: TestUser,
  count: number,
): Promise<string[]> {
  await using barrier = await Barrier.hold(server.database, sessionOf, user.id)
  const refreshes = Array.from({ length: count }, () => refresh(server, user.refresh))
  await observer.waiting(count)
  await barrier.release()
  const answers = await Promise.all(refreshes)
  expect(answers.map(({ status }) => status)).toEqual(Array(count).fill(200))
  return answers.map(({ body }) => String(body.refresh))
}

async function refresh(server: TestServer, token: string) {
  return await server.call('POST', '/api/token/refresh/', { refresh: token })
}

test('[A3] the successors of a refresh token used three times at once are all good', async () => {
  await using server = await startTestServer()
  await using observer = await Observer.of(server.database)
  const user = await server.register()
  for (const token of await refreshAtOnce(server, observer, user, 3)) {
    const next = await refresh(server, token)
    expect(next.status).toBe(200)
    expect((await refresh(server, next.body.refresh)).status).toBe(200)
  }
  expect((await user.get('/api/rooms/')).status).toBe(200)
})

test('[A3] a used-up token ends the session that refreshes at the same moment, whichever is first', async () => {
  await using server = await startTestServer()
  await using observer = await Observer.of(server.database)
  const user = await server.register()
  const [one, two] = await refreshAtOnce(server, observer, user, 2)
  expect((await refresh(server, one!)).status).toBe(200)
  await using barrier = await Barrier.hold(server.database, sessionOf, user.id)
  const stolen = refresh(server, user.refresh)
  await observer.waiting(1)
  const own = refresh(server, two!)
  await observer.waiting(2)
  await barrier.release()
  expect(await stolen).toMatchObject({ status: 401, body: { code: 'session_revoked' } })
  expect(await own).toMatchObject({ status: 401, body: { code: 'session_revoked' } })
  expect((await user.get('/api/rooms/')).status).toBe(401)
})

test('[A3] two that use the successor and its predecessor at once: the successor is used first, or has a twin', async () => {
  await using server = await startTestServer()
  await using observer = await Observer.of(server.database)
  for (const first of ['successor', 'predecessor']) {
    const user = await server.register()
    const successor = String((await refresh(server, user.refresh)).body.refresh)
    await using barrier = await Barrier.hold(server.database, sessionOf, user.id)
    const tokens = first === 'successor' ? [successor, user.refresh] : [user.refresh, successor]
    const one = refresh(server, tokens[0]!)
    await observer.waiting(1)
    const other = refresh(server, tokens[1]!)
    await observer.waiting(2)
    await barrier.release()
    const statuses = [(await one).status, (await other).status]
    expect(statuses).toEqual(first === 'successor' ? [200, 401] : [200, 200])
  }
})

test.each(['refresh', 'logout'])(
  '[A3, A4] a refresh against a logout, the %s first: the session has ended',
  async (first) => {
    await using server = await startTestServer()
    await using observer = await Observer.of(server.database)
    const user = await server.register()
    await using barrier = await Barrier.hold(server.database, sessionOf, user.id)
    const start = {
      refresh: () => refresh(server, user.refresh),
      logout: () => user.post('/api/logout/'),
    }
    const one = first === 'refresh' ? start.refresh() : start.logout()
    await observer.waiting(1)
    const other = first === 'refresh' ? start.logout() : start.refresh()
    await observer.waiting(2)
    await barrier.release()
    const [refreshed, loggedOut] =
      first === 'refresh' ? [await one, await other] : [await other, await one]
    expect(loggedOut.status).toBe(204)
    expect(refreshed.status).toBe(first === 'refresh' ? 200 : 401)
    const newest = refreshed.body.refresh ?? user.refresh
    expect((await refresh(server, newest)).status).toBe(401)
    const access = refreshed.body.access ?? user.access
    expect((await server.call('GET', '/api/rooms/', undefined, access)).status).toBe(401)
  },
)

test('[A4] a $connect before the logout of its session is closed by it, and leaves no row', async () => {
  await using server = await startTestServer()
  await using observer = await Observer.of(server.database)
  const user = await server.register()
  const { id, name } = await user.createRoom()
  await using barrier = await Barrier.hold(server.database, 'rooms where id = $1', id)
  const over = whenOver(user.connect(`/ws/chat/${name}/`))
  await observer.waiting(1)
  const logout = user.post('/api/logout/')
  await observer.waiting(2)
  await barrier.release()
  expect((await logout).status).toBe(204)
  await over
  await observer.quiet()
  await expect.poll(() => observer.query('select id from connections')).toEqual([])
})

test('[A4] a $connect after the logout of its session is refused, and leaves no row', async () => {
  await using server = await startTestServer()
  await using observer = await Observer.of(server.database)
  const user = await server.register()
  await using barrier = await Barrier.hold(server.database, sessionOf, user.id)
  const logout = user.post('/api/logout/')
  await observer.waiting(1)
  const status = statusOf(user.connect())
  await observer.waiting(2)
  await barrier.release()
  expect((await logout).status).toBe(204)
  expect(await status).toBe(401)
  await expect.poll(() => observer.query('select id from connections')).toEqual([])
})

test('[A4] a logout and a batch of sends from its sockets do not wait for each other', async () => {
  await using server = await startTestServer()
  await using observer = await Observer.of(server.database)
  const user = await server.register()
  const { id } = await user.createRoom()
  const sockets: TestSocket[] = []
  for (let n = 0; n < 8; n++) sockets.push(await user.connect())
  // The first send holds the room's queue while the others gather into one batch.
  await using room = await Barrier.hold(server.database, 'rooms where id = $1', id)
  const sends = [user.send(id, 'first')]
  await observer.waiting(1)
  for (const socket of sockets) {
    void socket.ask({ action: 'sendmessage', room_id: id, message: 'next' }).catch(() => undefined)
  }
  for (const socket of sockets) await socket.settle()
  const logout = user.post('/api/logout/')
  await observer.waiting(2)
  await room.release()
  expect((await logout).status).toBe(204)
  expect((await Promise.all(sends)).map(({ status }) => status)).toEqual([201])
  await Promise.all(sockets.map((socket) => socket.closed))
  await observer.quiet()
  expect(server.log.filter(({ level }) => level === 'error')).toEqual([])
  await expect.poll(() => observer.query('select id from connections')).toEqual([])
})
