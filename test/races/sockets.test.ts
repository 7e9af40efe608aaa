import { expect, test } from 'vitest'
import { startTestServer } from '../support/chat-server.ts'
import { Barrier, Observer } from '../support/barrier.ts'
import { statusOf, whenOver } from './connecting.ts'

test('[W1, R6] the deletion of a room closes a socket whose $connect joined it before', async () => {
  await using server = await startTestServer()
  await using observer = await Observer.of(server.database)
  const [anna, ben] = [await server.register(), await server.register()]
  const { id, name } = await anna.createRoom()
  await using barrier = await Barrier.hold(server.database, 'rooms where id = $1', id)
  const over = whenOver(ben.connect(`/ws/chat/${name}/`))
  await observer.waiting(1)
  const deleted = anna.delete(`/api/rooms/${id}/`)
  await observer.waiting(2)
  await barrier.release()
  expect((await deleted).status).toBe(204)
  await over
  await observer.quiet()
  await expect.poll(() => observer.query('select id from connections')).toEqual([])
})

test.each(['a new member', 'a member'])(
  '[W1, R6] a $connect of %s after the deletion of its room is refused',
  async (who) => {
    await using server = await startTestServer()
    await using observer = await Observer.of(server.database)
    const [anna, ben] = [await server.register(), await server.register()]
    const { id, name } = await anna.createRoom()
    if (who === 'a member') await ben.post(`/api/rooms/${id}/join/`)
    await using barrier = await Barrier.hold(server.database, 'rooms where id = $1', id)
    const deleted = anna.delete(`/api/rooms/${id}/`)
    await observer.waiting(1)
    const status = statusOf(ben.connect(`/ws/chat/${name}/`))
    await observer.waiting(2)
    await barrier.release()
    expect((await deleted).status).toBe(204)
    expect(await status).toBe(404)
    await expect.poll(() => observer.query('select id from connections')).toEqual([])
  },
)

test('[R5] a $connect of a member to a private room after their removal is refused', async () => {
  await using server = await startTestServer()
  await using observer = await Observer.of(server.database)
  const [anna, ben] = [await server.register(), await server.register()]
  const { id, name } = await anna.createRoom({ title: 'Ours', kind: 'private' })
  await anna.put(`/api/rooms/${id}/members/${ben.username}/`)
  await using barrier = await Barrier.hold(server.database, 'rooms where id = $1', id)
  const removed = anna.delete(`/api/rooms/${id}/members/${ben.username}/`)
  await observer.waiting(1)
  const status = statusOf(ben.connect(`/ws/chat/${name}/`))
  await observer.waiting(2)
  await barrier.release()
  expect((await removed).status).toBe(204)
  expect(await status).toBe(404)
  await expect.poll(() => observer.query('select id from connections')).toEqual([])
})

test('a user who joins while one of their sockets closes is a member, and that socket is not subscribed', async () => {
  await using server = await startTestServer()
  await using observer = await Observer.of(server.database)
  const [anna, ben] = [await server.register(), await server.register()]
  const { id } = await anna.createRoom()
  await using socket = await ben.connect()
  await using other = await ben.connect()
  const { connection_id: gone } = await socket.ask({ action: 'hello' })
  // The statement of $disconnect, in a transaction that is still open when the user joins the room.
  await using going = await Barrier.doing(
    server.database,
    'delete from connections where id = $1',
    gone,
  )
  const joined = ben.post(`/api/rooms/${id}/join/`)
  await observer.until(async () => {
    const waiting = await observer.countWaiting()
    return (
      waiting > 0 ||
      (await observer.query('select from memberships where user_id = $1', [ben.id])).length > 0
    )
  })
  await going.release()
  expect((await joined).status).toBe(200)
  await other.next('member.joined')
  expect(
    await observer.query('select from subscriptions where connection_id = $1', [gone]),
  ).toEqual([])
})

test.each(['removed', 'joining'])(
  'a sweep of an expired socket of a user %s causes no deadlock',
  async (what) => {
    await using server = await startTestServer()
    await using observer = await Observer.of(server.database)
    const [anna, ben, cleo] = [
      await server.register(),
      await server.register(),
      await server.register(),
    ]
    const { id, name } = await anna.createRoom()
    if (what === 'removed') await ben.post(`/api/rooms/${id}/join/`)
    await using socket = await ben.connect()
    await socket.settle()
    await observer.query(`update connections set expires_at = now() - interval '1 second'`)
    await using barrier = await Barrier.hold(server.database, 'rooms where id = $1', id)
    const changed =
      what === 'removed'
        ? anna.delete(`/api/rooms/${id}/members/${ben.username}/`)
        : ben.post(`/api/rooms/${id}/join/`)
    await observer.waiting(1)
    // $connect sweeps before it waits for the room.
    const status = statusOf(cleo.connect(`/ws/chat/${name}/`))
    await observer.waiting(2)
    await barrier.release()
    expect((await changed).status).toBe(what === 'removed' ? 204 : 200)
    expect(await status).toBe(101)
    expect(server.log.filter(({ level }) => level === 'error')).toEqual([])
  },
)

test('[W11] when two sockets close at the same moment, the last one shows the user offline', async () => {
  await using server = await startTestServer()
  await using observer = await Observer.of(server.database)
  const [anna, ben] = [await server.register(), await server.register()]
  await anna.post('/api/direct/', { username: ben.username })
  await using watching = await anna.connect()
  await using socket = await ben.connect()
  await using other = await ben.connect()
  const { connection_id: first } = await socket.ask({ action: 'hello' })
  const { connection_id: second } = await other.ask({ action: 'hello' })
  // The first $disconnect, in a transaction that is still open when the second one comes.
  await using going = await Barrier.doing(
    server.database,
    'select * from disconnect_v3($1, 360, 200)',
    JSON.stringify([first]),
  )
  await other.close()
  await observer.until(async () => {
    const left = await observer.query('select from connections where id = $1', [second])
    return (await observer.countWaiting()) > 0 || left.length === 0
  })
  await going.release()
  await observer.quiet()
  await watching.settle()
  expect(watching.ofType('presence').map(({ online }) => online)).toEqual([true, false])
})

test('[R5] typing does not wait for a writer of the room, and then nobody is told', async () => {
  await using server = await startTestServer()
  const [anna, ben] = [await server.register(), await server.register()]
  const { id } = await anna.createRoom()
  await ben.post(`/api/rooms/${id}/join/`)
  await using sender = await anna.connect()
  await using other = await ben.connect()
  const typing = { action: 'typing', room_id: id }
  {
    await using barrier = await Barrier.hold(server.database, 'rooms where id = $1', id)
    sender.send(typing)
    // It needs the row of the connection, which the typing frame holds until it is done.
    await sender.ask({ action: 'heads' })
    await barrier.release()
  }
  await other.settle()
  expect(other.received.filter(({ type }) => type === 'typing')).toEqual([])
  sender.send(typing)
  expect(await other.next('typing')).toMatchObject({ user_id: anna.id })
})
