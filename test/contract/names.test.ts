import { afterAll, describe, expect, test } from 'vitest'
import { displayNameWindow } from '../../src/protocol/limits.ts'
import { user as userSchema } from '../../src/protocol/accounts.ts'
import { startTestServer } from '../support/chat-server.ts'
import { testPassword, type TestUser } from '../support/test-user.ts'
import { newName } from '../support/routes.ts'
import { fieldOf, historyOf, ok, problemOf, walk } from '../support/answers.ts'
import { invite, join } from '../support/memberships.ts'
import { openSocket } from '../support/open-socket.ts'
import { openDatabase, statementsDuring } from '../support/watch-database.ts'

const server = await startTestServer()
afterAll(() => server[Symbol.asyncDispose]())

const me = '/api/users/me/'

async function registerNamed(display_name: string | null): Promise<TestUser> {
  const user = await server.register()
  await ok(user.patch(me, { display_name }))
  return user
}

const register = (more: Record<string, unknown>) =>
  server.call('POST', '/api/register/', {
    username: newName(),
    password: testPassword,
    email: 'a@example.org',
    ...more,
  })

/** Who is named in an answer or an event, as `username: display name`, each once. */
function namesIn(value: unknown): string[] {
  const found = new Set<string>()
  visit(value)
  return [...found].toSorted()

  function visit(json: unknown): void {
    if (typeof json !== 'object' || json === null) return
    const fields = new Map<string, unknown>(Object.entries(json))
    const pairs = [
      ['username', 'display_name'],
      ['created_by', 'created_by_display_name'],
      ['banned_by', 'banned_by_display_name'],
    ]
    for (const [username = '', displayName = ''] of pairs) {
      const name = fields.get(username)
      if (typeof name === 'string') found.add(`${name}: ${fields.get(displayName) as string}`)
    }
    for (const inner of Object.values(json)) visit(inner)
  }
}

describe('[A1] a display name', () => {
  test.each([
    ['jean-luc'],
    ['Anna Kowalska'],
    ['Łukasz'],
    ['花子'],
    ["O'Brien <b>"],
    ['😀'.repeat(64)],
  ])('[A1] may be %s from the beginning', async (display_name) => {
    const answer = await register({ display_name: ` ${display_name} ` })
    expect(answer.status).toBe(201)
    expect(userSchema.strict().parse(answer.body.user)).toMatchObject({ display_name })
    const { username } = answer.body.user
    const login = await server.call('POST', '/api/login/', { username, password: testPassword })
    expect(login.body.user).toEqual(answer.body.user)
  })

  test.each([
    ['one line', ' Anna\r\n Maria ', 'Anna  Maria'],
    ['composed', 'Noe\u0308l', 'Noël'],
    ['without direction overrides', '\u202eanna\u202c', 'anna'],
  ])('[A1, A5] is %s', async (_what, given, display_name) => {
    expect((await register({ display_name: given })).body.user).toMatchObject({ display_name })
    const user = await server.register()
    expect(await ok(user.patch(me, { display_name: given }))).toMatchObject({ display_name })
  })

  test.each([{}, { display_name: null }])('[A1] need not be given: %j', async (more) => {
    expect((await register(more)).body.user).toMatchObject({ display_name: null })
  })

  test.each([
    ['empty', ''],
    ['blank', ' \n'],
    ['invisible', '\u200b\u3164'],
    ['too long', 'x'.repeat(65)],
    ['too long in emoji', '😀'.repeat(65)],
    ['with a NUL', 'a\0b'],
    ['with half a character', '\ud800'],
    ['a number', 7],
    ['a list', ['x']],
  ])('[A1, A5] is refused when it is %s, and the one before stays', async (_what, display_name) => {
    const user = await registerNamed('Before')
    for (const answer of [
      await register({ display_name }),
      await user.patch(me, { display_name, bio: 'x' }),
    ]) {
      expect(problemOf(answer)).toBe('400 bad_request')
      expect(answer.body.errors).toMatchObject([{ field: 'display_name' }])
    }
    expect(await ok(user.get(me))).toMatchObject({ display_name: 'Before', bio: '' })
  })

  test('[A5] is set, changed and removed, and nothing else with it', async () => {
    const user = await server.register()
    const before = await ok(user.get(me))
    for (const display_name of ['One', 'Two', null]) {
      expect(await ok(user.patch(me, { display_name }))).toEqual({ ...before, display_name })
      expect(await ok(user.get(me))).toEqual({ ...before, display_name })
    }
    await ok(user.patch(me, { display_name: 'Three' }))
    expect(await ok(user.patch(me, { bio: 'x' }))).toMatchObject({ display_name: 'Three' })
    expect(problemOf(await user.patch(me, {}))).toBe('400 bad_request')
  })

  test('[A5] may be another’s, too', async () => {
    const [one, other] = [await registerNamed('Sam'), await registerNamed('Sam')]
    const { results } = await ok(one.get('/api/users/?search=sam'))
    expect(results).toMatchObject([{ id: one.id }, { id: other.id }])
  })
})

describe('[A5] a display name stands beside the username', () => {
  test('[A5] in every answer about people', async () => {
    const [ann, ben] = [await registerNamed('Anna Kowalska'), await registerNamed('花子')]
    const [anna, hanako] = [`${ann.username}: Anna Kowalska`, `${ben.username}: 花子`]
    const room = await ann.createRoom({ title: 'Named', kind: 'private' })
    expect(namesIn(room)).toEqual([anna])
    const put = await ok(ann.put(`/api/rooms/${room.id}/members/${ben.username}/`))
    expect(namesIn(put)).toEqual([hanako])
    const word = newName()
    const sent = await ok(ben.send(room.id, `${word} @${ann.username}`))
    expect(namesIn(sent)).toEqual([hanako])
    await ok(ben.put(`/api/messages/${room.id}/${sent.seq}/reactions/👍/`))
    const direct = await ok(ben.post('/api/direct/', { username: ann.username }))
    await ok(ben.send(direct.id, `${word} again`))
    for (const path of [
      `/api/messages/${room.id}/`,
      `/api/search/?q=${word}`,
      '/api/notifications/',
    ]) {
      const page = await ok(ann.get(path))
      expect(page.results.length).toBeGreaterThan(0)
      expect(namesIn(page)).toEqual([hanako])
    }
    for (const path of [
      `/api/rooms/${room.id}/`,
      `/api/rooms/${room.id}/members/`,
      `/api/rooms/${room.id}/events/`,
      '/api/rooms/?member=true',
    ]) {
      expect(namesIn(await ok(ann.get(path)))).toEqual([anna, hanako].toSorted())
    }
    const bans = `/api/rooms/${room.id}/bans/`
    expect(namesIn(await ok(ann.put(`${bans}${ben.username}/`)))).toEqual([anna, hanako].toSorted())
    expect(namesIn(await ok(ann.get(bans)))).toEqual([anna, hanako].toSorted())
    await ok(ann.put(`${me}blocks/${ben.username}/`))
    expect(namesIn(await ok(ann.get(`${me}blocks/`)))).toEqual([hanako])
  })

  test('[A5, W4] in every event about people', async () => {
    const [ann, ben] = [await registerNamed('Anna Kowalska'), await registerNamed('花子')]
    const [anna, hanako] = [`${ann.username}: Anna Kowalska`, `${ben.username}: 花子`]
    const room = await ann.createRoom({ title: 'Named' })
    const direct = await ok(ann.post('/api/direct/', { username: ben.username }))
    await using hers = await openSocket(ann)
    const shown = new Map<string, string[]>()
    const take = async () => {
      await hers.settle()
      for (const event of hers.received.splice(0)) shown.set(event.type, namesIn(event))
    }
    expect(namesIn(await hers.ask({ action: 'hello' }))).toEqual([anna])
    hers.received.splice(0)
    await using his = await openSocket(ben)
    const joining = await openSocket(ben, `/ws/chat/${room.name}/`)
    await joining.ask({ action: 'hello' })
    his.send({ action: 'typing', room_id: room.id })
    await hers.next('typing')
    const one = await ok(ben.send(room.id, `@${ann.username}`))
    await ok(ben.put(`/api/messages/${room.id}/${one.seq}/reactions/👍/`))
    await invite(ann, room, 'moderator', ben)
    await take()
    for (const type of [
      'presence',
      'member.joined',
      'typing',
      'message',
      'notification',
      'reaction',
      'member.updated',
    ]) {
      expect([type, shown.get(type)]).toEqual([type, [hanako]])
    }

    // Who did it to whom.
    const two = await ok(ben.send(room.id, 'mine'))
    await ok(ann.delete(`/api/messages/${room.id}/${two.seq}/`))
    await ok(ann.delete(`/api/rooms/${room.id}/members/${ben.username}/`))
    await take()
    expect(shown.get('message.deleted')).toEqual([anna])
    expect(shown.get('member.left')).toEqual([anna, hanako].toSorted())
    const { results } = await ok(ann.get(`/api/rooms/${room.id}/events/?after=${two.seq}`))
    expect(results.map(namesIn)).toEqual([[anna], [anna, hanako].toSorted()])

    // Over HTTP as by socket, and by the hand of whoever takes over.
    await ok(ann.put(`/api/rooms/${room.id}/members/${ben.username}/`))
    await ok(ann.post(`/api/rooms/${room.id}/leave/`))
    await his.settle()
    expect(namesIn(his.ofType('member.left').at(-1))).toEqual([anna])
    expect(his.ofType('member.updated').at(-1)).toMatchObject({ user_id: ben.id, role: 'owner' })
    expect(namesIn(his.ofType('member.updated').at(-1))).toEqual([hanako])
    await ok(ann.put(`${me}blocks/${ben.username}/`))
    await hers.settle()
    expect(hers.ofType('presence').map(namesIn)).toEqual([[hanako]])
    await his.settle()
    expect(namesIn(his.ofType('presence').at(-1))).toEqual([anna])
    await ok(ann.delete(`${me}blocks/${ben.username}/`))
    await hers.settle()
    expect(hers.ofType('room.added').at(-1)?.room).toMatchObject({ id: direct.id, title: '花子' })
    await joining.close()
    await his.close()
    await expect.poll(() => hers.ofType('presence').at(-1)?.online).toBe(false)
    expect(namesIn(hers.ofType('presence').at(-1))).toEqual([hanako])
  })

  test('[R1, N1, M7] and a direct chat is called by it', async () => {
    const [ann, ben] = [await registerNamed('Anna Kowalska'), await server.register()]
    const { id } = await ok(ann.post('/api/direct/', { username: ben.username }))
    await using socket = await openSocket(ben)
    const word = newName()
    await ok(ann.send(id, word))
    const title = 'Anna Kowalska'
    expect(await ok(ben.get(`/api/rooms/${id}/`))).toMatchObject({ title })
    expect((await ok(ben.get(`/api/search/?q=${word}`))).results[0].room).toMatchObject({ title })
    expect((await ok(ben.get('/api/notifications/'))).results).toMatchObject([
      { room_title: title },
    ])
    expect(await socket.next('notification')).toMatchObject({ room_title: title })
    // Who has none is called by their username.
    expect(await ok(ann.get(`/api/rooms/${id}/`))).toMatchObject({ title: ben.username })
    const found = await walk(ben, '/api/rooms/?search=KOWAL&member=true')
    expect(fieldOf(found, 'id')).toEqual([id])
  })

  test('[A5] as it is when it is read', async () => {
    const [ann, ben] = [await registerNamed('Before'), await server.register()]
    const room = await ann.createRoom({ title: 'Renamed' })
    await join(room, ben)
    await ok(ann.send(room.id, `@${ben.username}`))
    await ok(ann.patch(me, { display_name: 'After' }))
    for (const path of [
      `/api/messages/${room.id}/`,
      `/api/rooms/${room.id}/events/?after=2`,
      '/api/notifications/',
    ]) {
      expect(namesIn(await ok(ben.get(path)))).toEqual([`${ann.username}: After`])
    }
    await using socket = await openSocket(ben)
    await ok(ann.send(room.id, 'again'))
    expect(await socket.next('message')).toMatchObject({ display_name: 'After' })
  })

  test('[A5] and goes with the account', async () => {
    const [ann, ben] = [await registerNamed('Gone Girl'), await server.register()]
    const room = await ann.createRoom({ title: 'Left' })
    await join(room, ben)
    const { id } = await ok(ann.post('/api/direct/', { username: ben.username }))
    await ok(ann.send(room.id, `@${ben.username}`))
    await using socket = await openSocket(ben)
    await ok(ann.delete(me, { password: testPassword }))
    await using database = await openDatabase(server)
    const rows = await database.execute('select display_name from users where id = $1', [ann.id])
    expect(rows).toEqual([{ display_name: null }])
    expect(await historyOf(ben, room.id)).toMatchObject([{ username: null, display_name: null }])
    expect(await ok(ben.get(`/api/rooms/${room.id}/`))).toMatchObject({
      created_by: null,
      created_by_display_name: null,
      last_message: { user_id: null, username: null, display_name: null },
    })
    expect(await ok(ben.get(`/api/rooms/${id}/`))).toMatchObject({ title: 'Deleted account' })
    await socket.settle()
    const seen = [
      socket.received,
      await ok(ben.get(`/api/rooms/${room.id}/events/`)),
      await ok(ben.get('/api/notifications/')),
      await ok(ben.get('/api/users/?search=gone')),
    ]
    expect(JSON.stringify(seen)).not.toContain('Girl')
  })
})

/** Schemas that have a username without a display name: requests, which name one account. */
const asked = new Set(['RegisterRequest', 'LoginRequest', 'DirectRequest'])

test.each(['openapi', 'asyncapi'])(
  '[A5, C8] wherever %s documents a username it documents a display name',
  async (name) => {
    const document = (await server.call('GET', `/api/${name}.json`)).body
    const lacking: string[] = []
    let count = 0
    visit(document, name)
    expect(lacking).toEqual([])
    expect(count).toBeGreaterThan(10)

    function visit(json: unknown, path: string): void {
      if (typeof json !== 'object' || json === null) return
      if ('properties' in json && !asked.has(path.split('.').at(-1)!)) {
        const names = Object.keys(json.properties as object)
        for (const [username, displayName] of [
          ['username', 'display_name'],
          ['created_by', 'created_by_display_name'],
          ['banned_by', 'banned_by_display_name'],
        ]) {
          if (!names.includes(username!)) continue
          count++
          if (!names.includes(displayName!)) lacking.push(`${path}: ${displayName}`)
        }
      }
      for (const [key, inner] of Object.entries(json)) visit(inner, `${path}.${key}`)
    }
  },
)

async function search(by: TestUser, word: string, limit = 50) {
  return await walk(by, `/api/users/?search=${encodeURIComponent(word)}&limit=${limit}`)
}

describe('[A5] the search for users', () => {
  test('[A5] finds by the beginning of the display name, in any case and script', async () => {
    const [lucja, hanako] = [await registerNamed('Łucja Żak'), await registerNamed('山田花子')]
    const found = async (word: string) => fieldOf(await search(hanako, word), 'id')
    for (const word of ['Łucja', 'łuc', 'ŁUCJA z', 'łucja żak']) {
      expect([word, await found(word)]).toEqual([word, [lucja.id]])
    }
    for (const word of ['山', '山田花子']) expect(await found(word)).toEqual([hanako.id])
    // However it is typed: with and without accents, decomposed, in full width.
    for (const name of ['Zoë Ångström', 'Γιάννης', '한글']) {
      const user = await registerNamed(name)
      const spellings = [name, name.toUpperCase(), name.normalize('NFD')]
      for (const word of [...spellings, ...(name.startsWith('Z') ? ['zoe ang', 'ＺＯＥ'] : [])]) {
        expect([word, await found(word)]).toEqual([word, [user.id]])
      }
    }
    expect(await found('\u0301')).toEqual([])
    for (const word of ['ucja', 'żak', '花子x', '山田花子x', 'łuc%', 'łuc_']) {
      expect([word, await found(word)]).toEqual([word, []])
    }
    await ok(hanako.put(`${me}blocks/${lucja.username}/`))
    expect(await found('łuc')).toEqual([])
  })

  test('[A5] pages forth and back through both kinds of names, each user once', async () => {
    const word = newName()
    const users = await Promise.all(
      Array.from({ length: 17 }, async (_, n) => {
        const user = await server.register(`${n % 3 === 0 ? word : `other${newName()}`}_${n}`)
        // Of every third both names match, of the next one this, and of the last one neither.
        if (n % 3 !== 2)
          await ok(user.patch(me, { display_name: `${word.toUpperCase()} ${n % 2}` }))
        return user
      }),
    )
    const expected = users
      .filter((_, n) => n % 3 !== 2)
      .map(({ username }) => username)
      .toSorted()
    const forth = await search(users[0]!, word, 3)
    expect(fieldOf(forth, 'username')).toEqual(expected)
    const back = await walk(users[0]!, forth.at(-1).previous, 'previous')
    expect(fieldOf([...back.toReversed(), forth.at(-1)], 'username')).toEqual(expected)
  })

  test('[A5] finds 500 by their display name, and all by their username', async () => {
    await using database = await openDatabase(server)
    const [word, other] = [`w${newName()}`, `x${newName()}`]
    await database.execute(
      `insert into users (username, display_name, email, password_hash)
        select case when n % 2 = 0 then '${word}_' else '${other}_' end || n, '${word} ' || n, '', ''
          from generate_series(1, 2000) n`,
    )
    const user = await server.register()
    const pages = await search(user, word, 100)
    const names = fieldOf(pages, 'username').map(String)
    expect(new Set(names).size).toBe(names.length)
    expect(names.filter((name) => name.startsWith(word))).toHaveLength(1_000)
    const byDisplayName = names.filter((name) => name.startsWith(other)).length
    expect(byDisplayName).toBeGreaterThan(0)
    expect(byDisplayName).toBeLessThanOrEqual(displayNameWindow)
    // Who types more finds whom they look for.
    const { results } = await ok(user.get(`/api/users/?search=${word}%201999`))
    expect(results).toMatchObject([{ username: `${other}_1999` }])
  })

  test('[A5] is one statement after that for who asks, and reads a range of usernames', async () => {
    await using database = await openDatabase(server)
    const user = await server.register()
    const statements = await statementsDuring(server, () =>
      ok(user.get('/api/users/?search=zo&limit=2&cursor=azoe')),
    )
    expect(statements).toHaveLength(2)
    await database.execute('set enable_seqscan = off')
    await database.execute('set enable_bitmapscan = off')
    const { sql, parameters } = statements[1]!
    const rows = await database.execute(`explain ${sql}`, [...parameters])
    const plan = rows.map((row) => row['QUERY PLAN']).join('\n')
    expect(plan).toMatch(/Index Scan using users_username .*\n +Index Cond: .*>=.*<.*>/)
    // The sizes' tests look into it.
    expect(plan).toContain('Function Scan on users_named_v1')
    expect(plan).not.toContain('Seq Scan')
  })
})
