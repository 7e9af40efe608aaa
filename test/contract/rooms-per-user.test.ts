/** [R8] How many rooms and direct chats a user may have. */
import { afterAll, describe, expect, test } from 'vitest'
import type { Room } from '../../src/protocol/rooms.ts'
import { startTestServer } from '../support/chat-server.ts'
import type { TestUser } from '../support/test-user.ts'
import { fieldOf, ok, problemOf, walk } from '../support/answers.ts'
import { join } from '../support/memberships.ts'
import { refusal } from '../support/open-socket.ts'
import { openDatabase } from '../support/watch-database.ts'

/** A tenth of ten is one. So other users can bring a user to nine. */
const server = await startTestServer({
  limits: { roomsPerUser: 10, roomsMadePerUser: 4, directChatsPerUser: 10 },
})
afterAll(() => server[Symbol.asyncDispose]())

const full = 'you are in 10 rooms, and a user cannot be in more: leave one first'

async function makeRooms(count: number): Promise<Room[]> {
  const rooms: Room[] = []
  while (rooms.length < count) {
    const owner = await server.register()
    for (let n = 0; n < 4 && rooms.length < count; n++) {
      rooms.push(await owner.createRoom({ title: 'Open' }))
    }
  }
  return rooms
}

const joinAs = (user: TestUser, { id }: Room) => user.post(`/api/rooms/${id}/join/`)
const leave = async (user: TestUser, { id }: Room) => ok(user.post(`/api/rooms/${id}/leave/`))
const create = (user: TestUser) => user.post('/api/rooms/', { title: 'One more' })
const openDirect = (by: TestUser, { username }: TestUser) => by.post('/api/direct/', { username })

async function roomsOf(user: TestUser): Promise<unknown[]> {
  return fieldOf(await walk(user, '/api/rooms/?member=true'), 'id')
}

describe('[R8] rooms', () => {
  test('[R8] have a limit on every way in, and a refusal says what to do', async () => {
    const rooms = await makeRooms(11)
    const user = await server.register()
    const last = rooms.at(-1)!
    await join(rooms[0]!, user)
    for (const { name } of rooms.slice(1, 10)) await (await user.connectSimple(name)).close()
    for (const answer of [await joinAs(user, last), await create(user)]) {
      expect(problemOf(answer)).toBe('409 conflict')
      expect(answer.body.detail).toBe(full)
    }
    expect(await refusal(user.connect(`/ws/chat/${last.name}/`))).toBe(409)
    expect(await refusal(user.connectSimple(last.name))).toBe(409)
    // A user may enter a room that they are a member of.
    expect((await joinAs(user, rooms[3]!)).status).toBe(200)
    expect(await refusal(user.connect(`/ws/chat/${rooms[3]!.name}/`))).toBe(101)
    await leave(user, rooms[3]!)
    await leave(user, rooms[3]!)
    await join(last, user)
    expect(problemOf(await joinAs(user, rooms[3]!))).toBe('409 conflict')
    expect(await roomsOf(user)).toHaveLength(10)
  })

  test('[R8] have a free place again after a removal or ban', async () => {
    const [owner, user] = [await server.register(), await server.register()]
    const [one, two] = [await owner.createRoom(), await owner.createRoom()]
    const rooms = await makeRooms(10)
    await join(one, user)
    await join(two, user)
    for (const room of rooms.slice(0, 8)) await join(room, user)
    await ok(owner.delete(`/api/rooms/${one.id}/members/${user.username}/`))
    await ok(owner.put(`/api/rooms/${two.id}/bans/${user.username}/`))
    for (const room of rooms.slice(8)) await join(room, user)
    expect(await roomsOf(user)).toHaveLength(10)
  })

  test('[R8] have a free place again after a deletion, also for members', async () => {
    const [owner, user] = [await server.register(), await server.register()]
    const gone = [await owner.createRoom(), await owner.createRoom()]
    const rooms = await makeRooms(11)
    for (const room of [...gone, ...rooms.slice(0, 8)]) await join(room, user)
    for (const { id } of gone) await ok(owner.delete(`/api/rooms/${id}/`))
    for (const room of rooms.slice(8, 10)) await join(room, user)
    expect((await joinAs(user, rooms[10]!)).body.detail).toBe(full)
    await using database = await openDatabase(server)
    const kept = await database.execute('select from memberships where user_id = $1', [user.id])
    expect(kept).toHaveLength(10)
  })

  test("[R8] other users fill nine tenths, and the user's own joins and new rooms the rest", async () => {
    const user = await server.register()
    const inviteTo = async ({ id }: Room, owner: TestUser) =>
      await owner.put(`/api/rooms/${id}/members/${user.username}/`)
    const rooms: { room: Room; owner: TestUser }[] = []
    while (rooms.length < 12) {
      const owner = await server.register()
      for (let n = 0; n < 4; n++) rooms.push({ room: await owner.createRoom(), owner })
    }
    for (const { room, owner } of rooms.slice(0, 9)) {
      expect((await inviteTo(room, owner)).status).toBe(201)
    }
    const { room, owner } = rooms[9]!
    const refused = await inviteTo(room, owner)
    expect(problemOf(refused)).toBe('409 conflict')
    expect(refused.body.detail).toBe(
      `${user.username} is in too many rooms: they have to leave one before you invite them`,
    )
    // It reveals nothing more to a user whom they have blocked.
    await ok(user.put(`/api/users/me/blocks/${owner.username}/`))
    expect(problemOf(await inviteTo(room, owner))).toBe('403 forbidden')
    // A member can be invited again, and given a role.
    expect((await inviteTo(rooms[0]!.room, rooms[0]!.owner)).status).toBe(200)
    expect((await create(user)).status).toBe(201)
    expect((await create(user)).body.detail).toBe(full)
  })

  test('[R8] keep the limit in concurrent joins over HTTP and sockets', async () => {
    const user = await server.register()
    const rooms = await makeRooms(24)
    for (const room of rooms.slice(0, 6)) await join(room, user)
    const outcomes = await Promise.all(
      rooms.slice(6).map(async (room, n) => {
        if (n % 2 === 0) return (await joinAs(user, room)).status
        return await refusal(user.connect(`/ws/chat/${room.name}/`))
      }),
    )
    expect(outcomes.filter((status) => status < 300)).toHaveLength(4)
    expect(new Set(outcomes.filter((status) => status > 300))).toEqual(new Set([409]))
    expect(await roomsOf(user)).toHaveLength(10)
  })

  test('[R8] keep a limit on rooms that a user made, even at once, until one is deleted or left to others', async () => {
    const [user, other] = [await server.register(), await server.register()]
    const answers = await Promise.all(Array.from({ length: 8 }, () => create(user)))
    const made = answers.filter(({ status }) => status === 201).map(({ body }) => body)
    expect(made).toHaveLength(4)
    const refused = answers.filter(({ status }) => status !== 201)
    for (const answer of refused) {
      expect(problemOf(answer)).toBe('409 conflict')
      expect(answer.body.detail).toContain('you have made 4 rooms')
    }
    expect(await roomsOf(user)).toHaveLength(4)
    await ok(user.delete(`/api/rooms/${made[0].id}/`))
    made[0] = await ok(create(user))
    // A public room that everybody has left still counts for its maker.
    await leave(user, made[1])
    expect((await create(user)).status).toBe(409)
    await join(made[1], other)
    expect((await create(user)).status).toBe(201)
    // Rooms that others made do not count, even if this user owns them now.
    for (const room of await makeRooms(2)) await join(room, other)
    expect((await create(other)).status).toBe(201)
  })
})

describe('[R8] direct chats', () => {
  test('[R8] have a limit of their own, nine tenths of it for chats that others open', async () => {
    const user = await server.register()
    const others = await Promise.all(Array.from({ length: 12 }, () => server.register()))
    for (const other of others.slice(0, 9)) expect((await openDirect(other, user)).status).toBe(201)
    const refused = await openDirect(others[9]!, user)
    expect(problemOf(refused)).toBe('409 conflict')
    expect(refused.body.detail).toBe(
      `${user.username} has too many direct chats: invite them to a private room instead`,
    )
    expect((await openDirect(user, others[9]!)).status).toBe(201)
    const own = await openDirect(user, others[10]!)
    expect(problemOf(own)).toBe('409 conflict')
    expect(own.body.detail).toBe(
      'you have 10 direct chats, and a user cannot have more: create a private room instead',
    )
    // Neither side has a new chat, and an existing chat still opens.
    expect(await roomsOf(others[10]!)).toEqual([])
    expect((await openDirect(others[0]!, user)).status).toBe(200)
    for (const room of await makeRooms(9)) await join(room, user)
    expect((await create(user)).status).toBe(201)
  })
})
