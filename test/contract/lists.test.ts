import { afterAll, describe, expect, test } from 'vitest'
import { pageMaxBytes } from '../../src/protocol/limits.ts'
import { messagePage } from '../../src/protocol/messages.ts'
import { memberPage, roomPage } from '../../src/protocol/rooms.ts'
import { startTestServer } from '../support/chat-server.ts'
import { callRoute, makeScene, newName, routes, type Scene } from '../support/routes.ts'
import { fieldOf, historyOf, ok, problemOf, walk } from '../support/answers.ts'
import { join } from '../support/memberships.ts'

const server = await startTestServer()
afterAll(() => server[Symbol.asyncDispose]())

describe('[C4] lists', () => {
  test('[C4] rooms page forth and back, nothing missing or double while rooms are made', async () => {
    const user = await server.register()
    const ids: number[] = []
    for (let i = 0; i < 23; i++) ids.push((await user.createRoom({ title: `Room ${i}` })).id)
    const more = () => user.createRoom({ title: 'Later' })
    const forth = await walk(user, '/api/rooms/?member=true&limit=5', 'next', more)
    for (const page of forth) roomPage.parse(page)
    expect(fieldOf(forth, 'id')).toEqual(ids.toReversed())
    const back = await walk(user, forth.at(-1).previous, 'previous', more)
    const seen = fieldOf(back.toReversed(), 'id')
    // Backwards come the rooms made meanwhile too, each once.
    expect(new Set(seen).size).toBe(seen.length)
    const known = fieldOf(forth.slice(0, -1), 'id')
    expect(seen.slice(-known.length)).toEqual(known)
    expect(seen.length).toBeGreaterThan(known.length)
  })

  test('[C4] members page forth and back, nothing missing or double while members come', async () => {
    const owner = await server.register()
    const room = await owner.createRoom({ title: 'Many' })
    const others = []
    for (let i = 0; i < 11; i++) others.push(await server.register())
    await join(room, ...others)
    const path = `/api/rooms/${room.id}/members/?limit=4`
    const more = async () => await join(room, await server.register())
    const forth = await walk(owner, path, 'next', more)
    for (const page of forth) memberPage.parse(page)
    const seen = fieldOf(forth, 'user_id')
    expect(seen.slice(0, 12)).toEqual([owner.id, ...others.map(({ id }) => id)])
    expect(new Set(seen).size).toBe(seen.length)
    const back = await walk(owner, forth.at(-1).previous, 'previous', more)
    expect(fieldOf(back.toReversed(), 'user_id')).toEqual(fieldOf(forth.slice(0, -1), 'user_id'))
  })

  test('[C4] messages page forth and back, nothing missing or double while some are sent', async () => {
    const user = await server.register()
    const room = await user.createRoom()
    for (let i = 0; i < 17; i++) await ok(user.send(room.id, `${i}`))
    const more = () => user.send(room.id, 'later')
    const back = await walk(user, `/api/messages/${room.id}/?limit=5`, 'previous', more)
    for (const page of back) messagePage.parse(page)
    expect(fieldOf(back.toReversed(), 'message')).toEqual(
      Array.from({ length: 17 }, (_, i) => `${i}`),
    )
    const forth = await walk(user, back.at(-1).next, 'next')
    expect(fieldOf([back.at(-1), ...forth], 'message')).toEqual(
      (await historyOf(user, room.id)).map(({ message }) => message),
    )
  })

  test('[C4] links keep the other parameters', async () => {
    const user = await server.register()
    const word = newName()
    for (let i = 0; i < 3; i++) await user.createRoom({ title: `${word} & ${i}` })
    await user.createRoom({ title: 'Another' })
    const search = encodeURIComponent(`${word} &`)
    const pages = await walk(user, `/api/rooms/?search=${search}&member=true&limit=2`)
    const titles = fieldOf(pages, 'title')
    expect(titles).toEqual([2, 1, 0].map((i) => `${word} & ${i}`))
  })

  test('[C4] a page ends early at 256 KB: messages of 4,000 four-byte characters', async () => {
    const user = await server.register()
    const room = await user.createRoom()
    const text = '😀'.repeat(4_000)
    for (let i = 0; i < 100; i++) await ok(user.send(room.id, text))
    const path = `/api/messages/${room.id}/`
    for (const query of [
      'limit=100',
      'limit=100&after=0',
      'limit=100&before=90',
      'limit=100&around=50',
    ]) {
      const answer = await user.get(`${path}?${query}`)
      const size = Buffer.byteLength(JSON.stringify(answer.body.results))
      expect(size).toBeLessThanOrEqual(pageMaxBytes + 1_024)
      expect(answer.body.results.length).toBeGreaterThanOrEqual(14)
    }
    const forth = await walk(user, `${path}?limit=100&after=0`)
    expect(fieldOf(forth, 'seq')).toEqual(Array.from({ length: 100 }, (_, i) => i + 2))
    const back = await walk(user, `${path}?limit=100`, 'previous')
    expect(back.toReversed().flatMap((page) => page.results)).toEqual(
      forth.flatMap((page) => page.results),
    )
    const around = await ok(user.get(`${path}?limit=100&around=50`))
    const near = around.results.map(({ seq }: { seq: number }) => seq)
    expect(near).toEqual(Array.from({ length: near.length }, (_, i) => near[0] + i))
    expect(near).toEqual(expect.arrayContaining([49, 50, 51]))
  })

  test('[C4] a page ends early at 256 KB: rooms with long descriptions', async () => {
    const user = await server.register()
    const description = '😀'.repeat(1_000)
    for (let i = 0; i < 70; i++) {
      await user.createRoom({ title: '😀'.repeat(100), description, kind: 'private' })
    }
    const pages = await walk(user, '/api/rooms/?member=true&limit=100')
    expect(pages.length).toBeGreaterThan(1)
    for (const page of pages) {
      expect(Buffer.byteLength(JSON.stringify(page.results))).toBeLessThanOrEqual(
        pageMaxBytes + 1_024,
      )
    }
    const back = await walk(user, pages.at(-1).previous, 'previous')
    const ids = fieldOf(pages, 'id')
    expect(new Set(ids).size).toBe(70)
    expect(fieldOf([...back.toReversed(), pages.at(-1)], 'id')).toEqual(ids)
  })

  const lists = [
    { name: 'rooms', path: () => '/api/rooms/' },
    { name: 'members', path: (room: Scene['room']) => `/api/rooms/${room}/members/` },
    { name: 'messages', path: (room: Scene['room']) => `/api/messages/${room}/` },
    { name: 'events', path: (room: Scene['room']) => `/api/rooms/${room}/events/` },
  ]

  test.each(lists)('[C4] $name: limit is 1 to 100 and 50 when left out', async ({ path }) => {
    const { room, caller } = await makeScene(server)
    for (const limit of ['1', '100', '050']) {
      expect((await caller.get(`${path(room)}?limit=${limit}`)).status).toBe(200)
    }
    for (const limit of ['0', '101', '-1', '1.5', '1e1', 'ten', '', '%201', '99999999999999999']) {
      const answer = await caller.get(`${path(room)}?limit=${limit}`)
      expect(problemOf(answer)).toBe('400 bad_request')
      expect(answer.body.errors[0].field).toBe('limit')
    }
  })

  test('[C4] 50 is the limit that is left out', async () => {
    const user = await server.register()
    const room = await user.createRoom()
    for (let i = 0; i < 51; i++) await ok(user.send(room.id, 'x'))
    expect((await user.get(`/api/messages/${room.id}/`)).body.results).toHaveLength(50)
  })

  test.each(lists)(
    '[C4] $name: a parameter given twice, unknown or of a wrong form is refused',
    async ({ path }) => {
      const { room, caller } = await makeScene(server)
      const wrong = [
        'limit=5&limit=5',
        'limit=5&limit=6',
        'unknown=1',
        'cursor=x',
        'cursor=',
        'cursor=a1&cursor=a1',
        'cursor=a99999999999999999',
        'before=x',
        'member=yes',
        'member=',
      ]
      for (const query of wrong) {
        expect(problemOf(await caller.get(`${path(room)}?${query}`))).toBe('400 bad_request')
      }
    },
  )

  test('[C4] errors too carry Cache-Control: no-store', async () => {
    const scene = await makeScene(server)
    for (const route of routes) {
      const answers = [
        await callRoute(route, scene, 'bad'),
        await server.call('DELETE', '/api/nothing/'),
      ]
      for (const answer of answers) expect(answer.headers.get('cache-control')).toBe('no-store')
    }
  })
})
