import { expect, test } from 'vitest'
import { startTestServer, type TestServer } from '../support/chat-server.ts'
import { type TestUser, testPassword } from '../support/test-user.ts'
import { sessionOf } from '../support/sign-token.ts'
import { Barrier, Observer } from '../support/barrier.ts'
import { whenOver } from './connecting.ts'

const nextPassword = 'another long enough one'
const changePassword = (user: TestUser) =>
  user.post('/api/users/me/password/', {
    current_password: testPassword,
    new_password: nextPassword,
  })
const erase = (user: TestUser) => user.delete('/api/users/me/', { password: testPassword })

const ends = [
  {
    name: 'the end of its session',
    end: (user: TestUser, other: TestUser) => other.delete(`/api/sessions/${sessionOf(user)}/`),
  },
  {
    name: 'the end of all others',
    end: (_: TestUser, other: TestUser) => other.delete('/api/sessions/'),
  },
  {
    name: 'a change of the password',
    end: (_: TestUser, other: TestUser) => changePassword(other),
  },
  { name: 'the end of its account', end: (_: TestUser, other: TestUser) => erase(other) },
]

test.each(ends)('[A4] $name closes an earlier $connect, and leaves no row', async ({ end }) => {
  await using server = await startTestServer()
  await using observer = await Observer.of(server.database)
  const user = await server.register()
  const other = await user.login()
  const { id, name } = await user.createRoom()
  await using barrier = await Barrier.hold(server.database, 'rooms where id = $1', id)
  const over = whenOver(user.connect(`/ws/chat/${name}/`))
  await observer.waiting(1)
  const ended = end(user, other)
  await observer.waiting(2)
  await barrier.release()
  expect((await ended).status).toBe(204)
  await over
  await observer.quiet()
  await expect.poll(() => observer.query('select id from connections')).toEqual([])
})

test.each(['login', 'change'])(
  '[A5] a login against a change of the password, the %s first: no session of the old one stays',
  async (first) => {
    await using server = await startTestServer()
    await using observer = await Observer.of(server.database)
    const user = await server.register()
    const { username } = user
    await using barrier = await Barrier.hold(server.database, 'users where id = $1', user.id)
    const start = {
      login: () => server.call('POST', '/api/login/', { username, password: testPassword }),
      change: () => changePassword(user),
    }
    const one = first === 'login' ? start.login() : start.change()
    await observer.waiting(1)
    const other = first === 'login' ? start.change() : start.login()
    await observer.waiting(2)
    await barrier.release()
    const [login, change] = first === 'login' ? [await one, await other] : [await other, await one]
    expect(change.status).toBe(204)
    expect(login.status).toBe(first === 'login' ? 200 : 401)
    const sessions = await observer.query(
      'select id::float8 from sessions where user_id = $1 and revoked_at is null',
      [user.id],
    )
    expect(sessions).toEqual([{ id: sessionOf(user) }])
  },
)

test.each(['invitation', 'deletion'])(
  '[A5] an invitation against the deletion of an account, the %s first: the deleted account is not a member',
  async (first) => {
    await using server = await startTestServer()
    await using observer = await Observer.of(server.database)
    const [owner, user] = [await server.register(), await server.register()]
    const room = await owner.createRoom({ title: 'Ours', kind: 'private' })
    await using barrier = await Barrier.hold(server.database, 'users where id = $1', user.id)
    const start = {
      invitation: () => owner.put(`/api/rooms/${room.id}/members/${user.username}/`),
      deletion: () => erase(user),
    }
    const one = first === 'invitation' ? start.invitation() : start.deletion()
    await observer.waiting(1)
    const other = first === 'invitation' ? start.deletion() : start.invitation()
    await observer.waiting(2)
    await barrier.release()
    const [invitation, deletion] =
      first === 'invitation' ? [await one, await other] : [await other, await one]
    expect(deletion.status).toBe(204)
    expect(invitation.status).toBe(first === 'invitation' ? 201 : 404)
    const log = await observer.query<{ kind: string }>(
      'select kind from room_events where room_id = $1 order by seq',
      [room.id],
    )
    const joined = log.map(({ kind }) => kind).slice(1)
    expect(joined).toEqual(first === 'invitation' ? ['member.joined', 'member.left'] : [])
    expect(await observer.query('select user_id::float8 from memberships')).toEqual([
      { user_id: owner.id },
    ])
  },
)

test.each(['ban', 'deletion'])(
  '[R7] a ban against the deletion of the account, the %s first: none stays',
  async (first) => {
    await using server = await startTestServer()
    await using observer = await Observer.of(server.database)
    const [owner, user] = [await server.register(), await server.register()]
    const room = await owner.createRoom()
    await using barrier = await Barrier.hold(server.database, 'users where id = $1', user.id)
    const ban = () => owner.put(`/api/rooms/${room.id}/bans/${user.username}/`)
    const one = first === 'ban' ? ban() : erase(user)
    await observer.waiting(1)
    const other = first === 'ban' ? erase(user) : ban()
    await observer.waiting(2)
    await barrier.release()
    const statuses = (await Promise.all([one, other])).map(({ status }) => status)
    expect(statuses).toEqual(first === 'ban' ? [201, 204] : [204, 404])
    expect(await observer.query('select from bans')).toEqual([])
  },
)

test.each([
  { name: 'a room', make: (user: TestUser) => user.post('/api/rooms/', { title: 'Mine' }) },
  {
    name: 'a direct chat',
    make: (user: TestUser, other: TestUser) =>
      user.post('/api/direct/', { username: other.username }),
  },
  {
    name: 'a direct chat by the other one',
    make: (user: TestUser, other: TestUser) =>
      other.post('/api/direct/', { username: user.username }),
  },
])(
  '[A5] $name during the deletion of an account does not have it as a member',
  async ({ make }) => {
    await using server = await startTestServer()
    await using observer = await Observer.of(server.database)
    const [user, other] = [await server.register(), await server.register()]
    await using barrier = await Barrier.hold(server.database, 'users where id = $1', user.id)
    const deletion = erase(user)
    await observer.waiting(1)
    const made = make(user, other)
    await observer.waiting(2)
    await barrier.release()
    expect((await deletion).status).toBe(204)
    expect([201, 401, 404]).toContain((await made).status)
    const members = await observer.query('select from memberships where user_id = $1', [user.id])
    expect(members).toEqual([])
    expect(server.log.filter(({ level }) => level === 'error')).toEqual([])
  },
)

/** Makes an account in `rooms` rooms of its own, whose deletion a crash interrupted after the first statement. */
async function leaveUnfinished(server: TestServer, observer: Observer, rooms: number) {
  const user = await server.register()
  const made = []
  for (let n = 0; n < rooms; n++) made.push(await user.createRoom({ title: `Room ${n}` }))
  await observer.query(
    `select delete_account_v1($1, $2, (select password_hash from users where id = $2))`,
    [sessionOf(user), user.id],
  )
  await observer.query(
    `update users set deleted_at = deleted_at - interval '2 minutes' where id = $1`,
    [user.id],
  )
  return { user, rooms: made }
}

test('[A5] one of several concurrent logins continues a deletion, and the others do not wait', async () => {
  await using server = await startTestServer()
  await using observer = await Observer.of(server.database)
  const friend = await server.register()
  const { user, rooms } = await leaveUnfinished(server, observer, 2)
  await using barrier = await Barrier.hold(server.database, 'rooms where id = $1', rooms[0]!.id)
  const first = friend.login()
  await observer.waiting(1)
  await Promise.all([friend.login(), friend.login()])
  const members = 'select room_id::float8 from memberships where user_id = $1'
  expect(await observer.query(members, [user.id])).toHaveLength(2)
  await barrier.release()
  await first
  expect(await observer.query(members, [user.id])).toEqual([])
})

test('[A5] concurrent logins continue the deletions of different accounts', async () => {
  await using server = await startTestServer()
  await using observer = await Observer.of(server.database)
  const friend = await server.register()
  const one = await leaveUnfinished(server, observer, 1)
  const two = await leaveUnfinished(server, observer, 1)
  await using barrier = await Barrier.hold(server.database, 'rooms where id = $1', one.rooms[0]!.id)
  const first = friend.login()
  await observer.waiting(1)
  await friend.login()
  const erased = 'select id::float8 from users where erased_at is not null'
  expect(await observer.query(erased)).toEqual([{ id: two.user.id }])
  await barrier.release()
  await first
  expect(await observer.query(erased)).toHaveLength(2)
})

test('[A5] another login takes over from a crashed one after a minute', async () => {
  await using server = await startTestServer()
  await using observer = await Observer.of(server.database)
  const friend = await server.register()
  const { user } = await leaveUnfinished(server, observer, 1)
  const began = (seconds: number) =>
    observer.query(
      `update users set erasing_at = now() - make_interval(secs => $2) where id = $1`,
      [user.id, seconds],
    )
  const erased = 'select id from users where erased_at is not null'
  await began(50)
  await friend.login()
  expect(await observer.query(erased)).toEqual([])
  await began(61)
  await friend.login()
  expect(await observer.query(erased)).toHaveLength(1)
})
