/** The same text, as another keyboard or system writes it. */
import { sql } from 'kysely'
import { afterAll, describe, expect, test } from 'vitest'
import { AdminBrowser, makeAdmin } from '../support/admin-browser.ts'
import { startTestServer } from '../support/chat-server.ts'
import { testPassword } from '../support/test-user.ts'
import { newName } from '../support/routes.ts'
import { fieldOf, historyOf, ok, problemOf } from '../support/answers.ts'
import { invite, join } from '../support/memberships.ts'
import { openSocket } from '../support/open-socket.ts'

const server = await startTestServer()
afterAll(() => server[Symbol.asyncDispose]())

describe('[A1] a password', () => {
  const password = 'Åse går på\u3000kafé'.normalize('NFC')
  const typedElsewhere = 'Åse går på\u00a0kafé'.normalize('NFD')

  test('[A1, A2, A5] is the same in every place, however it is composed and spaced', async () => {
    const [username, email] = [newName(), 'ase@example.org']
    const { body } = await server.call('POST', '/api/register/', { username, password, email })
    const me = (method: string, path: string, given: unknown) =>
      server.call(method, `/api/users/me/${path}`, given, body.access)
    const login = async (given: string) =>
      (await server.call('POST', '/api/login/', { username, password: given })).status
    for (const given of [password, typedElsewhere, 'Åse går på kafé']) {
      expect(await login(given)).toBe(200)
    }
    // A password is no word: its letters, case and spaces count.
    for (const given of [
      'Ase gar pa kafe',
      'åse går på kafé',
      'Åse går på  kafé',
      ` ${password}`,
    ]) {
      expect(await login(given)).toBe(401)
    }
    const changed = '사과 열 개 주세요'
    const change = (from: string, to: string) =>
      me('POST', 'password/', { current_password: from, new_password: to })
    expect((await change('another one', changed)).status).toBe(403)
    expect((await change(typedElsewhere, changed.normalize('NFD'))).status).toBe(204)
    expect(await login(password)).toBe(401)
    expect(await login(changed)).toBe(200)
    expect((await me('DELETE', '', { password })).status).toBe(403)
    expect((await me('DELETE', '', { password: changed.normalize('NFD') })).status).toBe(204)
  })

  test('[A1] is the same where admins sign in', async () => {
    const user = await server.register()
    const change = { current_password: testPassword, new_password: password }
    await ok(user.post('/api/users/me/password/', change))
    await makeAdmin(server, user)
    const browser = new AdminBrowser(server)
    expect((await browser.signIn(user.username, typedElsewhere)).path).toBe('/admin/')
  })
})

describe('[A1] an email address', () => {
  test.each([
    ['info@xn--e1afmkfd.xn--p1ai', 'info@xn--e1afmkfd.xn--p1ai'],
    ['Info@ПРИМЕР.рф', 'Info@xn--e1afmkfd.xn--p1ai'],
    [' pele\u0301@Example.com', 'pelé@example.com'],
    ['用户@例え.jp', '用户@xn--r8jz45g.jp'],
    ['root@localhost', 'root@localhost'],
  ])('[A1, A5] %j is kept as %j', async (given, email) => {
    const user = await server.register()
    expect(await ok(user.patch('/api/users/me/', { email: given }))).toMatchObject({ email })
    expect(await ok(user.get('/api/users/me/'))).toMatchObject({ email })
  })

  test('[A5] stays proved in another spelling', async () => {
    const user = await server.register()
    await ok(user.patch('/api/users/me/', { email: 'ÉVA@пример.рф'.normalize('NFC') }))
    await sql`update users set email_verified_at = now() where id = ${user.id}`.execute(server.db)
    await ok(user.patch('/api/users/me/', { email: 'ÉVA@xn--e1afmkfd.xn--p1ai'.normalize('NFD') }))
    const row = server.db.selectFrom('users').where('id', '=', user.id).select('email_verified_at')
    expect((await row.executeTakeFirstOrThrow()).email_verified_at).not.toBeNull()
  })
})

describe('[R1, R2] a title', () => {
  test('[R1, R2] is one line of its own direction', async () => {
    const user = await server.register()
    const room = await user.createRoom({ title: 'two\nlines\u202e' })
    expect(room.title).toBe('two lines')
    const path = `/api/rooms/${room.id}/`
    expect(await ok(user.patch(path, { title: 'a\r\n\u2067b' }))).toMatchObject({ title: 'a b' })
  })

  test('[R1, R2] has something to see', async () => {
    const user = await server.register()
    const room = await user.createRoom()
    for (const title of ['\u200b\u2060\u200d', '\u2800', '\u3164', '\u202e', '\n']) {
      for (const answer of [
        await user.post('/api/rooms/', { title }),
        await user.patch(`/api/rooms/${room.id}/`, { title }),
      ]) {
        expect(problemOf(answer)).toBe('400 bad_request')
        expect(answer.body.errors[0].field).toBe('title')
      }
    }
  })

  test('[R1] is found by a search in any spelling of it', async () => {
    const [ann, ben] = [await server.register(), await server.register()]
    const tag = newName()
    const room = await ann.createRoom({ title: `Cafe\u0301 mêmes ПРИВЕТ ${tag}`, kind: 'private' })
    await invite(ann, room, 'member', ben)
    expect(room.title).toBe(`Café mêmes ПРИВЕТ ${tag}`)
    const found = async (search: string) => {
      const query = `search=${encodeURIComponent(search)}&member=true`
      return fieldOf([await ok(ben.get(`/api/rooms/?${query}`))], 'id')
    }
    const words = [
      'Café',
      'CAFÉ',
      'Cafe\u0301',
      'cafe',
      'mêmes',
      'memes',
      'MÊMES',
      'привет',
      'fé Mê',
    ]
    for (const word of words) expect(await found(word)).toEqual([room.id])
    expect(await found(` ${tag}\n`)).toEqual([room.id])
    for (const word of ['\u0301', 'cafés', 'caf_', '%']) expect(await found(word)).toEqual([])
  })
})

describe('[M1] a message', () => {
  const invisible = ['\u200b', '\u2800', '\u3164', '\u2060', '\u202e', '\u0007', ' \u200d\n']

  test('[M1, M5] has something to see, also on a socket and after an edit', async () => {
    const user = await server.register()
    const room = await user.createRoom()
    const { seq } = await ok(user.send(room.id, 'to see'))
    await using socket = await openSocket(user)
    for (const message of invisible) {
      for (const answer of [
        await user.send(room.id, message),
        await user.patch(`/api/messages/${room.id}/${seq}/`, { message }),
      ]) {
        expect(problemOf(answer)).toBe('400 bad_request')
        expect(answer.body.errors[0].field).toBe('message')
      }
      const frame = { action: 'sendmessage', room_id: room.id, message }
      expect(await socket.ask(frame)).toMatchObject({ type: 'error', code: 'bad_request' })
    }
    expect(fieldOf([{ results: await historyOf(user, room.id) }], 'message')).toEqual(['to see'])
  })

  test('[M1] keeps the indentation of its first line, and no empty line before it', async () => {
    const user = await server.register()
    const room = await user.createRoom()
    const code = '    if x:\n        y()'
    for (const given of [code, `\n\n${code}`, `${code}  \n\n`]) {
      expect(await ok(user.send(room.id, given))).toMatchObject({ message: code })
    }
  })
})

describe('[M5] a reaction', () => {
  test('[M5] is one whatever variation selectors its emoji comes with', async () => {
    const [ann, ben] = [await server.register(), await server.register()]
    const room = await ann.createRoom()
    await join(room, ben)
    const { seq } = await ok(ann.send(room.id, 'hearts'))
    const react = (user: typeof ann, method: 'put' | 'delete', emoji: string) =>
      user[method](`/api/messages/${room.id}/${seq}/reactions/${encodeURIComponent(emoji)}/`)
    await using socket = await openSocket(ben)
    const pairs = [
      ['❤\ufe0f', '❤'],
      ['👍', '👍\ufe0f'],
      ['🕵\u200d♀\ufe0f', '🕵\ufe0f\u200d♀\ufe0f'],
      ['#\u20e3', '#\ufe0f\u20e3'],
      ['☝\ufe0f🏽', '☝🏽'],
    ] as const
    for (const [first, second] of pairs) {
      await ok(react(ann, 'put', first))
      await ok(react(ben, 'put', second))
    }
    const shown = async () => (await historyOf(ann, room.id))[0]!.reactions
    const qualified = ['❤\ufe0f', '👍', '🕵\ufe0f\u200d♀\ufe0f', '#\ufe0f\u20e3', '☝🏽']
    expect(await shown()).toMatchObject(qualified.map((emoji) => ({ emoji, count: 2, mine: true })))
    await socket.settle()
    expect(socket.ofType('reaction').map(({ emoji }) => emoji)).toEqual(
      qualified.flatMap((emoji) => [emoji, emoji]),
    )
    for (const [first, second] of pairs) {
      await ok(react(ann, 'delete', second))
      await ok(react(ben, 'delete', first))
    }
    expect(await shown()).toEqual([])
  })
})

describe('[N1] a mention', () => {
  test('[N1] in code notifies nobody, one in full width or emphasis does', async () => {
    const [ann, ben, cat] = [
      await server.register(),
      await server.register(),
      await server.register(),
    ]
    const room = await ann.createRoom({ title: 'Mentions', kind: 'private' })
    for (const user of [ben, cat]) await invite(ann, room, 'member', user)
    const isNotified = async (user: typeof ann, text: string) => {
      const { id } = await ok(ann.send(room.id, text))
      const { results } = await ok(user.get('/api/notifications/?limit=100'))
      return results.some(({ message_id }: { message_id: number }) => message_id === id)
    }
    const both = `@${ben.username}/@${cat.username}: please look`
    expect([await isNotified(ben, both), await isNotified(cat, both)]).toEqual([true, true])
    expect(await isNotified(ben, `_@${ben.username}_ look`)).toBe(true)
    expect(await isNotified(ben, `＠${ben.username} 見てください`)).toBe(true)
    expect(await isNotified(ben, `the decorator \`@${ben.username}\``)).toBe(false)
    expect(await isNotified(ben, `\`\`\`\n@${ben.username}\n\`\`\``)).toBe(false)
    expect(await isNotified(ben, `~~~ts\n@${ben.username}`)).toBe(false)
  })
})
