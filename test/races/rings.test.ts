/** The order of locks. No two transactions may wait for each other in a ring. */
import { expect, test } from 'vitest'
import { readLimits } from '../../functions/env.ts'
import { storeMessages } from '../../src/core/messages/send-messages.ts'
import { ChatError } from '../../src/core/errors.ts'
import { startTestServer } from '../support/chat-server.ts'
import type { TestUser } from '../support/test-user.ts'
import { Barrier, Observer } from '../support/barrier.ts'

const limits = readLimits({})

function codes(outcomes: readonly unknown[]): string[] {
  return outcomes.map((outcome) => (outcome instanceof ChatError ? outcome.code : 'sent'))
}

/** Adds rows of connections without sockets, as another process sees the connections of this one. */
async function insertConnections(observer: Observer, user: TestUser, ids: string[], age = '1 s') {
  for (const id of ids) {
    await observer.query(
      `insert into connections (id, user_id, session_id, simple, connected_at, seen_at, expires_at)
       select $1, $2, s.id, false, now() - $3::interval, now() - $3::interval, now() + interval '1 hour'
         from sessions s where s.user_id = $2`,
      [id, user.id, age],
    )
    await observer.query(
      `insert into subscriptions (room_id, connection_id)
       select room_id, $1 from memberships where user_id = $2`,
      [id, user.id],
    )
  }
}

test('[A4] a logout and a batch of sends lock the sockets of the session in the same order', async () => {
  await using server = await startTestServer()
  await using observer = await Observer.of(server.database)
  const user = await server.register()
  const { id: roomId } = await user.createRoom()
  // The table has them in the other order. A send locks only those that were not seen for some time.
  await insertConnections(observer, user, ['b', 'a'], '1 minute')
  await using barrier = await Barrier.hold(server.database, 'connections where id = $1', 'a')
  const stored = storeMessages(
    server.db,
    limits,
    ['a', 'b'].map((connectionId) => ({
      connectionId,
      roomId,
      text: 'hi',
      clientId: connectionId,
    })),
  )
  await observer.waiting(1)
  const logout = user.post('/api/logout/')
  await observer.waiting(2)
  await barrier.release()
  const [loggedOut, { outcomes }] = await Promise.all([logout, stored])
  expect(loggedOut.status).toBe(204)
  expect(outcomes.map((each) => each instanceof ChatError && each.code)).toEqual([
    'session_revoked',
    'session_revoked',
  ])
})

test('[W11] a push that finds sockets gone does not wait for transactions that hold their rows', async () => {
  await using server = await startTestServer()
  await using observer = await Observer.of(server.database)
  const [anna, ben] = [await server.register(), await server.register()]
  const { id } = await anna.createRoom()
  await ben.post(`/api/rooms/${id}/join/`)
  await insertConnections(observer, ben, ['b', 'a'], '1 minute')
  await using barrier = await Barrier.hold(server.database, 'connections where id = $1', 'a')
  expect((await anna.send(id, 'hello')).status).toBe(201)
  expect(await observer.query('select id from connections')).toEqual([{ id: 'a' }])
  await barrier.release()
  expect((await anna.send(id, 'hello')).status).toBe(201)
  expect(await observer.query('select id from connections')).toEqual([])
})

test('a login that purges expired sessions leaves sessions with sockets to the sweep of sockets', async () => {
  await using server = await startTestServer()
  await using observer = await Observer.of(server.database)
  const [anna, ben] = [await server.register(), await server.register()]
  await using socket = await ben.connect()
  await observer.query(
    `update sessions set expires_at = now() - interval '1 s' where user_id = $1`,
    [ben.id],
  )
  // This is the state during a frame of his.
  await using barrier = await Barrier.hold(
    server.database,
    'connections where user_id = $1',
    ben.id,
  )
  await anna.login()
  await barrier.release()
  const ended = await socket.ask({ action: 'heads' })
  expect(ended).toMatchObject({ type: 'error', code: 'session_revoked' })
  await socket.closed
  await observer.quiet()
  await anna.login()
  expect(await observer.query('select id from sessions where user_id = $1', [ben.id])).toEqual([])
})

test('a batch locks no room after its users, even when one of them joins meanwhile', async () => {
  await using server = await startTestServer()
  await using observer = await Observer.of(server.database)
  const [anna, ben, cleo] = [
    await server.register(),
    await server.register(),
    await server.register(),
  ]
  const [one, two] = [await anna.createRoom(), await anna.createRoom()]
  await ben.post(`/api/rooms/${two.id}/join/`)
  await cleo.post(`/api/rooms/${one.id}/join/`)
  await cleo.post(`/api/rooms/${two.id}/join/`)
  const sessions = await observer.query<{ id: number; user_id: number }>(
    'select id::int, user_id::int from sessions',
  )
  const batch = (user: TestUser, ...roomIds: number[]) =>
    storeMessages(
      server.db,
      limits,
      roomIds.map((roomId) => ({
        sessionId: sessions.find(({ user_id }) => user_id === user.id)!.id,
        roomId,
        text: 'hi',
        clientId: `${user.id} ${roomId}`,
      })),
    )
  await using barrier = await Barrier.doing(
    server.database,
    'select 1 from users where id = $1 for no key update',
    ben.id,
  )
  const bens = batch(ben, two.id, one.id)
  await observer.waiting(1)
  expect((await ben.post(`/api/rooms/${one.id}/join/`)).status).toBe(200)
  const cleos = batch(cleo, one.id, two.id)
  await observer.waiting(2)
  await barrier.release()
  // He was not a member when the batch began.
  const [ofBen, ofCleo] = await Promise.all([bens, cleos])
  expect(codes(ofBen.outcomes)).toEqual(['sent', 'forbidden'])
  expect(codes(ofCleo.outcomes)).toEqual(['sent', 'sent'])
})
