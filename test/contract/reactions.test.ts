import { afterAll, describe, expect, test } from 'vitest'
import { emojisPerMessage } from '../../src/protocol/limits.ts'
import { message as messageSchema, type Reaction } from '../../src/protocol/messages.ts'
import { recentMs } from '../../src/core/messages/recently-published.ts'
import { startTestServer } from '../support/chat-server.ts'
import { skipTime } from '../support/skip-time.ts'
import { testPassword, type TestUser } from '../support/test-user.ts'
import { historyOf, ok, problemOf } from '../support/answers.ts'
import { join } from '../support/memberships.ts'
import { openSocket } from '../support/open-socket.ts'

const server = await startTestServer()
afterAll(() => server[Symbol.asyncDispose]())

/** A room of two users, with a message of Ann. */
async function makeRoom() {
  const [ann, ben] = [await server.register(), await server.register()]
  const room = await ann.createRoom()
  await join(room, ben)
  const sent = await ok(ann.send(room.id, 'What do you think?', { client_id: 'one' }))
  const path = `/api/messages/${room.id}/${sent.seq}/reactions/`
  return { ann, ben, room, sent, path }
}

const by = ({ id, username }: TestUser) => ({ user_id: id, username })

async function reactionsOf(user: TestUser, roomId: number): Promise<Reaction[]> {
  return (await historyOf(user, roomId)).flatMap(({ reactions }) => reactions)
}

describe('[M5] reactions', () => {
  test('[M5] are counted, show each user their own, and are sent to everybody', async () => {
    const { ann, ben, room, sent, path } = await makeRoom()
    await using socket = await openSocket(ann)
    const answer = await ben.put(`${path}👍/`)
    expect(answer.status).toBe(200)
    const first = { emoji: '👍', first_seq: sent.seq + 1 }
    expect(messageSchema.strict().parse(answer.body)).toEqual({
      ...sent,
      reactions: [{ ...first, count: 1, mine: true }],
    })
    expect(await reactionsOf(ann, room.id)).toEqual([{ ...first, count: 1, mine: false }])
    await ok(ann.put(`${path}👍/`))
    expect(await reactionsOf(ben, room.id)).toEqual([{ ...first, count: 2, mine: true }])
    expect((await ben.delete(`${path}👍/`)).status).toBe(204)
    expect(await reactionsOf(ben, room.id)).toEqual([{ ...first, count: 1, mine: false }])
    await ok(ann.delete(`${path}👍/`))
    expect(await historyOf(ben, room.id)).toEqual([sent])
    await socket.settle()
    const event = { type: 'reaction', room_id: room.id, message_id: sent.id, emoji: '👍' }
    expect(socket.received).toMatchObject([
      { ...event, ...by(ben), seq: 4, reacted: true, count: 1, first_seq: 4 },
      { ...event, ...by(ann), seq: 5, reacted: true, count: 2, first_seq: 4 },
      { ...event, ...by(ben), seq: 6, reacted: false, count: 1, first_seq: 4 },
      { ...event, ...by(ann), seq: 7, reacted: false, count: 0, first_seq: null },
    ])
    for (const { message_seq } of socket.received) expect(message_seq).toBe(sent.seq)
  })

  test('[M5] change nothing when repeated', async () => {
    const { ann, ben, room, sent, path } = await makeRoom()
    await using socket = await openSocket(ann)
    await ok(ben.delete(`${path}👍/`))
    const first = await ok(ben.put(`${path}👍/`))
    expect(await ok(ben.put(`${path}👍/`))).toEqual(first)
    await ok(ben.delete(`${path}👍/`))
    await ok(ben.delete(`${path}👍/`))
    await socket.settle()
    expect(socket.received.map(({ reacted }) => reacted)).toEqual([true, false])
    expect(await ok(ann.get(`/api/rooms/${room.id}/`))).toMatchObject({ last_seq: sent.seq + 2 })
  })

  test('[M5] are in the order in which their emojis came, even when the first user takes theirs back', async () => {
    const { ann, ben, room, path } = await makeRoom()
    for (const emoji of ['🎉', '👍', '❤️']) await ok(ann.put(`${path}${emoji}/`))
    for (const emoji of ['❤️', '🎉']) await ok(ben.put(`${path}${emoji}/`))
    const order = async () => (await reactionsOf(ben, room.id)).map(({ emoji }) => emoji)
    expect(await order()).toEqual(['🎉', '👍', '❤️'])
    await ok(ann.delete(`${path}🎉/`))
    expect(await order()).toEqual(['🎉', '👍', '❤️'])
    await ok(ben.delete(`${path}🎉/`))
    await ok(ben.put(`${path}🎉/`))
    expect(await order()).toEqual(['👍', '❤️', '🎉'])
  })

  const emojis = {
    'one code point': '🎉',
    'a heart, with its variation selector': '❤️',
    'a skin tone': '👍🏽',
    'a family of joined people': '👩‍👩‍👧‍👦',
    'the longest there is': '👩🏻‍❤️‍💋‍👩🏼',
    'a flag': '🇺🇳',
    'a flag of tags': '🏴󠁧󠁢󠁷󠁬󠁳󠁿',
    'a keycap with a number sign, which a path would cut off': '#️⃣',
    'a keycap with a star': '*️⃣',
  }
  test.each(Object.entries(emojis))('[M5] %s goes through unchanged', async (_, emoji) => {
    const { ann, ben, room, path } = await makeRoom()
    await using socket = await openSocket(ann)
    const encoded = `${path}${encodeURIComponent(emoji)}`
    await ok(ben.put(`${encoded}/`))
    await ok(ben.put(encoded))
    expect(await reactionsOf(ann, room.id)).toMatchObject([{ emoji, count: 1 }])
    expect(await socket.next('reaction')).toMatchObject({ emoji, count: 1 })
    await ok(ben.delete(encoded))
    expect(await reactionsOf(ann, room.id)).toEqual([])
  })

  const noEmojis = {
    'a letter': 'a',
    'a digit': '1',
    'a number sign': '%23',
    'two emojis': '👍👍',
    'an emoji and a space': '👍%20',
    'a joiner': '%E2%80%8D',
    'half a flag': '🇺',
    'a flag of no country': '🇽🇽',
    'a skin tone on what has no skin': '🎉🏽',
    'a chain of people': '👩‍👩‍👩‍👩‍👩‍👩‍👩',
    'an emoji with marks': '👍́',
    'two hundred emojis': '👍'.repeat(200),
    'a NUL': '%00',
    SQL: "'%20or%201=1%20--",
    HTML: '%3Cb%3E',
  }
  test.each(Object.entries(noEmojis))('[M5] %s is not an emoji', async (_, word) => {
    const { ann, room, sent, path } = await makeRoom()
    for (const answer of [await ann.put(`${path}${word}/`), await ann.delete(`${path}${word}/`)]) {
      expect(problemOf(answer)).toBe('400 bad_request')
      expect(answer.body.errors).toEqual([{ field: 'emoji', message: 'must be one emoji' }])
    }
    expect(await historyOf(ann, room.id)).toEqual([sent])
  })

  test('[M5] have at most 20 emojis on a message', async () => {
    const { ann, ben, room, path } = await makeRoom()
    const all = Array.from({ length: emojisPerMessage + 1 }, (_, i) =>
      String.fromCodePoint(0x1f600 + i),
    )
    for (const emoji of all.slice(0, -1)) await ok(ann.put(`${path}${emoji}/`))
    const over = await ben.put(`${path}${all.at(-1)}/`)
    expect(problemOf(over)).toBe('409 conflict')
    expect(over.body.detail).toContain('20')
    await ok(ben.put(`${path}${all[0]}/`))
    await ok(ann.delete(`${path}${all[1]}/`))
    await ok(ben.put(`${path}${all.at(-1)}/`))
    expect(await reactionsOf(ann, room.id)).toHaveLength(emojisPerMessage)
  })

  test('[M5] are for members only', async () => {
    const { ann, room, sent, path } = await makeRoom()
    const stranger = await server.register()
    expect(problemOf(await stranger.put(`${path}👍/`))).toBe('403 forbidden')
    expect(problemOf(await stranger.delete(`${path}👍/`))).toBe('403 forbidden')
    expect(await historyOf(ann, room.id)).toEqual([sent])
  })

  test('[M5] are all counted when they come at once', async () => {
    const { ann, room, path } = await makeRoom()
    const users = await Promise.all(Array.from({ length: 12 }, () => server.register()))
    await join(room, ...users)
    await using socket = await openSocket(ann)
    await Promise.all(users.map((user) => ok(user.put(`${path}👍/`))))
    expect(await reactionsOf(ann, room.id)).toMatchObject([{ emoji: '👍', count: 12 }])
    await socket.settle()
    const counts = socket.received.toSorted((a, b) => a.seq - b.seq).map(({ count }) => count)
    expect(counts).toEqual(Array.from({ length: 12 }, (_, i) => i + 1))
  })

  test('[M3, M5] are in the answer to a repeated send, which shows others only the message', async () => {
    const { ann, ben, room, sent, path } = await makeRoom()
    const { reactions } = await ok(ann.put(`${path}👍/`))
    await using socket = await openSocket(ben)
    skipTime(recentMs)
    expect(await ok(ann.send(room.id, 'again', { client_id: 'one' }))).toMatchObject({
      id: sent.id,
    })
    await socket.settle()
    expect(socket.received).toEqual([{ type: 'message', ...sent }])
    expect(reactions).toMatchObject([{ mine: true }])
  })

  test('[A5] of an erased user stay, without a name', async () => {
    const { ann, ben, room, path } = await makeRoom()
    await ok(ben.put(`${path}👍/`))
    await ok(ben.delete('/api/users/me/', { password: testPassword }))
    expect(await reactionsOf(ann, room.id)).toMatchObject([{ emoji: '👍', count: 1, mine: false }])
    const { results } = await ok(ann.get(`/api/rooms/${room.id}/events/?after=3`))
    expect(results[0]).toMatchObject({ type: 'reaction', username: null, reacted: true, count: 1 })
  })
})
