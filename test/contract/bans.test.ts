import { afterAll, describe, expect, test } from 'vitest'
import { ban as banSchema, banPage } from '../../src/protocol/bans.ts'
import type { Room } from '../../src/protocol/rooms.ts'
import type { Answer } from '../support/api-client.ts'
import { startTestServer } from '../support/chat-server.ts'
import { type TestUser, testPassword } from '../support/test-user.ts'
import { fieldOf, historyOf, ok, problemOf, walk } from '../support/answers.ts'
import { invite, join } from '../support/memberships.ts'
import { logOf, openSimple, openSocket, refusal } from '../support/open-socket.ts'
import { openDatabase } from '../support/watch-database.ts'

const server = await startTestServer()
afterAll(() => server[Symbol.asyncDispose]())

type Named = Pick<TestUser, 'username'>

/** A room with an owner, a moderator and a member, and somebody who is not in it. */
async function makeRoom(kind = 'public') {
  const [owner, mod, member, outsider] = [
    await server.register(),
    await server.register(),
    await server.register(),
    await server.register(),
  ]
  const room = await owner.createRoom({ title: 'Tea', kind })
  await invite(owner, room, 'moderator', mod)
  await invite(owner, room, 'member', member)
  return { room, owner, mod, member, outsider }
}

const pathOf = ({ id }: Pick<Room, 'id'>, { username }: Named) =>
  `/api/rooms/${id}/bans/${username}/`
const ban = (by: TestUser, room: Room, user: Named, body: unknown = {}) =>
  by.put(pathOf(room, user), body)
const lift = (by: TestUser, room: Room, user: Named) => by.delete(pathOf(room, user))
const remove = (by: TestUser, { id }: Room, { username }: Named) =>
  by.delete(`/api/rooms/${id}/members/${username}/`)
const joinAs = (user: TestUser, { id }: Room) => user.post(`/api/rooms/${id}/join/`)
const inviteBy = (by: TestUser, { id }: Room, { username }: Named) =>
  by.put(`/api/rooms/${id}/members/${username}/`)

async function bannedFrom(room: Room, by: TestUser): Promise<unknown[]> {
  return fieldOf(await walk(by, `/api/rooms/${room.id}/bans/`), 'username')
}

async function membersOf(room: Room, by: TestUser): Promise<unknown[]> {
  return fieldOf(await walk(by, `/api/rooms/${room.id}/members/`), 'username')
}

/** What says why somebody is kept out. */
function reasonOf(answer: Answer): string {
  expect(problemOf(answer)).toBe('403 forbidden')
  return answer.body.detail
}

describe('[R7] a ban', () => {
  test('[R7] removes a member, as a removal does: events, sockets, and nothing more from the room', async () => {
    const { room, owner, mod, member } = await makeRoom()
    await using all = await openSocket(member)
    await using one = await openSocket(member, `/ws/chat/${room.name}/`)
    await using simple = await openSimple(member, room.name)
    await using watching = await openSocket(owner)
    const answer = await ban(mod, room, { username: member.username.toUpperCase() })
    expect(answer.status).toBe(201)
    expect(banSchema.strict().parse(answer.body)).toMatchObject({
      user_id: member.id,
      username: member.username,
      reason: '',
      banned_by: mod.username,
    })
    await ok(owner.send(room.id, 'now we are among us'))
    await Promise.all([one.closed, simple.closed])
    for (const socket of [all, watching]) await socket.settle()
    const left = {
      type: 'member.left',
      seq: 4,
      user_id: member.id,
      removed_by: { user_id: mod.id, username: mod.username },
    }
    const removed = { type: 'room.removed', room_id: room.id }
    expect(all.received).toMatchObject([left, removed])
    expect(one.received).toMatchObject([left, removed, { type: 'bye', code: 'removed' }])
    expect(simple.received).toEqual([])
    expect(logOf(watching, room.id)).toEqual(['4 member.left', '5 message'])
    expect(await membersOf(room, owner)).toEqual([owner.username, mod.username])
  })

  test('[R7] keeps out: joining, sockets and invitations are refused and say why', async () => {
    const { room, owner, mod, member } = await makeRoom()
    await ok(ban(owner, room, member, { reason: 'none of their business' }))
    for (let i = 0; i < 2; i++) {
      expect(reasonOf(await joinAs(member, room))).toBe(
        'you are banned from this room: its owner or a moderator can lift the ban',
      )
      expect(await refusal(member.connect(`/ws/chat/${room.name}/`))).toBe(403)
      expect(await refusal(member.connectSimple(room.name))).toBe(403)
      for (const by of [owner, mod]) {
        expect(reasonOf(await inviteBy(by, room, member))).toBe(
          `${member.username} is banned from this room: lift the ban first`,
        )
      }
      // Nor does it end when they leave what they are not in.
      await ok(member.post(`/api/rooms/${room.id}/leave/`))
    }
    expect(problemOf(await member.send(room.id, 'hi'))).toBe('403 forbidden')
    expect(await membersOf(room, owner)).toEqual([owner.username, mod.username])
    expect((await ok(owner.get(`/api/rooms/${room.id}/`))).last_seq).toBe(4)
    await ok(lift(mod, room, member))
    await ok(lift(mod, room, member))
    await join(room, member)
    expect(await refusal(member.connect(`/ws/chat/${room.name}/`))).toBe(101)
    expect(await membersOf(room, owner)).toContain(member.username)
  })

  test('[R7] of somebody who is not in the room, or has left, tells nobody and keeps them out', async () => {
    const { room, owner, mod, member, outsider } = await makeRoom()
    await ok(member.post(`/api/rooms/${room.id}/leave/`))
    await using watching = await openSocket(owner)
    await using theirs = await openSocket(outsider)
    for (const user of [member, outsider]) {
      expect((await ban(mod, room, user)).status).toBe(201)
      expect(reasonOf(await joinAs(user, room))).toContain('banned')
    }
    for (const socket of [watching, theirs]) {
      await socket.settle()
      expect(socket.received).toEqual([])
    }
    expect(await bannedFrom(room, owner)).toEqual([member.username, outsider.username])
  })

  test('[R7] from a private room stands before every invitation, and does not show the room', async () => {
    const { room, owner, mod, member, outsider } = await makeRoom('private')
    for (const user of [member, outsider]) await ok(ban(owner, room, user))
    for (const user of [member, outsider]) {
      expect(problemOf(await joinAs(user, room))).toBe('404 not_found')
      expect(await refusal(user.connect(`/ws/chat/${room.name}/`))).toBe(404)
      expect(reasonOf(await inviteBy(mod, room, user))).toContain('is banned')
    }
    await ok(lift(owner, room, outsider))
    expect((await inviteBy(mod, room, outsider)).status).toBe(201)
  })

  test('[R7] does not hide a public room, which everybody reads', async () => {
    const { room, owner, member } = await makeRoom()
    await ok(owner.send(room.id, 'said in public'))
    await ok(ban(owner, room, member))
    expect(await ok(member.get(`/api/rooms/${room.id}/`))).toMatchObject({ role: null })
    expect(fieldOf(await walk(member, '/api/rooms/'), 'id')).toContain(room.id)
    expect(await historyOf(member, room.id)).toMatchObject([{ message: 'said in public' }])
  })

  test('[R7] is for owners of anybody but owners, and for moderators of whoever is neither', async () => {
    const { room, owner, mod, member, outsider } = await makeRoom()
    const second = await server.register()
    await invite(owner, room, 'moderator', second)
    for (const [by, whom] of [
      [member, outsider],
      [outsider, member],
      [mod, second],
      [mod, mod],
      [mod, owner],
      [owner, owner],
    ] as const) {
      expect(problemOf(await ban(by, room, whom))).toBe('403 forbidden')
    }
    for (const by of [member, outsider]) {
      expect(problemOf(await lift(by, room, outsider))).toBe('403 forbidden')
      expect(problemOf(await by.get(`/api/rooms/${room.id}/bans/`))).toBe('403 forbidden')
    }
    expect(await membersOf(room, owner)).toHaveLength(4)
    expect(await bannedFrom(room, mod)).toEqual([])
    expect((await ban(owner, room, second)).status).toBe(201)
    expect((await ban(mod, room, member)).status).toBe(201)
    for (const username of ['nobody_at_all', 'no-name', '%00']) {
      expect(problemOf(await ban(owner, room, { username }))).toBe('404 not_found')
      expect(problemOf(await lift(owner, room, { username }))).toBe('404 not_found')
    }
  })

  test('[R7] is made once; repeated, it keeps its reason or takes another', async () => {
    const { room, owner, mod, outsider } = await makeRoom()
    const first = await ban(mod, room, outsider, { reason: '  says\nthe same\u{1F5EF} all day ' })
    expect(first.status).toBe(201)
    expect(first.body.reason).toBe('says\nthe same\u{1F5EF} all day')
    expect(await ban(owner, room, outsider)).toMatchObject({ status: 200, body: first.body })
    const again = await ban(owner, room, outsider, { reason: 'another' })
    expect(again.status).toBe(200)
    expect(again.body).toEqual({ ...first.body, reason: 'another' })
    expect((await ok(owner.get(`/api/rooms/${room.id}/bans/`))).results).toEqual([again.body])
    const long = await ban(owner, room, outsider, { reason: 'x'.repeat(501) })
    expect(problemOf(long)).toBe('400 bad_request')
    expect(long.body.errors).toMatchObject([{ field: 'reason' }])
  })

  test('[C4] the list pages forth and back, for owners and moderators', async () => {
    const { room, owner, mod } = await makeRoom()
    const others = []
    for (let i = 0; i < 7; i++) others.push(await server.register())
    for (const other of others.toReversed()) await ok(ban(owner, room, other))
    const page = await ok(mod.get(`/api/rooms/${room.id}/bans/`))
    expect(banPage.strict().parse(page)).toEqual(page)
    const forth = await walk(mod, `/api/rooms/${room.id}/bans/?limit=3`)
    expect(fieldOf(forth, 'user_id')).toEqual(others.map(({ id }) => id))
    const back = await walk(mod, forth.at(-1).previous, 'previous')
    expect(fieldOf(back.toReversed(), 'user_id')).toEqual(others.slice(0, 6).map(({ id }) => id))
  })

  test('[R7] there is none in a direct chat', async () => {
    const [ann, ben] = [await server.register(), await server.register()]
    const direct = await ok(ann.post('/api/direct/', { username: ben.username }))
    for (const answer of [
      await ban(ann, direct, ben),
      await lift(ann, direct, ben),
      await ann.get(`/api/rooms/${direct.id}/bans/`),
    ]) {
      expect(problemOf(answer)).toBe('409 conflict')
      expect(answer.body.detail).toContain('block')
    }
  })

  test('[A5] goes with the account of who is banned; who has banned is shown without a name', async () => {
    const { room, owner, mod, member, outsider } = await makeRoom()
    for (const user of [member, outsider]) await ok(ban(mod, room, user))
    for (const user of [member, mod]) {
      await ok(user.delete('/api/users/me/', { password: testPassword }))
    }
    expect((await ok(owner.get(`/api/rooms/${room.id}/bans/`))).results).toMatchObject([
      { user_id: outsider.id, banned_by: null },
    ])
    await using database = await openDatabase(server)
    expect(await database.execute('select from bans where user_id = $1', [member.id])).toEqual([])
    // Whoever takes the name is somebody else.
    await join(room, await server.register(member.username))
  })
})

describe('[R7] removed from a public room', () => {
  test('[R7] a client that connects again, as simple ones do, stays out', async () => {
    const { room, owner, mod, member } = await makeRoom()
    await using simple = await openSimple(member, room.name)
    await ok(remove(mod, room, member))
    await simple.closed
    expect(await refusal(member.connectSimple(room.name))).toBe(403)
    expect(await refusal(member.connect(`/ws/chat/${room.name}/`))).toBe(403)
    expect(reasonOf(await joinAs(member, room))).toBe(
      'you were removed from this room: you can join it again in 10 min, or when you are invited',
    )
    expect(await membersOf(room, owner)).toEqual([owner.username, mod.username])
    // It is no ban.
    expect(await bannedFrom(room, owner)).toEqual([])
  })

  test('[R7] one may join again after ten minutes, and what is over goes', async () => {
    const { room, owner, member, outsider } = await makeRoom()
    await ok(remove(owner, room, member))
    await using database = await openDatabase(server)
    const pass = async (interval: string) =>
      await database.execute(
        `update bans set expires_at = expires_at - interval '${interval}' where room_id = $1`,
        [room.id],
      )
    await pass('9 minutes 30 seconds')
    expect(reasonOf(await joinAs(member, room))).toContain('in 1 min')
    await pass('31 seconds')
    await join(room, member, outsider)
    const rows = () =>
      database.execute('select user_id::int from bans where room_id = $1', [room.id])
    expect(await rows()).toEqual([])
    await ok(remove(owner, room, member))
    await pass('11 minutes')
    await ok(remove(owner, room, outsider))
    expect(await rows()).toEqual([{ user_id: outsider.id }])
  })

  test('[R7] an invitation lets in at once, and so does who lifts it', async () => {
    const { room, owner, mod, member } = await makeRoom()
    await ok(remove(owner, room, member))
    expect((await inviteBy(mod, room, member)).status).toBe(201)
    await ok(remove(owner, room, member))
    await ok(lift(mod, room, member))
    await join(room, member)
  })

  test('[R7] a ban takes the place of it', async () => {
    const { room, owner, mod, member } = await makeRoom()
    await ok(remove(mod, room, member))
    const banned = await ban(owner, room, member, { reason: 'for good' })
    expect(banned).toMatchObject({ status: 201, body: { banned_by: owner.username } })
    expect(reasonOf(await inviteBy(mod, room, member))).toContain('is banned')
    expect(reasonOf(await joinAs(member, room))).toContain('you are banned')
  })

  test('[R7] who leaves may come back at once, and a private room is entered by invitation', async () => {
    const { room, owner, member } = await makeRoom()
    await ok(member.post(`/api/rooms/${room.id}/leave/`))
    await join(room, member)
    const closed = await makeRoom('private')
    await ok(remove(closed.owner, closed.room, closed.member))
    expect((await inviteBy(closed.mod, closed.room, closed.member)).status).toBe(201)
    expect(await membersOf(room, owner)).toContain(member.username)
  })
})
