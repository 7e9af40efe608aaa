import { afterAll, describe, expect, test } from 'vitest'
import { message as messageSchema } from '../../src/protocol/messages.ts'
import { recentMs } from '../../src/core/messages/recently-published.ts'
import { startTestServer } from '../support/chat-server.ts'
import { skipTime } from '../support/skip-time.ts'
import { fieldOf, historyOf, ok, problemOf, walk } from '../support/answers.ts'
import { invite, join } from '../support/memberships.ts'
import { logOf, openSimple, openSocket } from '../support/open-socket.ts'
import { openDatabase } from '../support/watch-database.ts'

const server = await startTestServer()
afterAll(() => server[Symbol.asyncDispose]())

describe('[M1] sending', () => {
  test('[M1] a message is stored with 201, and everybody in the room gets it', async () => {
    const [ann, ben] = [await server.register(), await server.register()]
    const room = await ann.createRoom()
    await join(room, ben)
    await using mine = await openSocket(ann)
    await using theirs = await openSocket(ben)
    const answer = await ann.send(room.id, 'Hello, Ben!', { client_id: 'my-1' })
    expect(answer.status).toBe(201)
    expect(messageSchema.strict().parse(answer.body)).toEqual({
      id: answer.body.id,
      room_id: room.id,
      seq: 3,
      user_id: ann.id,
      username: ann.username,
      display_name: null,
      message: 'Hello, Ben!',
      client_id: 'my-1',
      reply_to: null,
      timestamp: answer.body.timestamp,
      edited_at: null,
      deleted_at: null,
      reactions: [],
    })
    await mine.settle()
    await theirs.settle()
    const event = { type: 'message', ...answer.body }
    expect(mine.received).toEqual([event])
    expect(theirs.received).toEqual([event])
    expect(await historyOf(ben, room.id)).toEqual([answer.body])
  })

  const texts = {
    'the shortest': 'x',
    'one code point of four bytes': '😀',
    'a family, with zero-width joiners': '👩‍👩‍👧‍👦',
    'the indentation of its first line': '    if x:\n        y()',
    'an invisible character beside one that is seen': '\u200d.\u2800',
    'right to left, with marks of direction': 'שלום \u202eאבג\u202c \u200fعربى\u200e',
    'combining marks, not composed': 'e\u0301 Z\u0351\u036b\u0343 n\u0303',
    'composed, not decomposed': '\u00e9\u1e69',
    noncharacters: 'a\uffff\ufffe\ufdd0\u{1ffff}\u{10ffff}b',
    'a byte order mark inside': 'a\ufeffb',
    'the replacement character': '\ufffd',
    'controls but for NUL': `a${String.fromCodePoint(...Array.from({ length: 31 }, (_, i) => i + 1))}b`,
    'line ends of all kinds inside': 'a\r\nb\nc\rd\u2028e\u2029f',
    'what means something elsewhere': `'";--\\ \\u0000 %s \${x} <b>&amp;</b> {"a":1} [[]]`,
    'spaces inside': 'a   b\t\tc',
  }
  test.each(Object.entries(texts))('[M1] %s goes through unchanged', async (_, text) => {
    const user = await server.register()
    const room = await user.createRoom()
    await using socket = await openSocket(user)
    const sent = await ok(user.send(room.id, text))
    expect(sent.message).toBe(text)
    const ack = await socket.ask({ action: 'sendmessage', room_id: room.id, message: text })
    expect(ack.type).toBe('ack')
    expect(socket.ofType('message').map(({ message }) => message)).toEqual([text, text])
    expect((await historyOf(user, room.id)).map(({ message }) => message)).toEqual([text, text])
  })

  test('[M1] a text has 1 to 4,000 code points, counted after trimming', async () => {
    const user = await server.register()
    const room = await user.createRoom()
    const padding = ' \t\r\n\u00a0\u2003\u3000\ufeff'
    const right = ['x', 'x'.repeat(4_000), '😀'.repeat(4_000), 'e\u0301'.repeat(2_000)]
    for (const text of right) {
      const sent = await ok(user.send(room.id, padding + text + padding))
      expect(sent.message).toBe(text)
    }
    const wrong = [
      '',
      padding,
      'x'.repeat(4_001),
      '😀'.repeat(4_001),
      'e\u0301'.repeat(2_000) + 'x',
    ]
    for (const text of wrong) {
      const answer = await user.send(room.id, text)
      expect(problemOf(answer)).toBe('400 bad_request')
      expect(answer.body.errors[0].field).toBe('message')
    }
    expect(await historyOf(user, room.id)).toHaveLength(right.length)
  })

  test('[M1] a NUL, an unpaired surrogate and a value that is not a text are refused', async () => {
    const user = await server.register()
    const room = await user.createRoom()
    for (const text of [
      'a\0b',
      'a\ud800b',
      '\udc00',
      1,
      null,
      true,
      ['x'],
      { x: 'x' },
      undefined,
    ]) {
      const answer = await user.post('/api/messages/', { room_id: room.id, message: text })
      expect(problemOf(answer)).toBe('400 bad_request')
      expect(answer.body.errors[0].field).toBe('message')
    }
    expect(await historyOf(user, room.id)).toEqual([])
  })

  test('[M1] a text that no frame can hold is sent over HTTP, and arrives on sockets', async () => {
    const user = await server.register()
    const room = await user.createRoom()
    await using socket = await openSocket(user)
    // As JSON escapes, each code point takes six bytes.
    const text = '\u0001'.repeat(4_000)
    socket.send({ action: 'sendmessage', room_id: room.id, message: text })
    expect(await socket.next('error')).toMatchObject({ code: 'too_large', retryable: false })
    const sent = await ok(user.send(room.id, `a${text.slice(2)}b`))
    await socket.settle()
    expect(socket.ofType('message')).toEqual([{ type: 'message', ...sent }])
  })

  test('[M1] reply_to is a message of the same room', async () => {
    const user = await server.register()
    const [room, other] = [await user.createRoom(), await user.createRoom()]
    const first = await ok(user.send(room.id, 'first'))
    await ok(user.send(other.id, 'second'))
    await ok(user.send(other.id, 'third'))
    await using socket = await openSocket(user)
    const reply = await ok(user.send(room.id, 'reply', { reply_to: first.seq }))
    expect(reply.reply_to).toBe(first.seq)
    await socket.settle()
    expect(socket.received).toMatchObject([{ message: 'reply', reply_to: first.seq }])
    expect((await historyOf(user, room.id)).at(-1)).toEqual(reply)
    // 1 is the event of a join, 4 does not exist yet.
    for (const wrong of [1, 4, 0, -1, 1.5, '2']) {
      const answer = await user.send(room.id, 'reply', { reply_to: wrong })
      expect(problemOf(answer)).toBe('400 bad_request')
      expect(answer.body.errors[0].field).toBe('reply_to')
    }
  })

  test('[M1] a send to a public room without joining is forbidden', async () => {
    const [ann, ben] = [await server.register(), await server.register()]
    const room = await ann.createRoom()
    expect(problemOf(await ben.send(room.id, 'hi'))).toBe('403 forbidden')
    expect(await historyOf(ann, room.id)).toEqual([])
  })
})

describe('[M2] the log', () => {
  test('[M2] events of every kind have gapless numbers, in the order of their times', async () => {
    const [ann, ben, cid] = [
      await server.register(),
      await server.register(),
      await server.register(),
    ]
    const room = await ann.createRoom()
    await using socket = await openSocket(ann, `/ws/chat/${room.name}/`)
    await using simple = await ben.connectSimple(room.name)
    const member = `/api/rooms/${room.id}/members/${cid.username}/`
    await ok(ann.send(room.id, 'one'))
    simple.send({ message: 'two' })
    await socket.next((frame) => frame.message === 'two')
    await ok(ann.patch(`/api/rooms/${room.id}/`, { title: 'Another' }))
    await ok(ann.put(member))
    await ok(ann.put(member, { role: 'moderator' }))
    await socket.ask({ action: 'sendmessage', message: 'three' })
    await ok(ann.delete(member))
    await ok(ben.post(`/api/rooms/${room.id}/leave/`))
    await ok(ann.send(room.id, 'four'))
    await ok(ann.delete(`/api/rooms/${room.id}/`))
    await socket.closed
    expect(logOf(socket, room.id)).toEqual([
      '2 member.joined',
      '3 message',
      '4 message',
      '5 room.updated',
      '6 member.joined',
      '7 member.updated',
      '8 message',
      '9 member.left',
      '10 member.left',
      '11 message',
      '12 room.deleted',
    ])
    const times = socket.received.flatMap(({ type, timestamp }) =>
      type === 'ack' ? [] : (timestamp ?? []),
    )
    expect(times).toEqual(times.toSorted())
    await using database = await openDatabase(server)
    const rows = await database.execute(
      'select seq::int, kind from room_events where room_id = $1 order by seq',
      [room.id],
    )
    expect(rows.map(({ seq, kind }) => `${String(seq)} ${String(kind)}`)).toEqual([
      '1 member.joined',
      ...logOf(socket, room.id),
    ])
  })

  test('[M2] concurrent sends get each number once, and all sockets get the same log', async () => {
    const users = [await server.register(), await server.register(), await server.register()]
    const room = await users[0]!.createRoom()
    await join(room, ...users.slice(1))
    await using first = await openSocket(users[0]!)
    await using second = await openSocket(users[1]!, `/ws/chat/${room.name}/`)
    await Promise.all([
      ...users.flatMap((user, i) =>
        Array.from({ length: 10 }, (_, n) => user.send(room.id, `${i}.${n} by HTTP`)),
      ),
      ...Array.from({ length: 10 }, (_, n) =>
        second.ask({ action: 'sendmessage', message: `${n} by socket` }),
      ),
      users[0]!.patch(`/api/rooms/${room.id}/`, { title: 'Busy' }),
    ])
    const history = await historyOf(users[2]!, room.id)
    expect(history).toHaveLength(40)
    await first.settle()
    await second.settle()
    const numbers = Array.from({ length: 41 }, (_, i) => i + 4)
    for (const socket of [first, second]) {
      const events = socket.received
        .filter(({ type }) => type !== 'ack')
        .toSorted((a, b) => a.seq - b.seq)
      expect(events.map(({ seq }) => seq)).toEqual(numbers)
      expect(events.filter(({ type }) => type === 'message')).toEqual(
        history.map((message) => ({ type: 'message', ...message })),
      )
    }
    const times = history.map(({ timestamp }) => timestamp)
    expect(times).toEqual(times.toSorted())
  })

  test('[M2] the time is the stored one everywhere', async () => {
    const user = await server.register()
    const room = await user.createRoom()
    await using socket = await openSocket(user)
    const ack = await socket.ask({ action: 'sendmessage', room_id: room.id, message: 'when?' })
    const [stored] = await historyOf(user, room.id)
    expect(ack.timestamp).toBe(stored!.timestamp)
    expect(socket.ofType('message')).toEqual([{ type: 'message', ...stored }])
    expect(Math.abs(Date.parse(stored!.timestamp) - Date.now())).toBeLessThan(10_000)
  })
})

describe('[M3] client_id', () => {
  test('[M3] a repeated client_id returns the first message, and publishes it again after a while', async () => {
    const user = await server.register()
    const room = await user.createRoom()
    await using socket = await openSocket(user)
    await using simple = await openSimple(user, room.name)
    const first = await user.send(room.id, 'once', { client_id: 'c1' })
    expect(first.status).toBe(201)
    const event = { type: 'message', ...first.body }
    for (const [ms, shown] of [
      [0, [event]],
      [recentMs, [event, event]],
      [0, [event, event]],
    ] as const) {
      skipTime(ms)
      const again = await user.send(room.id, 'something else', { client_id: 'c1' })
      expect(again).toMatchObject({ status: 200, body: first.body })
      await socket.settle()
      expect(socket.received).toEqual(shown)
    }
    // A simple client knows no numbers, and would show it twice.
    await simple.settle()
    expect(simple.received).toEqual([event])
    expect(await historyOf(user, room.id)).toEqual([first.body])
    expect((await ok(user.get(`/api/rooms/${room.id}/`))).last_seq).toBe(2)
  })

  test('[M3] a repeat may come on a socket after HTTP, and over HTTP after a socket', async () => {
    const user = await server.register()
    const room = await user.createRoom()
    await using socket = await openSocket(user)
    const action = { action: 'sendmessage', room_id: room.id }
    const first = await ok(user.send(room.id, 'by HTTP', { client_id: 'h' }))
    const ack = await socket.ask({ ...action, message: 'by HTTP', client_id: 'h' })
    expect(ack).toMatchObject({
      type: 'ack',
      room_id: room.id,
      seq: first.seq,
      message_id: first.id,
      timestamp: first.timestamp,
      duplicate: true,
    })
    const sent = await socket.ask({ ...action, message: 'by socket', client_id: 's' })
    expect(sent).toMatchObject({ type: 'ack', seq: first.seq + 1, duplicate: false })
    const again = await user.send(room.id, 'by socket', { client_id: 's' })
    expect(again).toMatchObject({ status: 200, body: { id: sent.message_id, seq: sent.seq } })
    expect(await historyOf(user, room.id)).toHaveLength(2)
  })

  test('[M3] concurrent repeats make one message', async () => {
    const user = await server.register()
    const room = await user.createRoom()
    await using socket = await openSocket(user)
    const body = { client_id: 'same' }
    const answers = await Promise.all([
      ...Array.from({ length: 5 }, async () => (await user.send(room.id, 'x', body)).body.id),
      ...Array.from({ length: 5 }, async () => {
        const frame = { action: 'sendmessage', room_id: room.id, message: 'x', ...body }
        return (await socket.ask(frame)).message_id
      }),
    ])
    expect(new Set(answers).size).toBe(1)
    expect(await historyOf(user, room.id)).toHaveLength(1)
  })

  test("[M3] it is unique per room and sender: another user's, or one in another room, is a different message", async () => {
    const [ann, ben] = [await server.register(), await server.register()]
    const [room, other] = [await ann.createRoom(), await ann.createRoom()]
    await join(room, ben)
    const sends = [
      await ann.send(room.id, 'a', { client_id: 'c' }),
      await ben.send(room.id, 'b', { client_id: 'c' }),
      await ann.send(other.id, 'c', { client_id: 'c' }),
      await ann.send(room.id, 'd', { client_id: 'C' }),
    ]
    expect(sends.map(({ status }) => status)).toEqual([201, 201, 201, 201])
    expect((await historyOf(ann, room.id)).map(({ message }) => message)).toEqual(['a', 'b', 'd'])
    expect((await historyOf(ann, other.id)).map(({ message }) => message)).toEqual(['c'])
  })

  test('[M3] after leaving, a repeat is refused like any send', async () => {
    const [ann, ben] = [await server.register(), await server.register()]
    const room = await ann.createRoom({ title: 'P', kind: 'private' })
    await invite(ann, room, 'member', ben)
    await ok(ben.send(room.id, 'x', { client_id: 'c' }))
    await ok(ben.post(`/api/rooms/${room.id}/leave/`))
    expect(problemOf(await ben.send(room.id, 'x', { client_id: 'c' }))).toBe('404 not_found')
  })

  test('[M3] it has 1 to 64 characters, and without one the same text twice makes two messages', async () => {
    const user = await server.register()
    const room = await user.createRoom()
    for (const client_id of ['x', 'x'.repeat(64), 'ключ-1', '😀'.repeat(64)]) {
      const sent = await ok(user.send(room.id, 'x', { client_id }))
      expect(sent.client_id).toBe(client_id)
    }
    for (const client_id of ['', 'x'.repeat(65), '😀'.repeat(65), 'a\0b', '\ud800', 1, null]) {
      const answer = await user.send(room.id, 'x', { client_id })
      expect(problemOf(answer)).toBe('400 bad_request')
      expect(answer.body.errors[0].field).toBe('client_id')
    }
    const [one, two] = [await ok(user.send(room.id, 'same')), await ok(user.send(room.id, 'same'))]
    expect(two.seq).toBe(one.seq + 1)
    expect(await historyOf(user, room.id)).toHaveLength(6)
  })
})

/** A room whose messages have the numbers 2 to 12 as their texts. */
async function makeHistory() {
  const user = await server.register()
  const room = await user.createRoom()
  for (let seq = 2; seq <= 12; seq++) await ok(user.send(room.id, `${seq}`))
  const path = `/api/messages/${room.id}/`
  const page = async (query: string) => {
    const { results, next, previous } = await ok(user.get(path + query))
    return {
      seqs: results.map(({ seq }: { seq: number }) => seq),
      next: next && next.replace(path, ''),
      previous: previous && previous.replace(path, ''),
    }
  }
  return { user, room, page }
}

describe('[M4] history', () => {
  test('[M4] the newest page comes first, oldest message first within it', async () => {
    const { page } = await makeHistory()
    expect(await page('?limit=4')).toEqual({
      seqs: [9, 10, 11, 12],
      next: null,
      previous: '?limit=4&before=9',
    })
    const all = await page('')
    expect(all).toEqual({ seqs: [2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12], next: null, previous: null })
  })

  test('[M4] before, after and around a number reach the edges of the room', async () => {
    const { page } = await makeHistory()
    expect(await page('?limit=3&before=9')).toMatchObject({ seqs: [6, 7, 8] })
    expect(await page('?limit=3&before=4')).toMatchObject({ seqs: [2, 3], previous: null })
    expect(await page('?limit=3&before=2')).toMatchObject({ seqs: [], previous: null })
    expect(await page('?limit=3&before=0')).toMatchObject({ seqs: [], previous: null })
    expect(await page('?limit=3&before=99')).toMatchObject({ seqs: [10, 11, 12] })
    expect(await page('?limit=3&after=0')).toMatchObject({ seqs: [2, 3, 4], previous: null })
    expect(await page('?limit=3&after=9')).toMatchObject({ seqs: [10, 11, 12], next: null })
    expect(await page('?limit=3&after=10')).toMatchObject({ seqs: [11, 12], next: null })
    expect(await page('?limit=3&after=12')).toMatchObject({ seqs: [], next: null })
    expect(await page('?limit=3&after=99')).toMatchObject({ seqs: [], next: null })
    expect(await page('?limit=5&around=7')).toMatchObject({ seqs: [5, 6, 7, 8, 9] })
    expect(await page('?limit=4&around=7')).toMatchObject({ seqs: [5, 6, 7, 8] })
    expect(await page('?limit=1&around=7')).toMatchObject({ seqs: [7] })
    expect(await page('?limit=4&around=2')).toMatchObject({ seqs: [2, 3, 4, 5], previous: null })
    expect(await page('?limit=4&around=12')).toMatchObject({ seqs: [10, 11, 12], next: null })
    expect(await page('?limit=4&around=99')).toMatchObject({ seqs: [11, 12], next: null })
    expect(await page('?limit=4&around=0')).toMatchObject({ seqs: [2, 3, 4, 5], previous: null })
  })

  test('[M4] the links around a page lead to all other messages', async () => {
    const { user, room, page } = await makeHistory()
    const path = `/api/messages/${room.id}/`
    for (const query of [
      '?limit=3&around=7',
      '?limit=2&before=8',
      '?limit=2&after=6',
      '?limit=1&around=2',
    ]) {
      const start = await page(query)
      const older = start.previous ? await walk(user, path + start.previous, 'previous') : []
      const newer = start.next ? await walk(user, path + start.next, 'next') : []
      const seqs = [...fieldOf(older.toReversed(), 'seq'), ...start.seqs, ...fieldOf(newer, 'seq')]
      expect(seqs).toEqual([2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])
    }
  })

  test('[M4] at most one of them is allowed, and each is a whole number', async () => {
    const { user, room } = await makeHistory()
    const wrong = [
      'before=3&after=3',
      'before=3&around=3',
      'after=1&around=1',
      'before=-1',
      'after=',
      'around=x',
      'before=1.0',
      'after=99999999999999999',
    ]
    for (const query of wrong) {
      const answer = await user.get(`/api/messages/${room.id}/?${query}`)
      expect(problemOf(answer)).toBe('400 bad_request')
    }
  })

  test('[M4] anybody reads a public room’s history, and members read a private one’s, even from before they joined', async () => {
    const [ann, ben] = [await server.register(), await server.register()]
    const open = await ann.createRoom()
    const hidden = await ann.createRoom({ title: 'P', kind: 'private' })
    for (const room of [open, hidden]) await ok(ann.send(room.id, 'early'))
    expect(await historyOf(ben, open.id)).toHaveLength(1)
    expect(problemOf(await ben.get(`/api/messages/${hidden.id}/`))).toBe('404 not_found')
    await invite(ann, hidden, 'member', ben)
    expect(await historyOf(ben, hidden.id)).toEqual(await historyOf(ann, hidden.id))
  })
})
