import { afterAll, describe, expect, test } from 'vitest'
import type { Room } from '../../src/protocol/rooms.ts'
import { startTestServer } from '../support/chat-server.ts'
import { type TestUser, testPassword } from '../support/test-user.ts'
import { fieldOf, historyOf, ok, problemOf, walk } from '../support/answers.ts'
import { invite, join } from '../support/memberships.ts'
import { logOf, openSocket, refusal } from '../support/open-socket.ts'
import { sessionOf } from '../support/sign-token.ts'
import { openDatabase } from '../support/watch-database.ts'

const server = await startTestServer()
afterAll(() => server[Symbol.asyncDispose]())

const erase = (user: TestUser) => user.delete('/api/users/me/', { password: testPassword })

async function registerMany(count: number): Promise<TestUser[]> {
  return await Promise.all(Array.from({ length: count }, () => server.register()))
}

async function directOf(one: TestUser, other: TestUser): Promise<Room> {
  return await ok(one.post('/api/direct/', { username: other.username }))
}

/** What an account that was deleted leaves in the database under its id. */
async function rowOf({ id }: TestUser) {
  await using database = await openDatabase(server)
  const [row] = await database.execute('select * from users where id = $1', [id])
  return row!
}

/** As a crash right after the first statement of a deletion would leave it, some minutes ago. */
async function markOnly(user: TestUser): Promise<void> {
  await using database = await openDatabase(server)
  await database.execute(
    `select delete_account_v1($1, $2, (select password_hash from users where id = $2))`,
    [sessionOf(user), user.id],
  )
  await letPass(user)
}

async function letPass(user: TestUser): Promise<void> {
  await using database = await openDatabase(server)
  await database.execute(
    `update users set deleted_at = deleted_at - interval '2 minutes' where id = $1`,
    [user.id],
  )
}

describe('[A5] an account is deleted', () => {
  test('[A5] by who knows its password, and nobody else', async () => {
    const user = await server.register()
    for (const password of ['', 'wrong', testPassword.padEnd(90)]) {
      const answer = await user.delete('/api/users/me/', { password })
      expect(problemOf(answer)).toBe('403 forbidden')
      expect(answer.body.detail).toBe('password is not the password of this account')
    }
    expect(problemOf(await user.delete('/api/users/me/'))).toBe('400 bad_request')
    expect((await user.get('/api/users/me/')).status).toBe(200)
    expect(await erase(user)).toMatchObject({ status: 204, text: '' })
  })

  test('[A5] once, and what is sent at that moment is refused or there before', async () => {
    const [user, friend] = await registerMany(2)
    const room = await user!.createRoom()
    await join(room, friend!)
    const sends = Array.from({ length: 10 }, (_, n) => user!.send(room.id, `${n}`))
    const [first, second, ...answers] = await Promise.all([erase(user!), erase(user!), ...sends])
    expect([first.status, second.status].toSorted()).toEqual([204, 401])
    for (const { status } of answers) expect([201, 401]).toContain(status)
    const stored = answers.filter(({ status }) => status === 201)
    expect((await historyOf(friend!, room.id)).map(({ id }) => id).toSorted()).toEqual(
      stored.map(({ body }) => body.id).toSorted(),
    )
    expect(await ok(friend!.get(`/api/rooms/${room.id}/`))).toMatchObject({
      last_seq: 4 + stored.length,
    })
  })

  test('[A5] with all its sessions; its tokens and its password are good for nothing', async () => {
    const user = await server.register()
    const other = await user.login()
    await ok(erase(user))
    for (const { access, refresh } of [user, other]) {
      const asked = await server.call('GET', '/api/users/me/', undefined, access)
      expect(problemOf(asked)).toBe('401 session_revoked')
      const refreshed = await server.call('POST', '/api/token/refresh/', { refresh })
      expect(problemOf(refreshed)).toBe('401 session_revoked')
    }
    const { username } = user
    const login = await server.call('POST', '/api/login/', { username, password: testPassword })
    expect(problemOf(login)).toBe('401 unauthenticated')
    expect(await refusal(other.connect())).toBe(401)
    expect(problemOf(await erase(user))).toBe('401 session_revoked')
  })

  test('[A5] and what is known of its owner is wiped', async () => {
    const user = await server.register()
    await ok(user.patch('/api/users/me/', { bio: 'All about me' }))
    await ok(erase(user))
    expect(await rowOf(user)).toMatchObject({
      username: '',
      email: null,
      bio: '',
      password_hash: '',
      deleted_at: expect.any(Date),
      erased_at: expect.any(Date),
    })
    await using database = await openDatabase(server)
    const rows = await database.execute(
      'select address, user_agent from sessions where user_id = $1',
      [user.id],
    )
    expect(rows).toEqual([{ address: null, user_agent: null }])
  })

  test('[A5] and its name is free again, for somebody who has nothing of it', async () => {
    const [user, friend] = await registerMany(2)
    const room = await user!.createRoom({ title: 'Mine' })
    await ok(user!.send(room.id, 'mine'))
    const direct = await directOf(user!, friend!)
    await ok(erase(user!))
    const next = await server.register(user!.username.toUpperCase())
    expect(next.id).not.toBe(user!.id)
    const { results } = await ok(next.get('/api/rooms/?member=true'))
    expect(results).toEqual([])
    expect((await directOf(next, friend!)).id).not.toBe(direct.id)
    expect(await historyOf(next, room.id)).toMatchObject([{ user_id: null, username: null }])
  })

  test('[A5] and it leaves its rooms, which have an owner', async () => {
    const [user, friend] = await registerMany(2)
    const owned = await user!.createRoom({ title: 'Owned' })
    const joined = await friend!.createRoom({ title: 'Joined', kind: 'private' })
    await join(owned, friend!)
    await invite(friend!, joined, 'member', user!)
    await using socket = await openSocket(friend!)
    await ok(erase(user!))
    await socket.settle()
    // What is told is what the log says: nobody's name is in it.
    const left = { type: 'member.left', user_id: user!.id, username: null, removed_by: null }
    expect(socket.received).toMatchObject([
      { ...left, room_id: owned.id, seq: 3 },
      { type: 'member.updated', room_id: owned.id, seq: 4, user_id: friend!.id, role: 'owner' },
      { ...left, room_id: joined.id, seq: 3 },
    ])
    expect(await ok(friend!.get(`/api/rooms/${owned.id}/`))).toMatchObject({
      role: 'owner',
      member_count: 1,
      created_by: null,
    })
    const { results } = await ok(friend!.get(`/api/rooms/${joined.id}/members/`))
    expect(results).toMatchObject([{ user_id: friend!.id }])
  })

  test('[A5, R6] and a private room that nobody is left in goes with it, a public one stays', async () => {
    const [user, other] = await registerMany(2)
    const hidden = await user!.createRoom({ title: 'Hidden', kind: 'private' })
    const open = await user!.createRoom({ title: 'Open' })
    const direct = await directOf(user!, other!)
    await ok(erase(user!))
    await using database = await openDatabase(server)
    const stateOf = async (room: Room) => {
      const [row] = await database.execute(
        `select r.deleted_at is not null as is_deleted,
                (select string_agg(kind, ' ' order by seq) from room_events where room_id = r.id) as log
           from rooms r where r.id = $1`,
        [room.id],
      )
      return row
    }
    expect(await stateOf(hidden)).toEqual({
      is_deleted: true,
      log: 'member.joined member.left room.deleted',
    })
    expect(await stateOf(open)).toEqual({ is_deleted: false, log: 'member.joined member.left' })
    await join(open, other!)
    expect(await ok(other!.get(`/api/rooms/${open.id}/`))).toMatchObject({ role: 'owner' })
    // A direct chat goes with the second of the two.
    expect(await stateOf(direct)).toMatchObject({ is_deleted: false })
    await ok(erase(other!))
    expect(await stateOf(direct)).toEqual({
      is_deleted: true,
      log: 'member.joined member.joined member.left member.left room.deleted',
    })
  })

  test('[A5] and its name shows nowhere', async () => {
    const user = await server.register('a_name_to_forget')
    const friend = await server.register()
    const room = await user.createRoom({ title: 'Together' })
    await join(room, friend)
    await ok(user.send(room.id, 'from who was here'))
    await ok(friend.send(room.id, 'a reply', { reply_to: 3 }))
    await ok(friend.put(`/api/users/me/blocks/${user.username}/`))
    await ok(friend.delete(`/api/users/me/blocks/${user.username}/`))
    const direct = await directOf(user, friend)
    await ok(user.send(direct.id, 'in private'))
    await ok(user.put(`/api/users/me/blocks/${friend.username}/`))
    await using socket = await openSocket(friend)
    await ok(erase(user))
    await socket.ask({ action: 'hello' })
    const seen = [
      socket.received,
      await walk(friend, '/api/users/'),
      await walk(friend, '/api/users/?search=a_name'),
      await walk(friend, '/api/users/me/blocks/'),
      await walk(friend, '/api/rooms/'),
      await ok(friend.get(`/api/rooms/${room.id}/`)),
      await ok(friend.get(`/api/rooms/${direct.id}/`)),
      await walk(friend, `/api/rooms/${room.id}/members/`),
      await walk(friend, `/api/rooms/${direct.id}/members/`),
      await historyOf(friend, room.id),
      await historyOf(friend, direct.id),
    ]
    expect(JSON.stringify(seen)).not.toContain(user.username)
    expect(await historyOf(friend, room.id)).toMatchObject([
      { message: 'from who was here', user_id: null, username: null },
      { message: 'a reply', user_id: friend.id, reply_to: 3 },
    ])
    for (const search of ['a_name', 'a_name&member=true']) {
      expect((await ok(friend.get(`/api/rooms/?search=${search}`))).results).toEqual([])
    }
    for (const asked of [
      friend.post('/api/direct/', { username: user.username }),
      friend.put(`/api/rooms/${room.id}/members/${user.username}/`),
      friend.put(`/api/users/me/blocks/${user.username}/`),
    ]) {
      expect(problemOf(await asked)).toBe('404 not_found')
    }
  })

  test('[A5] and a direct chat with it can be read by the other one, who is told', async () => {
    const [user, friend] = await registerMany(2)
    const direct = await directOf(user!, friend!)
    await ok(user!.send(direct.id, 'goodbye'))
    await using _ = await openSocket(user!)
    await using socket = await openSocket(friend!)
    await ok(erase(user!))
    await socket.settle()
    // No presence: whoever is not there is not offline.
    expect(logOf(socket, direct.id)).toEqual(['4 member.left'])
    expect(socket.ofType('presence')).toEqual([])
    const shown = { id: direct.id, partner: null, title: 'Deleted account', member_count: 1 }
    expect(await ok(friend!.get(`/api/rooms/${direct.id}/`))).toMatchObject(shown)
    const { results } = await ok(friend!.get('/api/rooms/?member=true'))
    expect(results).toMatchObject([{ ...shown, unread: 1 }])
    expect(await historyOf(friend!, direct.id)).toMatchObject([{ message: 'goodbye' }])
    await ok(friend!.post(`/api/rooms/${direct.id}/read/`, { seq: 4 }))
    expect((await socket.ask({ action: 'heads' })).rooms).toEqual([
      { room_id: direct.id, last_seq: 4, last_read_seq: 4 },
    ])
  })
})

describe('[A5] a deletion that did not come to its end', () => {
  test('[A5] shows the account nowhere, and is finished when somebody logs in', async () => {
    const [user, friend] = await registerMany(2)
    const room = await user!.createRoom({ title: 'Left behind' })
    await join(room, friend!)
    const direct = await directOf(user!, friend!)
    await using open = await openSocket(user!)
    await using socket = await openSocket(friend!)
    await markOnly(user!)
    const members = await walk(friend!, `/api/rooms/${room.id}/members/`)
    expect(fieldOf(members, 'user_id')).toEqual([friend!.id])
    expect(await ok(friend!.get(`/api/rooms/${direct.id}/`))).toMatchObject({
      partner: null,
      title: 'Deleted account',
    })
    expect(logOf(socket, room.id)).toEqual([])
    await friend!.login()
    await open.closed
    await socket.settle()
    expect(logOf(socket, room.id)).toEqual(['3 member.left', '4 member.updated'])
    expect(logOf(socket, direct.id)).toEqual(['3 member.left'])
    expect(await rowOf(user!)).toMatchObject({ erased_at: expect.any(Date) })
    await friend!.login()
    expect(await ok(friend!.get(`/api/rooms/${room.id}/`))).toMatchObject({ last_seq: 4 })
  })

  test('[A5, R6] hands a room to nobody else who is going, as long as somebody stays', async () => {
    const [first, second, staying] = await registerMany(3)
    const room = await first!.createRoom({ title: 'Three' })
    await join(room, second!, staying!)
    await invite(first!, room, 'moderator', second!)
    await markOnly(second!)
    await ok(erase(first!))
    expect(await ok(staying!.get(`/api/rooms/${room.id}/`))).toMatchObject({ role: 'owner' })
    await staying!.login()
    expect(await ok(staying!.get(`/api/rooms/${room.id}/`))).toMatchObject({
      role: 'owner',
      member_count: 1,
    })
  })

  test('[A5, R6] hands a room over through one who is going, too', async () => {
    const [first, second, next] = await registerMany(3)
    const room = await first!.createRoom({ title: 'Two' })
    await join(room, second!)
    await markOnly(second!)
    await ok(erase(first!))
    await join(room, next!)
    await next!.login()
    expect(await ok(next!.get(`/api/rooms/${room.id}/`))).toMatchObject({
      role: 'owner',
      member_count: 1,
    })
  })

  test('[A5] goes on where it was left, of an account in more rooms than are left at once', async () => {
    const [user, friend] = await registerMany(2)
    await using database = await openDatabase(server)
    await database.execute(
      `insert into rooms (kind, name, title, created_by)
       select 'public', 'many_' || n, 'Many', $1 from generate_series(1, 213) n`,
      [user!.id],
    )
    await database.execute(
      `select a.seq from rooms r cross join lateral add_member_v2(r.id, $1, 'owner', $1, 1000, 0) a
        where r.created_by = $1`,
      [user!.id],
    )
    const left = async () => {
      const [row] = await database.execute(
        'select count(*)::int as count from memberships where user_id = $1',
        [user!.id],
      )
      return row!['count']
    }
    await ok(erase(user!))
    expect(await left()).toBe(13)
    expect(await rowOf(user!)).toMatchObject({ erased_at: null })
    // Who has just begun is left alone.
    await friend!.login()
    expect(await left()).toBe(13)
    await letPass(user!)
    // A login of somebody else pays for ten.
    await friend!.login()
    expect(await left()).toBe(3)
    expect(await rowOf(user!)).toMatchObject({ erased_at: null })
    await friend!.login()
    expect(await left()).toBe(0)
    expect(await rowOf(user!)).toMatchObject({ erased_at: expect.any(Date) })
  })
})
