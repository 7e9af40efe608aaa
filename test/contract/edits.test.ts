import { afterAll, describe, expect, test } from 'vitest'
import { message as messageSchema } from '../../src/protocol/messages.ts'
import { startTestServer } from '../support/chat-server.ts'
import { testPassword } from '../support/test-user.ts'
import { historyOf, ok, problemOf } from '../support/answers.ts'
import { invite, join } from '../support/memberships.ts'
import { openSimple, openSocket } from '../support/open-socket.ts'
import { openDatabase } from '../support/watch-database.ts'

const server = await startTestServer()
afterAll(() => server[Symbol.asyncDispose]())

/** A room of two, with a message of Ann's. */
async function makeRoom(kind = 'public') {
  const [ann, ben] = [await server.register(), await server.register()]
  const room = await ann.createRoom({ title: 'Edits', kind })
  await invite(ann, room, 'member', ben)
  const sent = await ok(ann.send(room.id, 'first', { client_id: 'one' }))
  return { ann, ben, room, sent, path: `/api/messages/${room.id}/${sent.seq}/` }
}

/** A direct chat, with a message and a reaction of Ann's. */
async function makeChat() {
  const [ann, ben] = [await server.register(), await server.register()]
  const { id } = await ok(ann.post('/api/direct/', { username: ben.username }))
  const { seq } = await ok(ann.send(id, 'something'))
  const path = `/api/messages/${id}/${seq}/`
  await ok(ann.put(`${path}reactions/👍/`))
  return { ann, ben, path }
}

describe('[M5] an edit', () => {
  test('[M5] gives the message another text, with the time of its event', async () => {
    const { ann, ben, room, sent, path } = await makeRoom()
    await using socket = await openSocket(ben)
    const answer = await ann.patch(path, { message: '\nsecond\t' })
    expect(answer.status).toBe(200)
    const edited = messageSchema.strict().parse(answer.body)
    expect(edited).toEqual({ ...sent, message: 'second', edited_at: edited.edited_at })
    await socket.settle()
    expect(socket.received).toEqual([
      {
        type: 'message.edited',
        room_id: room.id,
        seq: sent.seq + 1,
        timestamp: edited.edited_at,
        message_seq: sent.seq,
        message_id: sent.id,
        message: 'second',
        edited_at: edited.edited_at,
      },
    ])
    expect(await historyOf(ben, room.id)).toEqual([edited])
    expect(await ok(ann.get(`/api/rooms/${room.id}/`))).toMatchObject({ last_seq: sent.seq + 1 })
  })

  test('[M5] that changes nothing is no event', async () => {
    const { ann, room, sent, path } = await makeRoom()
    await using socket = await openSocket(ann)
    const again = await ann.patch(path, { message: 'first \n' })
    expect(again).toMatchObject({ status: 200, body: sent })
    await socket.settle()
    expect(socket.received).toEqual([])
    expect(await ok(ann.get(`/api/rooms/${room.id}/`))).toMatchObject({ last_seq: sent.seq })
  })

  test('[M5] is its author’s alone, also against the owner', async () => {
    const { ann, ben, room, sent, path } = await makeRoom()
    expect(problemOf(await ben.patch(path, { message: 'mine' }))).toBe('403 forbidden')
    const theirs = await ok(ben.send(room.id, 'theirs'))
    expect(
      problemOf(await ann.patch(`/api/messages/${room.id}/${theirs.seq}/`, { message: 'no' })),
    ).toBe('403 forbidden')
    expect(await historyOf(ann, room.id)).toEqual([sent, theirs])
  })

  test('[M5] needs its author to be in the room still', async () => {
    const { ann, ben, room } = await makeRoom('private')
    const open = await ann.createRoom()
    await join(open, ben)
    const paths = []
    for (const { id } of [room, open]) {
      const { seq } = await ok(ben.send(id, 'x'))
      await ok(ben.post(`/api/rooms/${id}/leave/`))
      paths.push(`/api/messages/${id}/${seq}/`)
    }
    const problems = []
    for (const path of paths) problems.push(problemOf(await ben.patch(path, { message: 'y' })))
    expect(problems).toEqual(['404 not_found', '403 forbidden'])
    for (const path of paths) problems.push(problemOf(await ben.delete(path)))
    for (const path of paths) problems.push(problemOf(await ben.put(`${path}reactions/🎉/`)))
    expect(new Set(problems)).toEqual(new Set(['404 not_found', '403 forbidden']))
  })

  test('[M5] of another event, or of none, finds no message', async () => {
    const { ann, room } = await makeRoom()
    for (const seq of [0, 1, 2, 4, Number.MAX_SAFE_INTEGER, '9007199254740992', '-1', 'x', '1.0']) {
      const path = `/api/messages/${room.id}/${seq}/`
      const answers = [
        await ann.patch(path, { message: 'x' }),
        await ann.delete(path),
        await ann.put(`${path}reactions/🎉/`),
        await ann.delete(`${path}reactions/🎉/`),
      ]
      for (const answer of answers) {
        expect(problemOf(answer)).toBe('404 not_found')
        expect(answer.body.detail).toBe('no such message')
      }
    }
  })

  test('[M5] of a text like that of a message, nothing else', async () => {
    const { ann, sent, room, path } = await makeRoom()
    const longest = '😀'.repeat(4_000)
    expect((await ok(ann.patch(path, { message: longest }))).message).toBe(longest)
    for (const message of ['', ' \n', 'x'.repeat(4_001), 'a\0b', '\ud800', 1, null, undefined]) {
      const answer = await ann.patch(path, { message })
      expect(problemOf(answer)).toBe('400 bad_request')
      expect(answer.body.errors[0].field).toBe('message')
    }
    expect(await historyOf(ann, room.id)).toMatchObject([{ id: sent.id, message: longest }])
  })

  test('[M3, M5] a repeated send answers with the edited text', async () => {
    const { ann, room, path } = await makeRoom()
    const edited = await ok(ann.patch(path, { message: 'second' }))
    const again = await ann.send(room.id, 'first', { client_id: 'one' })
    expect(again).toMatchObject({ status: 200, body: edited })
  })

  test('[M5] many at once are as many events, and the last is what stays', async () => {
    const { ann, room, sent, path } = await makeRoom()
    await using socket = await openSocket(ann)
    await Promise.all(
      Array.from({ length: 10 }, (_, i) => ok(ann.patch(path, { message: `edit ${i}` }))),
    )
    await socket.settle()
    const events = socket.received.toSorted((a, b) => a.seq - b.seq)
    expect(events.map(({ seq }) => seq)).toEqual(
      Array.from({ length: 10 }, (_, i) => sent.seq + 1 + i),
    )
    const { message, edited_at } = events.at(-1)
    expect(await historyOf(ann, room.id)).toEqual([{ ...sent, message, edited_at }])
  })
})

describe('[M5] a deletion', () => {
  test('[M5] leaves a tombstone, and the text nowhere', async () => {
    const { ann, ben, room, sent, path } = await makeRoom()
    await ok(ann.patch(path, { message: 'a secret to be erased' }))
    await ok(ben.put(`${path}reactions/👍/`))
    await using socket = await openSocket(ben)
    expect((await ann.delete(path)).status).toBe(204)
    await socket.settle()
    const [stone] = await historyOf(ben, room.id)
    expect(stone).toEqual({
      ...sent,
      message: null,
      edited_at: stone!.edited_at,
      deleted_at: stone!.deleted_at,
    })
    expect(socket.received).toEqual([
      {
        type: 'message.deleted',
        room_id: room.id,
        seq: sent.seq + 3,
        timestamp: stone!.deleted_at,
        message_seq: sent.seq,
        message_id: sent.id,
        deleted_at: stone!.deleted_at,
        deleted_by: null,
      },
    ])
    await using database = await openDatabase(server)
    const [row] = await database.execute(
      'select m::text as row from messages m where id = $1 and text is null',
      [sent.id],
    )
    expect(row!['row']).not.toContain('secret')
    expect(
      await database.execute('select from reactions where message_id = $1', [sent.id]),
    ).toHaveLength(0)
  })

  test('[M5] repeated changes nothing; of a deleted message nothing else is changed', async () => {
    const { ann, ben, room, sent, path } = await makeRoom()
    await ok(ben.put(`${path}reactions/👍/`))
    await ok(ann.delete(path))
    const before = await historyOf(ann, room.id)
    await using socket = await openSocket(ann)
    expect((await ann.delete(path)).status).toBe(204)
    expect((await ben.delete(`${path}reactions/👍/`)).status).toBe(204)
    expect(problemOf(await ann.patch(path, { message: 'back' }))).toBe('409 conflict')
    expect(problemOf(await ann.put(`${path}reactions/👍/`))).toBe('409 conflict')
    await socket.settle()
    expect(socket.received).toEqual([])
    expect(await historyOf(ann, room.id)).toEqual(before)
    const again = await ann.send(room.id, 'first', { client_id: 'one' })
    expect(again).toMatchObject({ status: 200, body: { id: sent.id, message: null } })
  })

  test('[M5] is also the owner’s and the moderators’, who are named', async () => {
    const { ann, ben, room } = await makeRoom()
    const [mod, other] = [await server.register(), await server.register()]
    await invite(ann, room, 'moderator', mod)
    await invite(ann, room, 'member', other)
    await using socket = await openSocket(ben)
    for (const by of [ann, mod]) {
      const { seq } = await ok(ben.send(room.id, 'against the rules'))
      const path = `/api/messages/${room.id}/${seq}/`
      expect(problemOf(await other.delete(path))).toBe('403 forbidden')
      expect((await by.delete(path)).status).toBe(204)
      const told = await socket.next(
        (frame) => frame.type === 'message.deleted' && frame.message_seq === seq,
      )
      expect(told.deleted_by).toEqual({
        user_id: by.id,
        username: by.username,
        display_name: null,
      })
    }
    const own = await ok(ann.send(room.id, 'by the owner'))
    expect((await mod.delete(`/api/messages/${room.id}/${own.seq}/`)).status).toBe(204)
  })

  test('[M5] in a direct chat is its author’s alone', async () => {
    const [ann, ben] = [await server.register(), await server.register()]
    const { id } = await ok(ann.post('/api/direct/', { username: ben.username }))
    const { seq } = await ok(ann.send(id, 'you said it'))
    expect(problemOf(await ben.delete(`/api/messages/${id}/${seq}/`))).toBe('403 forbidden')
    expect((await ann.delete(`/api/messages/${id}/${seq}/`)).status).toBe(204)
  })

  test('[M8] takes it from what is unread', async () => {
    const { ann, ben, room, path } = await makeRoom()
    const unread = async () => (await ok(ben.get(`/api/rooms/${room.id}/`))).unread
    await ok(ann.send(room.id, 'another'))
    expect(await unread()).toBe(2)
    await ok(ann.patch(path, { message: 'edited' }))
    await ok(ann.put(`${path}reactions/👍/`))
    expect(await unread()).toBe(2)
    await ok(ann.delete(path))
    expect(await unread()).toBe(1)
  })

  test('[M1, M5] can still be replied to', async () => {
    const { ann, room, sent, path } = await makeRoom()
    await ok(ann.delete(path))
    const reply = await ok(ann.send(room.id, 'what was it?', { reply_to: sent.seq }))
    expect(reply.reply_to).toBe(sent.seq)
  })
})

describe('[M5] a change', () => {
  test('[W2] is not told to simple clients', async () => {
    const { ann, ben, room, path } = await makeRoom()
    await using simple = await openSimple(ben, room.name)
    await ok(ann.patch(path, { message: 'second' }))
    await ok(ann.put(`${path}reactions/👍/`))
    await ok(ann.delete(`${path}reactions/👍/`))
    await ok(ann.delete(path))
    await ok(ann.send(room.id, 'the last'))
    await simple.settle()
    expect(simple.received.map(({ message }) => message)).toEqual(['the last'])
  })

  test('[R5] is not told to who was removed', async () => {
    const { ann, ben, room, path } = await makeRoom()
    await using socket = await openSocket(ben)
    await ok(ann.delete(`/api/rooms/${room.id}/members/${ben.username}/`))
    await ok(ann.patch(path, { message: 'second' }))
    await ok(ann.delete(path))
    await socket.settle()
    expect(socket.received.map(({ type }) => type)).toEqual(['member.left', 'room.removed'])
  })

  test('[W9] counts as a send, unless it changes nothing', async () => {
    await using limited = await startTestServer({ limits: { sends: { count: 6, seconds: 60 } } })
    const user = await limited.register()
    const room = await user.createRoom()
    const { seq } = await ok(user.send(room.id, 'first'))
    const path = `/api/messages/${room.id}/${seq}/`
    const left = []
    for (const work of [
      () => user.patch(path, { message: 'second' }),
      () => user.patch(path, { message: 'second' }),
      () => user.put(`${path}reactions/👍/`),
      () => user.put(`${path}reactions/👍/`),
      () => user.delete(`${path}reactions/👍/`),
      () => user.delete(`${path}reactions/👍/`),
      () => user.put(`${path}reactions/🎉/`),
      () => user.delete(path),
      () => user.delete(path),
    ]) {
      const answer = await work()
      expect(answer.status).toBeLessThan(300)
      expect(answer.headers.get('ratelimit-limit')).toBe('6')
      left.push(Number(answer.headers.get('ratelimit-remaining')))
    }
    expect(left).toEqual([4, 4, 3, 3, 2, 2, 1, 0, 0])
    await using database = await openDatabase(limited)
    await database.execute(`update users set sends_full_at = now() + interval '60 s'`)
    const other = `/api/messages/${room.id}/${seq}/`
    expect((await user.delete(other)).status).toBe(204)
    expect(problemOf(await user.send(room.id, 'one more'))).toBe('429 rate_limited')
    await database.execute('update users set sends_full_at = now()')
    const next = await ok(user.send(room.id, 'one more'))
    await database.execute(`update users set sends_full_at = now() + interval '60 s'`)
    const over = await user.patch(`/api/messages/${room.id}/${next.seq}/`, { message: 'over' })
    expect(problemOf(over)).toBe('429 rate_limited')
    expect(over.headers.get('ratelimit-remaining')).toBe('0')
    expect(Number(over.headers.get('retry-after'))).toBeGreaterThan(0)
    expect(await historyOf(user, room.id)).toMatchObject([{ message: null }, next])
  })
})

describe('[A6] in a direct chat with somebody who is blocked or gone', () => {
  test('[A6] nothing is edited or reacted to; what was said may be taken back', async () => {
    const { ann, ben, path } = await makeChat()
    await ok(ben.put(`/api/users/me/blocks/${ann.username}/`))
    for (const user of [ann, ben]) {
      expect(problemOf(await user.put(`${path}reactions/🎉/`))).toBe('403 forbidden')
    }
    expect(problemOf(await ann.patch(path, { message: 'something else' }))).toBe('403 forbidden')
    expect((await ann.delete(`${path}reactions/👍/`)).status).toBe(204)
    expect((await ann.delete(path)).status).toBe(204)
  })

  test('[A5] so with who has deleted their account', async () => {
    const { ann, ben, path } = await makeChat()
    await ok(ben.delete('/api/users/me/', { password: testPassword }))
    expect(problemOf(await ann.patch(path, { message: 'something else' }))).toBe('409 conflict')
    expect(problemOf(await ann.put(`${path}reactions/🎉/`))).toBe('409 conflict')
    expect((await ann.delete(path)).status).toBe(204)
  })
})
