import { afterAll, describe, expect, test } from 'vitest'
import { room as roomSchema, roomDetail } from '../../src/protocol/rooms.ts'
import { startTestServer } from '../support/chat-server.ts'
import { newName } from '../support/routes.ts'
import { fieldOf, historyOf, ok, problemOf, walk } from '../support/answers.ts'
import { invite, join } from '../support/memberships.ts'
import { logOf, openSimple, openSocket, refusal } from '../support/open-socket.ts'
import { openDatabase } from '../support/watch-database.ts'

const server = await startTestServer()
afterAll(() => server[Symbol.asyncDispose]())

describe('[R1] rooms', () => {
  test('[R1] the maker is the owner of a new room', async () => {
    const user = await server.register()
    const answer = await user.post('/api/rooms/', { title: 'Tea', description: 'With milk' })
    expect(answer.status).toBe(201)
    expect(roomSchema.strict().parse(answer.body)).toEqual(answer.body)
    expect(answer.body).toMatchObject({
      title: 'Tea',
      description: 'With milk',
      kind: 'public',
      created_by: user.username,
      last_seq: 1,
      member_count: 1,
      role: 'owner',
      last_read_seq: 0,
      unread: 0,
      partner: null,
    })
    const members = await ok(user.get(`/api/rooms/${answer.body.id}/members/`))
    expect(members.results).toMatchObject([{ user_id: user.id, role: 'owner' }])
  })

  test('[R1] one room is what the list says of it, and who is online', async () => {
    const user = await server.register()
    const made = await user.createRoom({ title: 'One' })
    const one = await ok(user.get(`/api/rooms/${made.id}/`))
    expect(roomDetail.strict().parse(one)).toEqual({
      ...made,
      online_count: 0,
      online_more: false,
      online_ids: [],
    })
    const list = await ok(user.get('/api/rooms/?member=true'))
    expect(list.results).toEqual([made])
  })

  test.each([
    { title: 'Tea & Cakes!', name: 'tea_cakes' },
    { title: 'Café Zoë', name: 'cafe_zoe' },
    { title: 'Łódź', name: 'lodz' },
    { title: 'Søren & Æther', name: 'soren_aether' },
    { title: 'STRASSE, Straße, STRAẞE', name: 'strasse_strasse_strasse' },
    { title: 'Đà Nẵng', name: 'da_nang' },
    { title: 'Iğdır İzmir', name: 'igdir_izmir' },
    { title: 'Þórður', name: 'thordur' },
    { title: 'Ŋaunuŋ ɓɛƙɔ', name: 'ngaunung_beko' },
    { title: 'Malmö', name: 'malmo' },
    { title: 'Чай и мёд', name: 'chai_i_med' },
    { title: 'Καφές', name: 'kafes' },
    { title: '١٢٣', name: '123' },
    { title: `${'x'.repeat(55)} ${'y'.repeat(44)}`, name: 'x'.repeat(55) },
    { title: '__x__', name: 'x' },
    { title: 'x'.repeat(100), name: 'x'.repeat(56) },
  ])('[R1] the name of $title is made from it', async ({ title, name }) => {
    const user = await server.register()
    const first = await user.createRoom({ title })
    expect(first.name).toBe(name)
    // Taken: the next gets a suffix.
    const second = await user.createRoom({ title })
    expect(second.name).toMatch(new RegExp(`^${name}_[A-Za-z0-9]{7}$`))
  })

  test('[R1] a title that leaves nothing gets a random name', async () => {
    const user = await server.register()
    for (const title of ['茶', '😀', '!!!', 'हिन्दी']) {
      expect((await user.createRoom({ title })).name).toMatch(/^room_[A-Za-z0-9]+$/)
    }
  })

  test('[R1] a chosen name is taken as it is, and unique without regard to case', async () => {
    const user = await server.register()
    const name = `Mixed_${newName()}`
    expect((await user.createRoom({ title: 'Any', name })).name).toBe(name)
    for (const again of [name, name.toLowerCase(), name.toUpperCase()]) {
      const answer = await user.post('/api/rooms/', { title: 'Any', name: again })
      expect(problemOf(answer)).toBe('409 conflict')
    }
    expect((await user.createRoom({ title: 'Any', name: 'n'.repeat(64) })).name).toHaveLength(64)
    for (const wrong of ['', 'n'.repeat(65), 'a-b', 'a b', 'é', 1, null]) {
      const answer = await user.post('/api/rooms/', { title: 'Any', name: wrong })
      expect(problemOf(answer)).toBe('400 bad_request')
      expect(answer.body.errors[0].field).toBe('name')
    }
  })

  test('[R1] a private room has a name that tells nothing, and cannot choose one', async () => {
    const user = await server.register()
    const [first, second] = [
      await user.createRoom({ title: 'Secret', kind: 'private' }),
      await user.createRoom({ title: 'Secret', kind: 'private' }),
    ]
    expect(first.name).toMatch(/^[A-Za-z0-9]{22}$/)
    expect(second.name).not.toBe(first.name)
    const answer = await user.post('/api/rooms/', { title: 'S', kind: 'private', name: newName() })
    expect(problemOf(answer)).toBe('400 bad_request')
  })

  test('[R1] a title of 1 to 100 and a description of up to 1,000 characters, trimmed', async () => {
    const user = await server.register()
    const room = await user.createRoom({ title: ' 😀 ', description: '\n x ' })
    expect(room).toMatchObject({ title: '😀', description: 'x' })
    await user.createRoom({ title: '😀'.repeat(100), description: '😀'.repeat(1_000) })
    const wrong = [
      { title: '' },
      { title: ' ' },
      { title: '😀'.repeat(101) },
      { title: 'x', description: 'x'.repeat(1_001) },
      { title: 'x', description: null },
      { title: 'x\0' },
      { title: '\ud800' },
      { title: 'x', kind: 'direct' },
      { title: 'x', kind: 'other' },
      { description: 'x' },
    ]
    for (const body of wrong) {
      expect(problemOf(await user.post('/api/rooms/', body))).toBe('400 bad_request')
    }
  })

  test('[R1] the list has public rooms and my own; member=true just those; search looks for words', async () => {
    const [ann, ben] = [await server.register(), await server.register()]
    const word = `word${newName()}`
    const open = await ann.createRoom({ title: `Open ${word}` })
    const named = await ann.createRoom({ title: 'Else', name: `${word}_named` })
    const hidden = await ann.createRoom({ title: `Hidden ${word}`, kind: 'private' })
    const shared = await ann.createRoom({ title: `${word} 100% shared`, kind: 'private' })
    await invite(ann, shared, 'member', ben)
    const direct = await ok(ann.post('/api/direct/', { username: ben.username }))
    const idsOf = async (query: string) => fieldOf(await walk(ben, `/api/rooms/?${query}`), 'id')
    const all = await idsOf('')
    expect(all).toEqual(expect.arrayContaining([open.id, named.id, shared.id, direct.id]))
    expect(all).not.toContain(hidden.id)
    expect(await idsOf('member=true')).toEqual([direct.id, shared.id])
    expect(await idsOf('member=false')).toEqual(all)
    expect(await idsOf(`search=${word}`)).toEqual([shared.id, named.id, open.id])
    expect(await idsOf(`search=${word.toUpperCase()}`)).toEqual([shared.id, named.id, open.id])
    expect(await idsOf(`search=${word}&member=true`)).toEqual([shared.id])
    expect(await idsOf(`search=${ann.username}&member=true`)).toEqual([direct.id])
    // One's own name is the title of none.
    expect(await idsOf(`search=${ben.username}&member=true`)).toEqual([])
    // What means something in a pattern is a character like any other.
    expect(await idsOf(`search=${encodeURIComponent('100% s')}`)).toEqual([shared.id])
    expect(await idsOf(`search=${encodeURIComponent(`${word}%`)}`)).toEqual([])
    expect(await idsOf(`search=${encodeURIComponent(`w_rd${word}`)}`)).toEqual([])
    expect(await idsOf(`search=${encodeURIComponent('\\')}`)).toEqual([])
  })

  test('[R1] in a public room that I have not joined I have no role, marker or unread', async () => {
    const [ann, ben] = [await server.register(), await server.register()]
    const room = await ann.createRoom()
    expect(await ok(ben.get(`/api/rooms/${room.id}/`))).toMatchObject({
      role: null,
      last_read_seq: null,
      unread: null,
      member_count: 1,
    })
  })

  test('[R1] the sockets of the maker learn of the room', async () => {
    const user = await server.register()
    await using socket = await openSocket(user)
    const room = await user.createRoom()
    await socket.settle()
    expect(socket.received).toEqual([{ type: 'room.added', room }])
    await ok(user.send(room.id, 'hi'))
    await socket.settle()
    expect(logOf(socket, room.id)).toEqual(['2 message'])
  })
})

describe('[R2] changing and deleting', () => {
  test('[R2] owner and moderators change title and description; everybody is told', async () => {
    const [owner, moderator, member] = [
      await server.register(),
      await server.register(),
      await server.register(),
    ]
    const room = await owner.createRoom({ title: 'Before', description: 'as it was' })
    await invite(owner, room, 'moderator', moderator)
    await join(room, member)
    await using socket = await openSocket(member)
    await using simple = await openSimple(member, room.name)
    const path = `/api/rooms/${room.id}/`
    const first = await ok(owner.patch(path, { title: 'After' }))
    expect(roomSchema.parse(first)).toMatchObject({
      title: 'After',
      description: 'as it was',
      last_seq: 4,
      role: 'owner',
    })
    await ok(moderator.patch(path, { description: '' }))
    await socket.settle()
    await simple.settle()
    expect(socket.received).toMatchObject([
      { type: 'room.updated', seq: 4, title: 'After', description: 'as it was' },
      { type: 'room.updated', seq: 5, title: 'After', description: '' },
    ])
    expect(simple.received).toEqual([])
    expect(await ok(member.get(path))).toMatchObject({ title: 'After', description: '' })
    expect(problemOf(await member.patch(path, { title: 'Mine' }))).toBe('403 forbidden')
    const stranger = await server.register()
    expect(problemOf(await stranger.patch(path, { title: 'Mine' }))).toBe('403 forbidden')
    for (const body of [{}, { title: '' }, { title: null }, { description: 'x'.repeat(1_001) }]) {
      expect(problemOf(await owner.patch(path, body))).toBe('400 bad_request')
    }
    expect(await ok(owner.get(path))).toMatchObject({ title: 'After', last_seq: 5 })
  })

  test('[R2] only the owner deletes', async () => {
    const [owner, moderator, stranger] = [
      await server.register(),
      await server.register(),
      await server.register(),
    ]
    const room = await owner.createRoom()
    await invite(owner, room, 'moderator', moderator)
    for (const user of [moderator, stranger]) {
      expect(problemOf(await user.delete(`/api/rooms/${room.id}/`))).toBe('403 forbidden')
    }
    expect(await owner.delete(`/api/rooms/${room.id}/`)).toMatchObject({ status: 204, text: '' })
    expect(problemOf(await owner.delete(`/api/rooms/${room.id}/`))).toBe('404 not_found')
  })

  test('[R2] a direct chat is not changed, deleted, left or joined by others', async () => {
    const [ann, ben, eve] = [
      await server.register(),
      await server.register(),
      await server.register(),
    ]
    const { id } = await ok(ann.post('/api/direct/', { username: ben.username }))
    const path = `/api/rooms/${id}/`
    const refused = [
      await ann.patch(path, { title: 'x' }),
      await ann.delete(path),
      await ben.post(`${path}leave/`),
      await ann.put(`${path}members/${eve.username}/`),
      await ann.put(`${path}members/${ben.username}/`, { role: 'member' }),
      await ann.delete(`${path}members/${ben.username}/`),
    ]
    for (const answer of refused) expect(problemOf(answer)).toBe('409 conflict')
    expect(problemOf(await eve.post(`${path}join/`))).toBe('404 not_found')
    expect(await ok(ann.get(path))).toMatchObject({ member_count: 2, last_seq: 2 })
  })
})

describe('[R3] direct chats', () => {
  test('[R3] the one room of the two, from either side, in any case of the name', async () => {
    const [ann, ben] = [await server.register(), await server.register()]
    const first = await ann.post('/api/direct/', { username: ben.username })
    expect(first.status).toBe(201)
    expect(roomSchema.strict().parse(first.body)).toEqual(first.body)
    expect(first.body).toMatchObject({
      kind: 'direct',
      title: ben.username,
      member_count: 2,
      last_seq: 2,
      unread: 0,
      partner: { id: ben.id, username: ben.username, online: false },
    })
    expect(first.body.name).toMatch(/^[A-Za-z0-9]{22}$/)
    for (const username of [ben.username, ben.username.toUpperCase()]) {
      const again = await ann.post('/api/direct/', { username })
      expect(again).toMatchObject({ status: 200, body: { id: first.body.id } })
    }
    const other = await ben.post('/api/direct/', { username: ann.username })
    expect(other).toMatchObject({ status: 200, body: { id: first.body.id, title: ann.username } })
  })

  test('[R3] also when both ask at the same moment, many times', async () => {
    const [ann, ben] = [await server.register(), await server.register()]
    const answers = await Promise.all(
      Array.from({ length: 12 }, (_, i) =>
        i % 2
          ? ann.post('/api/direct/', { username: ben.username })
          : ben.post('/api/direct/', { username: ann.username }),
      ),
    )
    expect(new Set(answers.map(({ body }) => body.id)).size).toBe(1)
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1)
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(11)
    expect(answers[0]!.body).toMatchObject({ member_count: 2, last_seq: 2 })
  })

  test('[R3] both sides learn of it, each by the other’s name', async () => {
    const [ann, ben] = [await server.register(), await server.register()]
    await using mine = await openSocket(ann)
    await using theirs = await openSocket(ben)
    const { id } = await ok(ann.post('/api/direct/', { username: ben.username }))
    await ok(ann.post('/api/direct/', { username: ben.username }))
    await mine.settle()
    await theirs.settle()
    expect(mine.received).toMatchObject([{ type: 'room.added', room: { id, title: ben.username } }])
    expect(theirs.received).toMatchObject([
      { type: 'room.added', room: { id, title: ann.username } },
    ])
  })

  test('[R3] with nobody, or with oneself, there is none', async () => {
    const user = await server.register()
    const open = (username: unknown) => user.post('/api/direct/', { username })
    expect(problemOf(await open('nobody_of_this_name'))).toBe('404 not_found')
    expect(problemOf(await open(user.username))).toBe('400 bad_request')
    for (const wrong of ['', 'no name', 1, undefined]) {
      expect(problemOf(await open(wrong))).toBe('400 bad_request')
    }
  })
})

describe('[R4] outsiders', () => {
  test('[R4] private and direct rooms are nowhere for an outsider, by no way', async () => {
    const [ann, ben, eve] = [
      await server.register(),
      await server.register(),
      await server.register(),
    ]
    const hidden = await ann.createRoom({ title: 'Hidden', kind: 'private' })
    await invite(ann, hidden, 'member', ben)
    const direct = await ok(ann.post('/api/direct/', { username: ben.username }))
    await using socket = await openSocket(eve)
    for (const room of [hidden, direct]) {
      const path = `/api/rooms/${room.id}/`
      const refused = [
        await eve.get(path),
        await eve.patch(path, { title: 'x' }),
        await eve.delete(path),
        await eve.post(`${path}join/`),
        await eve.post(`${path}leave/`),
        await eve.post(`${path}read/`, { seq: 1 }),
        await eve.get(`${path}members/`),
        await eve.put(`${path}members/${eve.username}/`),
        await eve.delete(`${path}members/${ann.username}/`),
        await eve.get(`/api/messages/${room.id}/`),
        await eve.send(room.id, 'hi'),
      ]
      for (const answer of refused) expect(problemOf(answer)).toBe('404 not_found')
      expect(await refusal(eve.connect(`/ws/chat/${room.name}/`))).toBe(404)
      await ok(ann.send(room.id, 'among us'))
    }
    const heads = await socket.ask({ action: 'heads' })
    expect(heads.rooms).toEqual([])
    expect(socket.received).toEqual([heads])
    expect(await historyOf(ben, hidden.id)).toHaveLength(1)
    expect((await ok(ann.get(`/api/rooms/${hidden.id}/`))).last_seq).toBe(3)
  })
})

describe('[R6] deleted rooms', () => {
  test('[R6] room.deleted is the last of the log; sockets are told, one-room sockets closed', async () => {
    const [owner, member] = [await server.register(), await server.register()]
    const room = await owner.createRoom({ title: 'Short-lived' })
    await join(room, member)
    await ok(owner.send(room.id, 'the last word'))
    await using all = await openSocket(member)
    await using one = await openSocket(member, `/ws/chat/${room.name}/`)
    await using simple = await openSimple(owner, room.name)
    const started = performance.now()
    await ok(owner.delete(`/api/rooms/${room.id}/`))
    await Promise.all([one.closed, simple.closed])
    expect(performance.now() - started).toBeLessThan(5_000)
    await all.settle()
    expect(all.received).toMatchObject([{ type: 'room.deleted', room_id: room.id, seq: 4 }])
    expect(one.received).toMatchObject([
      { type: 'room.deleted', room_id: room.id, seq: 4 },
      { type: 'bye', code: 'room_deleted', reconnect: false },
    ])
    expect(simple.received).toEqual([])
    const heads = await all.ask({ action: 'heads' })
    expect(heads.rooms).toEqual([])
    await using database = await openDatabase(server)
    const events = await database.execute(
      'select seq::int, kind from room_events where room_id = $1 order by seq desc limit 1',
      [room.id],
    )
    expect(events).toEqual([{ seq: 4, kind: 'room.deleted' }])
    const texts = await database.execute('select text from messages where room_id = $1', [room.id])
    expect(texts).toEqual([{ text: 'the last word' }])
  })

  test('[R6] a deleted room is gone for its members too, and its name free', async () => {
    const [owner, member] = [await server.register(), await server.register()]
    const room = await owner.createRoom({ title: 'Gone', name: newName() })
    await join(room, member)
    await using socket = await openSocket(member)
    await ok(owner.delete(`/api/rooms/${room.id}/`))
    const path = `/api/rooms/${room.id}/`
    for (const user of [owner, member]) {
      const refused = [
        await user.get(path),
        await user.patch(path, { title: 'x' }),
        await user.post(`${path}join/`),
        await user.post(`${path}leave/`),
        await user.post(`${path}read/`, { seq: 1 }),
        await user.get(`${path}members/`),
        await user.put(`${path}members/${member.username}/`),
        await user.delete(`${path}members/${member.username}/`),
        await user.get(`/api/messages/${room.id}/`),
        await user.send(room.id, 'hi'),
      ]
      for (const answer of refused) expect(problemOf(answer)).toBe('404 not_found')
      expect(await refusal(user.connect(`/ws/chat/${room.name}/`))).toBe(404)
      expect(fieldOf(await walk(user, '/api/rooms/?member=true'), 'id')).toEqual([])
    }
    for (const frame of [
      { action: 'sendmessage', message: 'hi' },
      { action: 'typing' },
      { action: 'read', seq: 1 },
    ]) {
      expect(await socket.ask({ ...frame, room_id: room.id })).toMatchObject({
        type: 'error',
        code: 'not_found',
      })
    }
    const next = await member.createRoom({ title: 'Next', name: room.name })
    expect(next.id).not.toBe(room.id)
  })
})
