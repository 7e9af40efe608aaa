import { Secret, TOTP } from 'otpauth'
import { fieldsOf, type Loose, ok, refused, sorted } from '../answer.ts'
import type { Check } from '../check.ts'
import { Broken, holds, like, same } from '../expect.ts'
import { WorldUser, type World } from '../world.ts'

/** One password in two forms: its accents are composed in the first and decomposed in the second. */
const composed = 'Ångström und Tee'.normalize('NFC')
const decomposed = composed.normalize('NFD')

/** The user whose email address dan registers with, too. */
async function addressee(world: World): Promise<WorldUser> {
  return await world.once('addressee', async () => await world.user('ana'))
}

/** A user whose sessions and password the checks change. */
async function dan(world: World): Promise<WorldUser> {
  return await world.once('dan', async () => {
    // The server trims spaces around a name. The address is not verified, so it belongs to nobody yet.
    const ana = await addressee(world)
    return await world.register(` ${world.word('conf_dan_')} `, {
      password: decomposed,
      email: ` ${ana.username}@example.org `,
      display_name: 'Dan Łukasz',
    })
  })
}

async function refresh(world: World, token: string) {
  return await world.call('POST', '/api/token/refresh/', { body: { refresh: token } })
}

export const accountChecks: readonly Check[] = [
  {
    rule: 'A1',
    title:
      'registering returns a user and tokens, trims names and addresses, and does not reveal who has an address',
    async run(world) {
      const user = await dan(world)
      const me = await ok(user.get('/api/users/me/'), 200)
      like('the user', me, {
        id: user.id,
        username: user.username,
        display_name: 'Dan Łukasz',
        bio: '',
        read_receipts: true,
        is_admin: false,
      })
      same('the username', user.username, user.username.trim())
      const { username } = await addressee(world)
      same('the email address', me.email, `${username}@example.org`)
    },
  },
  {
    rule: 'A1',
    title: 'an invalid username, password or address is refused with an error for its field',
    async run(world) {
      const body = { username: 'not a name', password: 'x'.repeat(73), email: 'nowhere' }
      const problem = await refused(world.call('POST', '/api/register/', { body }), 'bad_request')
      same('the fields of errors', fieldsOf(problem), 'email, password, username')
    },
  },
  {
    rule: 'A1',
    title: 'usernames are unique without regard to case',
    async run(world) {
      const ana = await world.user('ana')
      const body = {
        username: ana.username.toUpperCase(),
        password: world.word('password'),
        email: 'a@example.org',
      }
      await refused(world.call('POST', '/api/register/', { body }), 'conflict')
    },
  },
  {
    rule: 'A2',
    title: 'a login accepts the username in any case and the password in any Unicode composition',
    async run(world) {
      const user = await dan(world)
      const body = { username: user.username.toUpperCase(), password: composed }
      const signedIn = await ok(world.call('POST', '/api/login/', { body }), 200)
      same('the user', signedIn.user?.id, user.id)
      await ok(new WorldUser(world, user.account, signedIn).get('/api/users/me/'), 200)
    },
  },
  {
    rule: 'A2',
    title: 'an unknown user and a wrong password get the same answer',
    async run(world) {
      const user = await dan(world)
      const login = async (username: string) =>
        await world.call('POST', '/api/login/', {
          body: { username, password: world.word('wrong') },
        })
      const [wrong, unknown] = [await login(user.username), await login(world.word('nobody_'))]
      await refused(wrong, 'unauthenticated')
      same(
        'the answer for an unknown user',
        [unknown.status, unknown.text],
        [wrong.status, wrong.text],
      )
    },
  },
  {
    rule: 'A3',
    title: 'a refresh rotates: a lost answer logs nobody out, a used-up token ends the session',
    async run(world) {
      const user = await (await dan(world)).login()
      const first = await ok(refresh(world, user.refresh), 200)
      // This simulates a lost answer: the same token again gives another successor, and both are good.
      const second = await ok(refresh(world, user.refresh), 200)
      holds(first.refresh !== second.refresh, 'another successor', 'the same')
      const third = await ok(refresh(world, first.refresh), 200)
      await ok(refresh(world, second.refresh), 200)
      const going = new WorldUser(world, user.account, { user, ...third })
      const socket = await going.socket()
      await ok(going.get('/api/users/me/'), 200)
      // One of its successors was used, so the first token is used up.
      await refused(refresh(world, user.refresh), 'session_revoked')
      await refused(going.get('/api/users/me/'), 'session_revoked')
      await refused(refresh(world, third.refresh), 'session_revoked')
      await socket.nextOf('bye', ({ code }) => code === 'session_revoked')
      await socket.closed('its session has ended')
    },
  },
  {
    rule: 'A7',
    title: 'a page of the host gets its refresh token in a cookie, and other pages get no cookie',
    async run(world) {
      const { username, password } = await dan(world)
      const body = { username, password, refresh_in: 'cookie' }
      const Origin = world.base.origin
      const login = async (origin: string) =>
        await world.call('POST', '/api/login/', { body, headers: { Origin: origin } })
      await refused(login('https://elsewhere.example'), 'forbidden')
      const answer = await login(Origin)
      const signedIn = await ok(answer, 200)
      holds(signedIn.refresh === undefined, 'no refresh token in the body', 'one')
      const cookie = answer.headers['set-cookie'] ?? ''
      for (const part of ['HttpOnly', 'SameSite=Strict', 'Path=/api/token/refresh']) {
        holds(cookie.includes(part), `a cookie with ${part}`, cookie || 'no cookie')
      }
      const headers = { Origin, Cookie: cookie.split(';')[0]! }
      const refreshed = await world.call('POST', '/api/token/refresh/', { body: {}, headers })
      const { access, refresh: token } = await ok(refreshed, 200)
      holds(token === undefined, 'no refresh token in the body', 'one')
      const next = (refreshed.headers['set-cookie'] ?? '').split(';')[0]!
      holds(next !== '' && next !== headers.Cookie, 'the cookie of its successor', next)
      const out = { access, body: { refresh_in: 'cookie' }, headers: { Origin } }
      const left = await world.call('POST', '/api/logout/', out)
      await ok(left, 204)
      holds(
        (left.headers['set-cookie'] ?? '').includes('Max-Age=0'),
        'the cookie to be cleared',
        left.headers,
      )
    },
  },
  {
    rule: 'A8',
    title:
      'a login with a second factor asks for a code, and accepts a code of the app or a recovery code once',
    async run(world) {
      const user = await world.register(world.word('conf_eve_'))
      const { username, password } = user
      const path = '/api/users/me/second-factor/'
      const login = async (code?: string) =>
        await world.call('POST', '/api/login/', { body: { username, password, code } })
      const begun = await ok(user.post(path, { password }), 201)
      const totp = new TOTP({ secret: Secret.fromBase32(String(begun.secret)) })
      const codeIn = (steps: number) => totp.generate({ timestamp: Date.now() + steps * 30_000 })
      await ok(login(), 200)
      const confirm = async (code: string) => await user.post(`${path}confirm/`, { code })
      await refused(confirm('not a code'), 'bad_request')
      const { recovery_codes: codes } = await ok(confirm(codeIn(0)), 200)
      await refused(login(), 'code_required')
      await refused(login(codeIn(0)), 'code_required')
      const next = codeIn(1)
      await ok(login(next), 200)
      await refused(login(next), 'code_required')
      await ok(login(codes[0]), 200)
      await refused(login(codes[0]), 'code_required')
      const wrong = { body: { username, password: 'not the password', code: codes[1] } }
      await refused(world.call('POST', '/api/login/', wrong), 'unauthenticated')
      await ok(user.delete(path, { password }), 204)
      await ok(login(), 200)
    },
  },
  {
    rule: 'A3',
    title: 'an unknown token is refused',
    async run(world) {
      await refused(refresh(world, 'nonsense'), 'unauthenticated')
    },
  },
  {
    rule: 'A4',
    title:
      'sessions are listed newest first and ended one by one, and those of other users answer 404',
    async run(world) {
      const [user, eve] = [await dan(world), await world.user('eve')]
      const other = await user.login()
      const sessions = await user.list('/api/sessions/')
      const own = sessions.filter(({ current }) => current === true)
      same('the number of present sessions', own.length, 1)
      const created = sessions.map(({ created_at }) => created_at)
      same('the order of sessions', created, sorted(created).toReversed())
      const newest = sessions[0]?.id
      const [none, hidden] = [
        await eve.delete('/api/sessions/0/'),
        await eve.delete(`/api/sessions/${newest}/`),
      ]
      await refused(none, 'not_found')
      same(
        'the answer for another’s session',
        [hidden.status, hidden.text],
        [none.status, none.text],
      )
      await ok(other.get('/api/users/me/'), 200)
      await ok(user.delete(`/api/sessions/${newest}/`), 204)
      await refused(other.get('/api/users/me/'), 'session_revoked')
      await refused(user.delete(`/api/sessions/${newest}/`), 'not_found')
    },
  },
  {
    rule: 'A4',
    title:
      'a logout ends the session at once and closes its sockets within 5 s; DELETE ends all others',
    async run(world) {
      const user = await dan(world)
      const [one, two] = [await user.login(), await user.login()]
      const [first, second] = [await one.socket(), await two.socket()]
      await ok(one.post('/api/logout/'), 204)
      await refused(one.get('/api/rooms/'), 'session_revoked')
      like('the bye', await first.nextOf('bye'), { code: 'session_revoked', reconnect: false })
      await first.closed('its session has ended')
      await ok(two.get('/api/rooms/'), 200)
      await ok(user.delete('/api/sessions/'), 204)
      await refused(two.get('/api/rooms/'), 'session_revoked')
      await second.closed('its session has ended')
      same('the sessions that go on', (await user.list('/api/sessions/')).length, 1)
    },
  },
  {
    rule: 'A5',
    title: 'a user reads and changes their profile',
    async run(world) {
      const user = await dan(world)
      const set = { bio: 'Tea.', display_name: 'Dan', email: `${user.username}@example.org` }
      like('the answer', await ok(user.patch('/api/users/me/', set), 200), set)
      like('the user', await ok(user.get('/api/users/me/'), 200), set)
      like('the user', await ok(user.patch('/api/users/me/', { display_name: null }), 200), {
        display_name: null,
      })
      await refused(user.patch('/api/users/me/', {}), 'bad_request')
      await refused(user.patch('/api/users/me/', { bio: 'x'.repeat(501) }), 'bad_request')
      await refused(user.patch('/api/users/me/', { email: 'nowhere' }), 'bad_request')
    },
  },
  {
    rule: 'A5',
    title:
      'users are found by the beginning of their names, without regard to case and accents, and without email addresses',
    async run(world) {
      const [user, ana] = [await dan(world), await world.user('ana')]
      const display = `Éva ${world.word('z')}`
      await ok(user.patch('/api/users/me/', { display_name: display }), 200)
      const names = async (search: string) =>
        (await ana.list(`/api/users/?search=${encodeURIComponent(search)}`)).map(
          ({ username }) => username,
        )
      same(
        'who is found by a display name',
        await names(display.normalize('NFD').replace(/\p{M}/gu, '').toUpperCase()),
        [user.username],
      )
      same('who is found by a username', await names(user.username.slice(0, -1).toUpperCase()), [
        user.username,
      ])
      same('who is found by the end of a name', await names(display.slice(4).slice(1)), [])
      const found = await ok(ana.get(`/api/users/?search=${user.username}`), 200)
      same('the fields of a user', Object.keys(found.results[0]).toSorted(), [
        'bio',
        'display_name',
        'id',
        'username',
      ])
    },
  },
  {
    rule: 'A5',
    title: 'a new password ends the other sessions, and a wrong current password is a 403',
    async run(world) {
      const user = await dan(world)
      const other = await user.login()
      const set = async (current_password: string, new_password: string) =>
        await user.post('/api/users/me/password/', { current_password, new_password })
      await refused(set('a wrong password', world.word('password')), 'forbidden')
      await refused(set(user.password, 'password'), 'bad_request')
      await refused(set(user.password, user.username), 'bad_request')
      await ok(set(user.password, world.word('password')), 204)
      await refused(other.get('/api/users/me/'), 'session_revoked')
      await ok(user.get('/api/users/me/'), 200)
      await ok((await user.login()).get('/api/users/me/'), 200)
    },
  },
  {
    rule: 'A6',
    title:
      'a user who blocked another opens no chat with them, sends and types nothing there, and sees them nowhere',
    async run(world) {
      const [ana, eve] = await world.users('ana', 'eve')
      const [direct, room] = [await ana.direct(eve), await ana.roomWith(eve)]
      const socket = await ana.socket()
      const path = `/api/users/me/blocks/${eve.username}/`
      await ok(ana.put(path), 204)
      await ok(ana.put(path), 204)
      like('the list of blocks', await ana.list('/api/users/me/blocks/'), [
        { id: eve.id, username: eve.username },
      ])
      await socket.nextOf('room.removed', ({ room_id }) => room_id === direct.id)
      for (const [one, other] of [
        [ana, eve],
        [eve, ana],
      ] as const) {
        await refused(
          one.post('/api/messages/', { room_id: direct.id, message: 'hi' }),
          'forbidden',
        )
        await refused(one.post('/api/direct/', { username: other.username }), 'forbidden')
      }
      const isListed = async (user: WorldUser) =>
        (await user.list('/api/rooms/?member=true')).some(({ id }) => id === direct.id)
      same(
        'whether each one’s list of rooms has the chat',
        [await isListed(ana), await isListed(eve)],
        [false, true],
      )
      same(
        'who is found by the one who blocks',
        await ana.list(`/api/users/?search=${eve.username}`),
        [],
      )
      const own = await eve.createRoom({ kind: 'private' })
      await refused(eve.put(`/api/rooms/${own.id}/members/${ana.username}/`), 'forbidden')
      // In rooms that both are in, each still gets the other's messages.
      const said = await eve.send(room.id, 'good morning')
      await socket.nextOf('message', ({ seq, room_id }) => room_id === room.id && seq === said.seq)
      await ok(ana.delete(path), 204)
      await ok(ana.delete(path), 204)
      await socket.nextOf('room.added', (frame) => frame.room.id === direct.id)
      await eve.send(direct.id, 'back again')
      await socket.nextOf('message', ({ room_id }) => room_id === direct.id)
    },
  },
  {
    rule: 'A5',
    title:
      'a deleted account is gone at once, and its messages and direct chat stay without its names',
    async run(world) {
      const [user, ana] = [await dan(world), await world.user('ana')]
      const room = await ana.roomWith(user)
      const direct = await user.direct(ana)
      await user.send(room.id, 'I was here')
      await user.send(direct.id, 'Good bye')
      const [watching, own] = [await ana.socket(), await user.socket()]
      await refused(user.delete('/api/users/me/', { password: 'a wrong password' }), 'forbidden')
      const { password, username, id } = user
      const gone = await user.delete('/api/users/me/', { password })
      await ok(gone, 204)
      world.forget('dan')
      await own.closed('its account is deleted')
      await refused(user.get('/api/users/me/'), 'session_revoked', 'unauthenticated')
      await refused(
        world.call('POST', '/api/login/', { body: { username, password } }),
        'unauthenticated',
      )
      same('who is found by the name', await ana.list(`/api/users/?search=${username}`), [])
      like(
        'the event',
        await watching.nextOf('member.left', (frame) => frame.room_id === room.id),
        {
          user_id: id,
          username: null,
          display_name: null,
        },
      )
      const message = (await ana.list(`/api/messages/${room.id}/`)).find(
        ({ message }) => message === 'I was here',
      )
      if (message === undefined) throw new Broken('the message to stay', 'that it is gone')
      like('the message', message, { user_id: null, username: null })
      like('the direct chat', await ok(ana.get(`/api/rooms/${direct.id}/`), 200), {
        partner: null,
        title: 'Deleted account',
      })
      await refused(
        ana.post('/api/messages/', { room_id: direct.id, message: 'hello?' }),
        'conflict',
      )
    },
  },
  {
    rule: 'A9',
    title: 'an unknown link sets no password',
    async run(world) {
      const set = async (token: string) =>
        await world.call('POST', '/api/password-link/', {
          body: { token, new_password: world.word('password') },
        })
      await refused(set(world.word('token')), 'not_found')
      await refused(set(''), 'not_found')
    },
  },
  {
    rule: 'A10',
    title: 'the pages of an export have each message of the caller once, and none of others',
    async run(world) {
      const [ana, bea] = [await world.user('ana'), await world.user('bea')]
      const room = await ana.roomWith(bea)
      const mine = await ana.send(room.id, world.word('mine'))
      const theirs = world.word('theirs')
      await bea.send(room.id, theirs)
      const found: { id: number }[] = []
      let next: string | null = '/api/users/me/export/'
      for (let pages = 0; next !== null; pages += 1) {
        if (pages > 20)
          throw new Broken('the export to end', `that it has more than ${pages} pages`)
        const page: Loose = await ok(ana.get(next), 200)
        if (JSON.stringify(page).includes(theirs))
          throw new Broken('one’s own words alone', 'those of another user')
        found.push(...(page.messages ?? []))
        next = page.next
      }
      same('how often the message is there', found.filter(({ id }) => id === mine.id).length, 1)
      await refused(ana.get('/api/users/me/export/?cursor=x'), 'bad_request')
    },
  },
  {
    rule: 'A11',
    title: 'a user who deletes their account may delete its messages and reactions, too',
    async run(world) {
      const [user, ana] = [await dan(world), await world.user('ana')]
      const room = await ana.roomWith(user)
      const mine = await user.send(room.id, 'I was here')
      const theirs = await ana.send(room.id, 'so was I')
      await ok(
        user.put(`/api/messages/${room.id}/${theirs.seq}/reactions/${encodeURIComponent('🎉')}/`),
        200,
      )
      const watching = await ana.socket()
      const { password } = user
      await ok(user.delete('/api/users/me/', { password, delete_messages: true }), 204)
      world.forget('dan')
      await watching.nextOf('message.deleted', (frame) => frame.message_id === mine.id)
      like(
        'the messages',
        (await ana.list(`/api/messages/${room.id}/`)).map(({ message, reactions }) => ({
          message,
          reactions,
        })),
        [
          { message: null, reactions: [] },
          { message: 'so was I', reactions: [] },
        ],
      )
    },
  },
]
