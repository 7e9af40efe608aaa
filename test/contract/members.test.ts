import { afterAll, describe, expect, test } from 'vitest'
import { member as memberSchema, memberPage, room as roomSchema } from '../../src/protocol/rooms.ts'
import type { Room } from '../../src/protocol/rooms.ts'
import { startTestServer } from '../support/chat-server.ts'
import type { TestUser } from '../support/test-user.ts'
import { fieldOf, ok, problemOf, walk } from '../support/answers.ts'
import { invite, join } from '../support/memberships.ts'
import { logOf, openSimple, openSocket, refusal } from '../support/open-socket.ts'
import { openDatabase } from '../support/watch-database.ts'

const server = await startTestServer()
afterAll(() => server[Symbol.asyncDispose]())

async function registerMany(count: number): Promise<TestUser[]> {
  const users = []
  for (let i = 0; i < count; i++) users.push(await server.register())
  return users
}

async function rolesIn(by: TestUser, room: Pick<Room, 'id'>): Promise<Record<string, string>> {
  const pages = await walk(by, `/api/rooms/${room.id}/members/`)
  const [names, roles] = [fieldOf(pages, 'username'), fieldOf(pages, 'role')]
  return Object.fromEntries(names.map((name, i) => [String(name), String(roles[i])]))
}

describe('[R2] joining and leaving', () => {
  test('[R2] joining a public room gives the room, once', async () => {
    const [owner, user] = await registerMany(2)
    const room = await owner!.createRoom()
    await ok(owner!.send(room.id, 'before'))
    for (let i = 0; i < 2; i++) {
      const answer = await user!.post(`/api/rooms/${room.id}/join/`)
      expect(answer.status).toBe(200)
      expect(roomSchema.strict().parse(answer.body)).toMatchObject({
        role: 'member',
        member_count: 2,
        last_seq: 3,
        last_read_seq: 2,
        unread: 0,
      })
    }
  })

  test('[R2] everybody is told of who joins, and the one who joined of the room', async () => {
    const [owner, user] = await registerMany(2)
    const room = await owner!.createRoom()
    await using watching = await openSocket(owner!)
    await using simple = await openSimple(owner!, room.name)
    await using joining = await openSocket(user!)
    const joined = await ok(user!.post(`/api/rooms/${room.id}/join/`))
    await ok(user!.post(`/api/rooms/${room.id}/join/`))
    for (const socket of [watching, simple, joining]) await socket.settle()
    const event = {
      type: 'member.joined',
      room_id: room.id,
      seq: 2,
      user_id: user!.id,
      username: user!.username,
      role: 'member',
    }
    expect(watching.received).toMatchObject([event])
    expect(joining.received).toMatchObject([{ type: 'room.added', room: joined }, event])
    expect(simple.received).toEqual([])
    // From now on it gets what is sent there.
    await ok(owner!.send(room.id, 'welcome'))
    await joining.settle()
    expect(logOf(joining, room.id)).toEqual(['2 member.joined', '3 message'])
  })

  test('[R2] many who join at the same moment are members once each, in a gapless log', async () => {
    const [owner, ...users] = await registerMany(6)
    const room = await owner!.createRoom()
    await Promise.all(
      users.flatMap((user) => [
        user.post(`/api/rooms/${room.id}/join/`),
        user.post(`/api/rooms/${room.id}/join/`),
      ]),
    )
    expect(await ok(owner!.get(`/api/rooms/${room.id}/`))).toMatchObject({
      member_count: 6,
      last_seq: 6,
    })
  })

  test('[R2] leaving is told once; having left already is fine', async () => {
    const [owner, user] = await registerMany(2)
    const room = await owner!.createRoom()
    await join(room, user!)
    await using watching = await openSocket(owner!)
    for (let i = 0; i < 2; i++) {
      expect(await user!.post(`/api/rooms/${room.id}/leave/`)).toMatchObject({ status: 204 })
    }
    await watching.settle()
    expect(watching.received).toMatchObject([
      {
        type: 'member.left',
        seq: 3,
        user_id: user!.id,
        username: user!.username,
        removed_by: null,
      },
    ])
    expect(await ok(user!.get(`/api/rooms/${room.id}/`))).toMatchObject({
      role: null,
      member_count: 1,
    })
    expect(problemOf(await user!.send(room.id, 'hi'))).toBe('403 forbidden')
  })

  test('[R2] a private room is entered by invitation alone, and left for good', async () => {
    const [owner, user] = await registerMany(2)
    const room = await owner!.createRoom({ title: 'P', kind: 'private' })
    await invite(owner!, room, 'member', user!)
    expect((await user!.post(`/api/rooms/${room.id}/join/`)).status).toBe(200)
    await ok(user!.post(`/api/rooms/${room.id}/leave/`))
    expect(problemOf(await user!.post(`/api/rooms/${room.id}/join/`))).toBe('404 not_found')
    expect(problemOf(await user!.post(`/api/rooms/${room.id}/leave/`))).toBe('404 not_found')
  })

  test('[R2] members are listed with role and time, to whoever may see the room', async () => {
    const [owner, user, stranger] = await registerMany(3)
    const room = await owner!.createRoom()
    await join(room, user!)
    const page = await ok(stranger!.get(`/api/rooms/${room.id}/members/`))
    expect(memberPage.strict().parse(page)).toEqual(page)
    expect(page.results).toMatchObject([
      { user_id: owner!.id, username: owner!.username, role: 'owner' },
      { user_id: user!.id, username: user!.username, role: 'member' },
    ])
  })
})

describe('[R2] inviting, roles, removing', () => {
  test('[R2] owner and moderators invite; the invited learn of the room', async () => {
    const [owner, moderator, guest, other] = await registerMany(4)
    const room = await owner!.createRoom({ title: 'P', kind: 'private' })
    await invite(owner!, room, 'moderator', moderator!)
    await using socket = await openSocket(guest!)
    const path = `/api/rooms/${room.id}/members`
    const answer = await moderator!.put(`${path}/${guest!.username.toUpperCase()}/`)
    expect(answer.status).toBe(201)
    expect(memberSchema.strict().parse(answer.body)).toMatchObject({
      user_id: guest!.id,
      username: guest!.username,
      role: 'member',
    })
    await socket.settle()
    expect(socket.received).toMatchObject([
      { type: 'room.added', room: { id: room.id, role: 'member', member_count: 3 } },
      { type: 'member.joined', seq: 3, user_id: guest!.id },
      { type: 'notification', kind: 'invitation', room_id: room.id },
    ])
    // Again is no other invitation.
    expect((await moderator!.put(`${path}/${guest!.username}/`)).status).toBe(200)
    expect((await ok(owner!.get(`/api/rooms/${room.id}/`))).last_seq).toBe(3)
    expect(problemOf(await guest!.put(`${path}/${other!.username}/`))).toBe('403 forbidden')
    expect(problemOf(await owner!.put(`${path}/nobody_of_this_name/`))).toBe('404 not_found')
    expect(problemOf(await owner!.put(`${path}/no-name/`))).toBe('404 not_found')
    for (const role of ['king', null, 1]) {
      const wrong = await owner!.put(`${path}/${other!.username}/`, { role })
      expect(problemOf(wrong)).toBe('400 bad_request')
    }
  })

  test('[R2] an invitation without a role changes nothing for who is a member', async () => {
    const [owner, moderator, other] = await registerMany(3)
    const room = await owner!.createRoom({ title: 'P', kind: 'private' })
    await invite(owner!, room, 'moderator', moderator!, other!)
    await using socket = await openSocket(moderator!)
    const path = `/api/rooms/${room.id}/members`
    for (const [by, whom, role] of [
      [owner!, moderator!, 'moderator'],
      [other!, moderator!, 'moderator'],
      [moderator!, owner!, 'owner'],
    ] as const) {
      const answer = await by.put(`${path}/${whom.username}/`)
      expect(answer.status).toBe(200)
      expect(memberSchema.strict().parse(answer.body)).toMatchObject({ user_id: whom.id, role })
    }
    await socket.settle()
    expect(socket.received).toEqual([])
    expect(await rolesIn(owner!, room)).toEqual({
      [owner!.username]: 'owner',
      [moderator!.username]: 'moderator',
      [other!.username]: 'moderator',
    })
    // With a role it is a change of it.
    await ok(owner!.put(`${path}/${other!.username}/`, { role: 'member' }))
    expect(await rolesIn(owner!, room)).toMatchObject({ [other!.username]: 'member' })
  })

  test('[R2] only an owner gives roles; everybody is told', async () => {
    const [owner, moderator, member] = await registerMany(3)
    const room = await owner!.createRoom()
    await join(room, moderator!, member!)
    await using socket = await openSocket(member!)
    const path = `/api/rooms/${room.id}/members`
    await ok(owner!.put(`${path}/${moderator!.username}/`, { role: 'moderator' }))
    await ok(owner!.put(`${path}/${moderator!.username}/`, { role: 'moderator' }))
    await socket.settle()
    expect(socket.received).toMatchObject([
      { type: 'member.updated', seq: 4, user_id: moderator!.id, role: 'moderator' },
    ])
    const refused = [
      await moderator!.put(`${path}/${member!.username}/`, { role: 'moderator' }),
      await moderator!.put(`${path}/${owner!.username}/`, { role: 'member' }),
      await member!.put(`${path}/${member!.username}/`, { role: 'owner' }),
    ]
    for (const answer of refused) expect(problemOf(answer)).toBe('403 forbidden')
    expect(await rolesIn(owner!, room)).toEqual({
      [owner!.username]: 'owner',
      [moderator!.username]: 'moderator',
      [member!.username]: 'member',
    })
  })

  test('[R6] the only owner does not give the role away without another', async () => {
    const [owner, member] = await registerMany(2)
    const room = await owner!.createRoom()
    await join(room, member!)
    const path = `/api/rooms/${room.id}/members`
    const answer = await owner!.put(`${path}/${owner!.username}/`, { role: 'member' })
    expect(problemOf(answer)).toBe('409 conflict')
    await ok(owner!.put(`${path}/${member!.username}/`, { role: 'owner' }))
    await ok(owner!.put(`${path}/${owner!.username}/`, { role: 'member' }))
    expect(await rolesIn(owner!, room)).toEqual({
      [owner!.username]: 'member',
      [member!.username]: 'owner',
    })
  })

  test('[R2] an owner removes anybody but owners, a moderator removes members', async () => {
    const [owner, first, second, member, other] = await registerMany(5)
    const room = await owner!.createRoom()
    await invite(owner!, room, 'moderator', first!, second!)
    await join(room, member!, other!)
    const remove = (by: TestUser, { username }: TestUser) =>
      by.delete(`/api/rooms/${room.id}/members/${username}/`)
    const refused = [
      await remove(member!, other!),
      await remove(first!, second!),
      await remove(first!, owner!),
      await remove(owner!, owner!),
    ]
    for (const answer of refused) expect(problemOf(answer)).toBe('403 forbidden')
    expect(await remove(first!, member!)).toMatchObject({ status: 204, text: '' })
    expect(problemOf(await remove(first!, member!))).toBe('404 not_found')
    expect((await remove(owner!, second!)).status).toBe(204)
    expect(await rolesIn(owner!, room)).toEqual({
      [owner!.username]: 'owner',
      [first!.username]: 'moderator',
      [other!.username]: 'member',
    })
  })
})

describe('[R5] removed', () => {
  test('[R5] a removed member gets its own member.left and nothing more; its one-room sockets are closed', async () => {
    const [owner, member, other] = await registerMany(3)
    const room = await owner!.createRoom({ title: 'Strict' })
    const elsewhere = await owner!.createRoom({ title: 'Elsewhere' })
    await join(room, member!, other!)
    await join(elsewhere, member!)
    await using all = await openSocket(member!)
    await using one = await openSocket(member!, `/ws/chat/${room.name}/`)
    await using simple = await openSimple(member!, room.name)
    await using another = await openSocket(member!, `/ws/chat/${elsewhere.name}/`)
    await using watching = await openSocket(other!)
    const started = performance.now()
    await ok(owner!.delete(`/api/rooms/${room.id}/members/${member!.username}/`))
    await ok(owner!.send(room.id, 'now we are among us'))
    await ok(owner!.patch(`/api/rooms/${room.id}/`, { title: 'Stricter' }))
    await Promise.all([one.closed, simple.closed])
    expect(performance.now() - started).toBeLessThan(5_000)
    await ok(owner!.send(elsewhere.id, 'still here?'))
    for (const socket of [all, another, watching]) await socket.settle()
    const left = {
      type: 'member.left',
      room_id: room.id,
      seq: 4,
      user_id: member!.id,
      username: member!.username,
      removed_by: { user_id: owner!.id, username: owner!.username },
    }
    const removed = { type: 'room.removed', room_id: room.id }
    const bye = { type: 'bye', code: 'removed', reconnect: false }
    const message = { type: 'message', room_id: elsewhere.id, message: 'still here?' }
    expect(all.received).toMatchObject([left, removed, message])
    expect(one.received).toMatchObject([left, removed, bye])
    expect(simple.received).toEqual([])
    expect(another.received).toMatchObject([message])
    expect(logOf(watching, room.id)).toEqual(['4 member.left', '5 message', '6 room.updated'])
    // Nor can they do anything there.
    expect(problemOf(await member!.send(room.id, 'hi'))).toBe('403 forbidden')
    const answer = await all.ask({ action: 'sendmessage', room_id: room.id, message: 'hi' })
    expect(answer).toMatchObject({ type: 'error', code: 'forbidden' })
    for (const frame of [{ action: 'typing' }, { action: 'read', seq: 1 }]) {
      const refused = await all.ask({ ...frame, room_id: room.id })
      expect(refused).toMatchObject({ type: 'error', code: 'not_found' })
    }
    const heads = await all.ask({ action: 'heads' })
    expect(heads.rooms.map(({ room_id }: { room_id: number }) => room_id)).toEqual([elsewhere.id])
  })

  test('[R5] removed from a private room, it does not exist any more', async () => {
    const [owner, member] = await registerMany(2)
    const room = await owner!.createRoom({ title: 'P', kind: 'private' })
    await invite(owner!, room, 'member', member!)
    await ok(owner!.delete(`/api/rooms/${room.id}/members/${member!.username}/`))
    expect(problemOf(await member!.get(`/api/rooms/${room.id}/`))).toBe('404 not_found')
    expect(problemOf(await member!.get(`/api/messages/${room.id}/`))).toBe('404 not_found')
    expect(problemOf(await member!.send(room.id, 'hi'))).toBe('404 not_found')
    expect(await refusal(member!.connect(`/ws/chat/${room.name}/`))).toBe(404)
  })

  test('[R5] who leaves is told like who is removed', async () => {
    const [owner, member] = await registerMany(2)
    const room = await owner!.createRoom({ title: 'Free' })
    await join(room, member!)
    await using all = await openSocket(member!)
    await using one = await openSocket(member!, `/ws/chat/${room.name}/`)
    await ok(member!.post(`/api/rooms/${room.id}/leave/`))
    await ok(owner!.send(room.id, 'gone'))
    await one.closed
    await all.settle()
    const left = { type: 'member.left', seq: 3, removed_by: null }
    expect(all.received).toMatchObject([left, { type: 'room.removed', room_id: room.id }])
    expect(one.received).toMatchObject([left, { type: 'room.removed' }, { type: 'bye' }])
  })

  test('[R5] back again, a member gets what is sent from then on', async () => {
    const [owner, member] = await registerMany(2)
    const room = await owner!.createRoom()
    await join(room, member!)
    await using all = await openSocket(member!)
    await ok(owner!.delete(`/api/rooms/${room.id}/members/${member!.username}/`))
    await ok(owner!.send(room.id, 'not for you'))
    await invite(owner!, room, 'member', member!)
    await ok(owner!.send(room.id, 'for you'))
    await all.settle()
    expect(logOf(all, room.id)).toEqual(['3 member.left', '5 member.joined', '6 message'])
  })
})

describe('[R6] a room has an owner', () => {
  test('[R6] the last owner who leaves hands over to the longest-standing moderator', async () => {
    const [owner, member, first, second] = await registerMany(4)
    const room = await owner!.createRoom()
    await join(room, member!, second!, first!)
    await invite(owner!, room, 'moderator', first!, second!)
    await using watching = await openSocket(member!)
    await ok(owner!.post(`/api/rooms/${room.id}/leave/`))
    await watching.settle()
    expect(watching.received).toMatchObject([
      { type: 'member.left', seq: 7, user_id: owner!.id, removed_by: null },
      { type: 'member.updated', seq: 8, user_id: second!.id, role: 'owner' },
    ])
    expect(await rolesIn(member!, room)).toEqual({
      [member!.username]: 'member',
      [first!.username]: 'moderator',
      [second!.username]: 'owner',
    })
  })

  test('[R6] without moderators the longest-standing member takes over', async () => {
    const [owner, younger, older] = await registerMany(3)
    const room = await owner!.createRoom({ title: 'P', kind: 'private' })
    await invite(owner!, room, 'member', older!, younger!)
    await ok(owner!.post(`/api/rooms/${room.id}/leave/`))
    expect(await rolesIn(older!, room)).toEqual({
      [older!.username]: 'owner',
      [younger!.username]: 'member',
    })
  })

  test('[R6] with another owner nobody takes over', async () => {
    const [owner, other, member] = await registerMany(3)
    const room = await owner!.createRoom()
    await join(room, member!, other!)
    await invite(owner!, room, 'owner', other!)
    await ok(owner!.post(`/api/rooms/${room.id}/leave/`))
    expect(await ok(other!.get(`/api/rooms/${room.id}/`))).toMatchObject({ last_seq: 5 })
    expect(await rolesIn(other!, room)).toMatchObject({ [member!.username]: 'member' })
  })

  test('[R6] a public room that everybody has left belongs to whoever joins next', async () => {
    const [owner, next] = await registerMany(2)
    const room = await owner!.createRoom()
    await ok(owner!.post(`/api/rooms/${room.id}/leave/`))
    expect(await ok(next!.get(`/api/rooms/${room.id}/`))).toMatchObject({
      member_count: 0,
      role: null,
    })
    await join(room, next!)
    expect(await rolesIn(next!, room)).toEqual({ [next!.username]: 'owner' })
  })

  test('[R6] a private room that everybody has left is deleted, after the last one has left', async () => {
    const [owner, member] = await registerMany(2)
    const room = await owner!.createRoom({ title: 'P', kind: 'private' })
    await invite(owner!, room, 'member', member!)
    await ok(owner!.delete(`/api/rooms/${room.id}/members/${member!.username}/`))
    await using socket = await openSocket(owner!)
    await using one = await openSocket(owner!, `/ws/chat/${room.name}/`)
    await ok(owner!.post(`/api/rooms/${room.id}/leave/`))
    await one.closed
    await socket.settle()
    // Their own member.left is the last that anybody is told.
    expect(socket.received).toMatchObject([
      { type: 'member.left', seq: 4 },
      { type: 'room.removed', room_id: room.id },
    ])
    expect(one.received.at(-1)).toMatchObject({ type: 'bye', code: 'removed' })
    await using database = await openDatabase(server)
    const log = await database.execute(
      `select e.kind, r.last_seq::int, r.deleted_at = e.created_at as is_deleted
         from room_events e join rooms r on r.id = e.room_id
        where e.room_id = $1 and e.seq >= 4 order by e.seq`,
      [room.id],
    )
    expect(log).toEqual([
      { kind: 'member.left', last_seq: 5, is_deleted: expect.any(Boolean) },
      { kind: 'room.deleted', last_seq: 5, is_deleted: true },
    ])
    expect(problemOf(await owner!.get(`/api/rooms/${room.id}/`))).toBe('404 not_found')
    expect(problemOf(await owner!.post(`/api/rooms/${room.id}/leave/`))).toBe('404 not_found')
    expect(fieldOf(await walk(owner!, '/api/rooms/?member=true'), 'id')).toEqual([])
  })

  test('[R6] owners who leave at the same moment leave an owner behind', async () => {
    const [first, second, member] = await registerMany(3)
    const room = await first!.createRoom()
    await join(room, second!, member!)
    await invite(first!, room, 'owner', second!)
    await Promise.all([first!, second!].map((user) => user.post(`/api/rooms/${room.id}/leave/`)))
    expect(await rolesIn(member!, room)).toEqual({ [member!.username]: 'owner' })
  })
})
