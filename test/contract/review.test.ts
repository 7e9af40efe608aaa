import { sql } from 'kysely'
import { afterAll, describe, expect, test } from 'vitest'
import { heldMessagesMax } from '../../src/protocol/limits.ts'
import { openAsAdmin } from '../support/admin-browser.ts'
import { startTestServer } from '../support/chat-server.ts'
import type { TestSocket } from '../support/test-socket.ts'
import { testPassword, type TestUser } from '../support/test-user.ts'
import { historyOf, ok, problemOf } from '../support/answers.ts'
import { invite } from '../support/memberships.ts'
import { openSimple, openSocket } from '../support/open-socket.ts'

const server = await startTestServer({ limits: { sends: { count: 240, seconds: 86_400 } } })
afterAll(() => server[Symbol.asyncDispose]())
const { browser } = await openAsAdmin(server)

const wordsPath = '/admin/held/words/'

async function setWords(...words: string[]): Promise<void> {
  const shown = await browser.submit(await browser.get(wordsPath), wordsPath, {
    words: words.join('\n'),
  })
  expect(shown.path).toBe(`${wordsPath}?done=saved`)
}

async function makeRoom(kind = 'public') {
  const [ann, ben] = [await server.register(), await server.register()]
  const room = await ann.createRoom({ title: 'Review', kind })
  await invite(ann, room, 'member', ben)
  const { last_seq: before } = await ok(ann.get(`/api/rooms/${room.id}/`))
  return { ann, ben, room, before }
}

async function heldOf(user: TestUser): Promise<number[]> {
  const rows = server.db.selectFrom('held_messages').where('user_id', '=', user.id)
  return (await rows.orderBy('id').select('id').execute()).map(({ id }) => id)
}

async function decide(id: number, what: 'publish' | 'discard') {
  const page = await browser.get('/admin/held/')
  return await browser.submit(page, `/admin/held/${id}/`, { do: what })
}

async function setLimits(roomId: number, fields: Record<string, string>): Promise<void> {
  const path = `/admin/rooms/${roomId}/limits/`
  const shown = await browser.submit(await browser.get(path), path, {
    text_max: '',
    count: '',
    seconds: '',
    ...fields,
  })
  expect(shown.path).toBe(`${path}?done=saved`)
}

describe('[S2] a message with a held word', () => {
  test('[S2] is in no log until an admin publishes it, on every path', async () => {
    await setWords('kumquat')
    const { ann, ben, room, before } = await makeRoom()
    await using socket = await openSocket(ben)
    await using own = await openSocket(ann)
    await using simple = await openSimple(ann, room.name)
    const texts = ['a kumquat', 'KÚMQUAT!', '(kumquat)']
    const refused = await ann.send(room.id, texts[0]!, { client_id: 'one' })
    expect(problemOf(refused)).toBe('409 held')
    expect(refused.headers.get('RateLimit-Remaining')).toBe('239')
    const frame = { action: 'sendmessage', room_id: room.id }
    expect(await own.ask({ ...frame, message: texts[1], client_id: 'two' })).toMatchObject({
      type: 'error',
      code: 'held',
      retryable: false,
    })
    simple.send({ message: texts[2] })
    expect(await simple.next('error')).toMatchObject({ code: 'held' })
    // A repeat is held once.
    expect(problemOf(await ann.send(room.id, texts[0]!, { client_id: 'one' }))).toBe('409 held')
    expect(await heldOf(ann)).toHaveLength(3)
    const { seq } = await ok(ann.send(room.id, 'a kumquats, and 1kumquat'))
    expect(seq).toBe(before + 1)
    await socket.settle()
    expect(socket.received.map(({ type }) => type)).toEqual(['message'])

    const ids = await heldOf(ann)
    for (const id of ids) expect((await decide(id, 'publish')).status).toBe(200)
    await socket.settle()
    const pushed = socket.received.filter(({ type }) => type === 'message').slice(1)
    expect(pushed).toMatchObject(
      texts.map((message, n) => ({ seq: before + 2 + n, message, user_id: ann.id })),
    )
    expect(await historyOf(ben, room.id)).toMatchObject([
      { seq },
      ...pushed.map(({ seq: at, message }) => ({ seq: at, message })),
    ])
    // [M3] A repeat of a published one finds it.
    const repeated = await ann.send(room.id, texts[0]!, { client_id: 'one' })
    expect([repeated.status, repeated.body.seq]).toEqual([200, before + 2])
    await simple.settle()
    expect(simple.received.filter(({ type }) => type === 'message')).toHaveLength(4)
  })

  test('[S2, N1] notifies when it is published, and notifies its author when it is discarded', async () => {
    await setWords('kumquat')
    const { ann, ben, room } = await makeRoom()
    await using socket = await openSocket(ben)
    await using own = await openSocket(ann)
    const text = `@${ben.username} look, a kumquat`
    for (const client_id of ['one', 'two']) await ann.send(room.id, text, { client_id })
    const [first, second] = await heldOf(ann)
    await decide(first!, 'publish')
    expect(await socket.next('notification')).toMatchObject({ kind: 'mention', text })
    await decide(second!, 'discard')
    expect(await own.next('notification')).toMatchObject({
      kind: 'message_discarded',
      room_id: null,
      user_id: null,
      text,
      unread: 1,
    })
    expect(await heldOf(ann)).toEqual([])
    expect(await historyOf(ben, room.id)).toHaveLength(1)
  })

  test('[S2, M5] may be an edit, and then the old text stays', async () => {
    await setWords('kumquat')
    const { ann, ben, room } = await makeRoom()
    const { seq } = await ok(ann.send(room.id, `hello @${ben.username}`))
    const path = `/api/messages/${room.id}/${seq}/`
    const edit = (message: string) => ann.patch(path, { message })
    expect(problemOf(await edit('kumquat one'))).toBe('409 held')
    expect(problemOf(await edit('kumquat two'))).toBe('409 held')
    expect(await heldOf(ann)).toHaveLength(1)
    expect(await historyOf(ben, room.id)).toMatchObject([{ message: `hello @${ben.username}` }])
    await using socket = await openSocket(ben)
    await decide((await heldOf(ann))[0]!, 'publish')
    expect(await socket.next('message.edited')).toMatchObject({
      seq: seq + 1,
      message_seq: seq,
      message: 'kumquat two',
    })
    expect(await socket.next('notifications.removed')).toMatchObject({ unread: 1 })
    // Whatever happens to the message next replaces the held text.
    for (const after of [
      () => edit('an orange'),
      () => edit('an orange'),
      () => ann.delete(path),
    ]) {
      await edit('kumquat three')
      expect(await heldOf(ann)).toHaveLength(1)
      await ok(after())
      expect(await heldOf(ann)).toEqual([])
    }
  })

  test('[S2] is refused beyond twenty of a user, except for a repeat', async () => {
    await setWords('kumquat')
    const { ann, room } = await makeRoom()
    for (let n = 0; n < heldMessagesMax; n++) {
      expect(problemOf(await ann.send(room.id, `kumquat ${n}`, { client_id: `${n}` }))).toBe(
        '409 held',
      )
    }
    const { seq } = await ok(ann.send(room.id, 'nothing'))
    expect(problemOf(await ann.send(room.id, 'kumquat'))).toBe('409 conflict')
    const edited = await ann.patch(`/api/messages/${room.id}/${seq}/`, { message: 'kumquat' })
    expect(problemOf(edited)).toBe('409 conflict')
    expect(problemOf(await ann.send(room.id, 'kumquat 0', { client_id: '0' }))).toBe('409 held')
    await ok(ann.delete('/api/users/me/', { password: testPassword }))
    expect(await heldOf(ann)).toEqual([])
  })

  test('[S2] is not published for a user who may no longer send it', async () => {
    await setWords('kumquat')
    const { ann, ben, room } = await makeRoom('private')
    await ben.send(room.id, 'kumquat')
    await ok(ben.post(`/api/rooms/${room.id}/leave/`))
    const [held] = await heldOf(ben)
    const refused = await decide(held!, 'publish')
    expect([refused.status, refused.html.includes('discard this text')]).toEqual([409, true])
    const { seq } = await ok(ann.send(room.id, 'mine'))
    await ann.patch(`/api/messages/${room.id}/${seq}/`, { message: 'kumquat' })
    const [edit] = await heldOf(ann)
    await ok(ann.delete(`/api/rooms/${room.id}/`))
    expect((await decide(edit!, 'publish')).status).toBe(409)
    for (const id of [held!, edit!]) expect((await decide(id, 'discard')).status).toBe(200)
  })

  test.for([
    ['Straße', 'in der STRASSE', 'in der Strassenbahn'],
    ['bad thing', 'a bad, thing', 'a bad other thing'],
    ['spam*', 'spammer', 'antispam'],
    ['坏人', '他是坏人。', '坏的人'],
    ['كتاب', 'هذا كِتَاب', 'كتابة'],
    ['🍆', 'look 🍆🏽!', 'look 🍇'],
    ['q1', 'Q１', 'q 1'],
  ] as const)('[S2] is found by %s like in a search', async ([word, found, other]) => {
    await setWords(word)
    const { ann, room } = await makeRoom()
    expect(problemOf(await ann.send(room.id, found))).toBe('409 held')
    expect((await ann.send(room.id, other)).status).toBe(201)
  })

  test('[S2] is found at the end of the longest text, which a search does not reach', async () => {
    await setWords('kumquat')
    const { ann, room } = await makeRoom()
    expect(problemOf(await ann.send(room.id, `${'a '.repeat(1_990)}kumquat`))).toBe('409 held')
    // Each of these characters stands for 18 letters.
    expect(problemOf(await ann.send(room.id, `${'\ufdfa '.repeat(1_500)}kumquat`))).toBe('409 held')
  })

  test('[S2, M3] is published once, even when it was repeated after the words changed', async () => {
    await setWords('kumquat')
    const { ann, ben, room } = await makeRoom()
    await ann.send(room.id, 'kumquat', { client_id: 'one' })
    await setWords()
    expect((await ann.send(room.id, 'kumquat', { client_id: 'one' })).status).toBe(201)
    const [held] = await heldOf(ann)
    expect((await decide(held!, 'publish')).status).toBe(200)
    expect(await heldOf(ann)).toEqual([])
    expect(await historyOf(ben, room.id)).toHaveLength(1)
  })

  test('[S2] is published at once when there are no words', async () => {
    await setWords()
    const { ann, room } = await makeRoom()
    expect((await ann.send(room.id, 'a kumquat')).status).toBe(201)
  })
})

/** The title and the limit of each room that a socket was told of. */
function toldRooms({ received }: TestSocket): unknown[] {
  return received
    .filter(({ type }) => type === 'room.added')
    .map(({ room: { title, text_max } }) => [title, text_max])
}

describe('[S3] a room with limits of its own', () => {
  test('[S3] refuses longer texts, on every path', async () => {
    const { ann, room } = await makeRoom()
    await setLimits(room.id, { text_max: '5' })
    const { seq } = await ok(ann.send(room.id, '👍👍👍👍👍', { client_id: 'one' }))
    const long = await ann.send(room.id, '123456')
    expect(problemOf(long)).toBe('400 bad_request')
    expect(long.body.errors).toEqual([
      { field: 'message', message: 'must be at most 5 characters long in this room' },
    ])
    await using socket = await openSocket(ann)
    await using simple = await openSimple(ann, room.name)
    expect(
      await socket.ask({ action: 'sendmessage', room_id: room.id, message: '123456' }),
    ).toMatchObject({ type: 'error', code: 'bad_request' })
    simple.send({ message: '123456' })
    expect(await simple.next('error')).toMatchObject({ code: 'bad_request' })
    const edited = await ann.patch(`/api/messages/${room.id}/${seq}/`, { message: '123456' })
    expect(problemOf(edited)).toBe('400 bad_request')
    // [M3] A repeat returns the first message, whatever its text is.
    expect((await ann.send(room.id, '123456', { client_id: 'one' })).status).toBe(200)
    expect(await historyOf(ann, room.id)).toHaveLength(1)
    await setLimits(room.id, {})
    expect((await ann.send(room.id, '123456')).status).toBe(201)
  })

  test('[S3] accepts a number of messages and edits per member in a number of seconds', async () => {
    const { ann, ben, room } = await makeRoom()
    await setLimits(room.id, { count: '2', seconds: '600' })
    await using socket = await openSocket(ann)
    await using simple = await openSimple(ann, room.name)
    const first = await ann.send(room.id, 'one', { client_id: 'one' })
    const path = `/api/messages/${room.id}/${first.body.seq}/`
    expect((await ann.patch(path, { message: 'one more' })).status).toBe(200)
    const refused = await ann.send(room.id, 'two')
    expect(problemOf(refused)).toBe('429 rate_limited')
    expect(refused.body.detail).toContain('at most 2 messages in 600 s')
    const wait = Number(refused.headers.get('Retry-After'))
    expect(wait).toBeGreaterThan(250)
    expect(wait).toBeLessThanOrEqual(300)
    const told = ['Limit', 'Remaining'].map((name) => refused.headers.get(`RateLimit-${name}`))
    expect(told).toEqual(['2', '0'])
    expect(Number(refused.headers.get('RateLimit-Reset'))).toBe(wait + 300)
    const frame = { action: 'sendmessage', room_id: room.id, message: 'two' }
    const answer = await socket.ask(frame)
    expect(answer).toMatchObject({ type: 'error', code: 'rate_limited', retryable: true })
    expect(answer.retry_after_ms).toBeGreaterThan(250_000)
    simple.send({ message: 'two' })
    expect(await simple.next('error')).toMatchObject({ code: 'rate_limited' })
    expect(problemOf(await ann.patch(path, { message: 'two' }))).toBe('429 rate_limited')
    // Requests without a text are not limited, and neither are repeats, other members and other rooms.
    expect((await ann.send(room.id, 'one', { client_id: 'one' })).status).toBe(200)
    expect((await ann.put(`${path}reactions/👍/`)).status).toBe(200)
    expect((await ann.delete(path)).status).toBe(204)
    expect((await ben.send(room.id, 'me too')).status).toBe(201)
    const other = await ann.createRoom()
    expect((await ann.send(other.id, 'three')).status).toBe(201)
    // What the room refuses does not count. These six count: two sends, an edit, a reaction, a deletion, and this send.
    const { headers } = await ann.send(other.id, 'four')
    expect(Number(headers.get('RateLimit-Remaining'))).toBe(240 - 6)
  })

  test('[S3] shows its limits to members, and tells them of each change', async () => {
    const { ann, ben, room } = await makeRoom()
    const shown = async (user: TestUser, roomId = room.id) => {
      const { text_max, send_limit } = await ok(user.get(`/api/rooms/${roomId}/`))
      return { text_max, send_limit }
    }
    const none = { text_max: 4_000, send_limit: null }
    expect(await shown(ben)).toEqual(none)
    await using socket = await openSocket(ben)
    const limits = { text_max: 200, send_limit: { count: 3, seconds: 60 } }
    await setLimits(room.id, { text_max: '200', count: '3', seconds: '60' })
    const told = await socket.next('room.updated')
    expect(told).toMatchObject({ title: 'Review', ...limits })
    expect(await shown(ben)).toEqual(limits)
    const { results } = await ok(ben.get(`/api/rooms/${room.id}/events/`))
    expect((results as unknown[]).at(-1)).toEqual(told)
    // The same limits again are no change. An event of the title contains the limits, too.
    await setLimits(room.id, { text_max: '200', count: '3', seconds: '60' })
    await ok(ann.patch(`/api/rooms/${room.id}/`, { title: 'Looked at' }))
    expect(await socket.next(({ title }) => title === 'Looked at')).toMatchObject(limits)
    await setLimits(room.id, {})
    expect(await socket.next(({ text_max }) => text_max === 4_000)).toMatchObject(none)

    // The title of a direct chat is another for each member.
    const direct = await ok(ann.post('/api/direct/', { username: ben.username }))
    await using own = await openSocket(ann)
    await setLimits(direct.id, { text_max: '200' })
    for (const each of [socket, own]) await each.settle()
    expect(toldRooms(socket)).toEqual([
      [ann.username, 4_000],
      [ann.username, 200],
    ])
    expect(toldRooms(own)).toEqual([[ben.username, 200]])
    // [A6] The chat stays hidden from the user who has blocked the other.
    await ok(ben.put(`/api/users/me/blocks/${ann.username}/`))
    await setLimits(direct.id, {})
    for (const each of [socket, own]) await each.settle()
    expect(toldRooms(socket)).toHaveLength(2)
    expect(toldRooms(own).at(-1)).toEqual([ben.username, 4_000])
  })

  test('[S3] also limits concurrent messages that are stored together', async () => {
    const { ann, room } = await makeRoom()
    await setLimits(room.id, { count: '3', seconds: '600' })
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, n) => ann.send(room.id, `text ${n}`)),
    )
    const statuses = answers.map(({ status }) => status).toSorted()
    expect(statuses).toEqual([201, 201, 201, 429, 429, 429, 429, 429])
    const { rows } = await sql<{ gap: number }>`
      select count(*) as gap from rooms r
       where r.id = ${room.id} and r.last_seq <> (select count(*) from room_events e where e.room_id = r.id)`.execute(
      server.db,
    )
    expect(rows[0]!.gap).toBe(0)
  })
})
