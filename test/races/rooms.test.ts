import { expect, test } from 'vitest'
import { startTestServer } from '../support/chat-server.ts'
import type { RefusedError } from '../support/test-socket.ts'
import { Barrier, Observer } from '../support/barrier.ts'

test('[R3] a direct chat that both sides open at once is one room', async () => {
  await using server = await startTestServer()
  await using observer = await Observer.of(server.database)
  for (let time = 0; time < 20; time++) {
    const [anna, ben] = [await server.register(), await server.register()]
    // The row of a new room refers to its maker. So one request waits here, and the others wait for that one.
    await using barrier = await Barrier.hold(server.database, 'users where id = any($1)', [
      anna.id,
      ben.id,
    ])
    const asked = [
      anna.post('/api/direct/', { username: ben.username }),
      ben.post('/api/direct/', { username: anna.username }),
      // Every other time there are three requests.
      ...(time % 2 === 0 ? [] : [anna.post('/api/direct/', { username: ben.username })]),
    ]
    await observer.waiting(asked.length)
    await barrier.release()
    const answers = await Promise.all(asked)
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1)
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(asked.length - 1)
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1)
    const [room] = await observer.query(
      `select count(*)::int as rooms,
              (select count(*)::int from memberships where room_id = $1) as members,
              (select count(*)::int from room_events where room_id = $1) as events
         from rooms where direct_key = $2`,
      [answers[0]!.body.id, `${anna.id}:${ben.id}`],
    )
    expect(room).toEqual({ rooms: 1, members: 2, events: 2 })
  }
})

test('[R1] two rooms with the same title that are made at once get different names', async () => {
  await using server = await startTestServer()
  await using observer = await Observer.of(server.database)
  const [anna, ben] = [await server.register(), await server.register()]
  await using barrier = await Barrier.hold(server.database, 'users where id = any($1)', [
    anna.id,
    ben.id,
  ])
  const made = [
    anna.post('/api/rooms/', { title: 'Kitchen' }),
    ben.post('/api/rooms/', { title: 'Kitchen' }),
  ]
  await observer.waiting(2)
  await barrier.release()
  const answers = await Promise.all(made)
  expect(answers.map(({ status }) => status)).toEqual([201, 201])
  const names = answers.map(({ body }) => String(body.name)).toSorted()
  expect(names).toEqual(['kitchen', expect.stringMatching(/^kitchen_\w{7}$/)])
})

test('[R2] a user who joins twice at once is one member, with one event', async () => {
  await using server = await startTestServer()
  await using observer = await Observer.of(server.database)
  const [anna, ben] = [await server.register(), await server.register()]
  const { id } = await anna.createRoom()
  await using barrier = await Barrier.hold(server.database, 'rooms where id = $1', id)
  const joins = [ben.post(`/api/rooms/${id}/join/`), ben.post(`/api/rooms/${id}/join/`)]
  await observer.waiting(2)
  await barrier.release()
  expect((await Promise.all(joins)).map(({ status }) => status)).toEqual([200, 200])
  expect((await anna.get(`/api/rooms/${id}/`)).body).toMatchObject({ member_count: 2, last_seq: 2 })
})

test('[R2] an invitation before the deletion of its room is answered and sent', async () => {
  // The pool has two connections: one for the invitation, one for the deletion. When the invitation is committed, a
  // waiting send gets its connection. A later statement of the invitation would then find a deleted room.
  await using server = await startTestServer({ poolSize: 2 })
  await using observer = await Observer.of(server.database)
  const [anna, ben] = [await server.register(), await server.register()]
  await using socket = await anna.connect()
  const [room, other] = [await anna.createRoom(), await anna.createRoom()]
  await using barrier = await Barrier.hold(server.database, 'rooms where id = $1', room.id)
  await using otherBarrier = await Barrier.hold(server.database, 'rooms where id = $1', other.id)
  const invited = anna.put(`/api/rooms/${room.id}/members/${ben.username}/`)
  await observer.waiting(1)
  const deleted = anna.delete(`/api/rooms/${room.id}/`)
  await observer.waiting(2)
  socket.send({ action: 'sendmessage', room_id: other.id, message: 'waits' })
  await socket.settle()
  await barrier.release()
  await socket.next('room.deleted')
  await otherBarrier.release()
  expect((await invited).status).toBe(201)
  expect((await deleted).status).toBe(204)
  await socket.next('member.joined')
})

test.each(['leave', 'join'])(
  '[R6] the last owner leaves while another user joins, the %s first: the room has an owner',
  async (first) => {
    await using server = await startTestServer()
    await using observer = await Observer.of(server.database)
    const [anna, ben] = [await server.register(), await server.register()]
    const { id } = await anna.createRoom()
    await using barrier = await Barrier.hold(server.database, 'rooms where id = $1', id)
    const leave = () => anna.post(`/api/rooms/${id}/leave/`)
    const join = () => ben.post(`/api/rooms/${id}/join/`)
    const one = first === 'leave' ? leave() : join()
    await observer.waiting(1)
    const other = first === 'leave' ? join() : leave()
    await observer.waiting(2)
    await barrier.release()
    const statuses = (await Promise.all([one, other])).map(({ status }) => status)
    expect(statuses).toEqual(first === 'leave' ? [204, 200] : [200, 204])
    const members = await ben.get(`/api/rooms/${id}/members/`)
    expect(members.body.results).toMatchObject([{ user_id: ben.id, role: 'owner' }])
  },
)

test.each([
  [2, 5],
  [5, 2],
])('[M8] read markers %i and %i set at once only move forward', async (first, second) => {
  await using server = await startTestServer()
  await using observer = await Observer.of(server.database)
  const anna = await server.register()
  await using socket = await anna.connect()
  const { id } = await anna.createRoom()
  for (let n = 0; n < 5; n++) await anna.send(id, `message ${n}`)
  await using barrier = await Barrier.hold(server.database, 'memberships where room_id = $1', id)
  const one = anna.post(`/api/rooms/${id}/read/`, { seq: first })
  await observer.waiting(1)
  socket.send({ action: 'read', room_id: id, seq: second })
  await observer.waiting(2)
  await barrier.release()
  expect((await one).status).toBe(200)
  await socket.next((frame) => frame.type === 'read' && frame.last_read_seq === 5)
  expect((await anna.get(`/api/rooms/${id}/`)).body.last_read_seq).toBe(5)
})

// Only two wait for the room. Of more, PostgreSQL may let a later one overtake, when the first has changed the row.
test.each([
  { by: 'HTTP', first: 'ban' },
  { by: 'HTTP', first: 'join' },
  { by: 'socket', first: 'ban' },
  { by: 'socket', first: 'join' },
])(
  '[R7] a ban against a join by $by, the $first first: the banned user is not in the room',
  async ({ by, first }) => {
    await using server = await startTestServer()
    await using observer = await Observer.of(server.database)
    const [anna, ben] = [await server.register(), await server.register()]
    const { id, name } = await anna.createRoom()
    await using barrier = await Barrier.hold(server.database, 'rooms where id = $1', id)
    const ban = async () => (await anna.put(`/api/rooms/${id}/bans/${ben.username}/`)).status
    const joinByHttp = async () => (await ben.post(`/api/rooms/${id}/join/`)).status
    const joinBySocket = async () =>
      await ben.connect(`/ws/chat/${name}/`).then(
        (socket) => socket.closed.then(() => 101),
        ({ status }: RefusedError) => status,
      )
    const join = by === 'HTTP' ? joinByHttp : joinBySocket
    const earlier = first === 'ban' ? ban() : join()
    await observer.waiting(1)
    const later = first === 'ban' ? join() : ban()
    await observer.waiting(2)
    await barrier.release()
    const [banned, joined] = first === 'ban' ? [earlier, later] : [later, earlier]
    expect(await banned).toBe(201)
    const accepted = by === 'HTTP' ? 200 : 101
    expect(await joined).toBe(first === 'ban' ? 403 : accepted)
    expect((await anna.get(`/api/rooms/${id}/`)).body).toMatchObject({ member_count: 1 })
    await expect.poll(() => observer.query('select from connections')).toEqual([])
  },
)

test('[R8] of joins, a new room and an invitation at once, only one takes the last place', async () => {
  await using server = await startTestServer({ limits: { roomsPerUser: 3 } })
  await using observer = await Observer.of(server.database)
  const [anna, ben] = [await server.register(), await server.register()]
  const rooms = []
  for (let n = 0; n < 3; n++) rooms.push(await anna.createRoom({ title: 'Open' }))
  const cleo = await server.register()
  rooms.push(await cleo.createRoom(), await cleo.createRoom())
  for (const { id } of rooms.slice(0, 2)) await ben.post(`/api/rooms/${id}/join/`)
  await using barrier = await Barrier.hold(
    server.database,
    'membership_counts where user_id = $1',
    ben.id,
  )
  const asked = [
    ben.post(`/api/rooms/${rooms[2]!.id}/join/`),
    ben.post(`/api/rooms/${rooms[3]!.id}/join/`),
    ben.post('/api/rooms/', { title: 'Own' }),
    cleo.put(`/api/rooms/${rooms[4]!.id}/members/${ben.username}/`),
  ]
  await observer.waiting(4)
  await barrier.release()
  const statuses = (await Promise.all(asked)).map(({ status }) => status)
  expect(statuses.filter((status) => status === 409)).toHaveLength(3)
  const [{ count } = { count: 0 }] = await observer.query<{ count: number }>(
    'select count(*)::int as count from memberships where user_id = $1',
    [ben.id],
  )
  expect(count).toBe(3)
})
