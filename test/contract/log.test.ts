import { afterAll, describe, expect, test } from 'vitest'
import { pageMaxBytes } from '../../src/protocol/limits.ts'
import { eventPage } from '../../src/protocol/socket.ts'
import type { Answer } from '../support/api-client.ts'
import { startTestServer } from '../support/chat-server.ts'
import { testPassword, type TestUser } from '../support/test-user.ts'
import { fieldOf, historyOf, ok, problemOf, walk } from '../support/answers.ts'
import { invite, join } from '../support/memberships.ts'
import { logOf, openSocket } from '../support/open-socket.ts'

const server = await startTestServer()
afterAll(() => server[Symbol.asyncDispose]())

async function readLog(user: TestUser, roomId: number, after = 0): Promise<Answer['body'][]> {
  const pages = await walk(user, `/api/rooms/${roomId}/events/?limit=3&after=${after}`)
  for (const page of pages) expect(eventPage.strict().parse(page)).toEqual(page)
  return pages.flatMap((page) => page.results)
}

describe('[M6] the log of a room', () => {
  test('[M6] replays every kind of event that was sent', async () => {
    const [ann, ben, cid, dan] = [
      await server.register(),
      await server.register(),
      await server.register(),
      await server.register(),
    ]
    const room = await ann.createRoom()
    await using socket = await openSocket(ann)
    const path = `/api/rooms/${room.id}/`
    const memberPath = ({ username }: TestUser) => `${path}members/${username}/`
    await join(room, ben)
    await invite(ann, room, 'member', cid)
    await invite(ann, room, 'moderator', dan)
    await ok(ann.put(memberPath(ben), { role: 'moderator' }))
    const edited = await ok(ben.send(room.id, 'first', { client_id: 'one' }))
    await ok(ben.patch(`/api/messages/${room.id}/${edited.seq}/`, { message: 'second' }))
    const liked = await ok(ann.send(room.id, 'liked', { reply_to: edited.seq }))
    await ok(ben.put(`/api/messages/${room.id}/${liked.seq}/reactions/👍/`))
    await ok(cid.put(`/api/messages/${room.id}/${liked.seq}/reactions/🎉/`))
    const [own, other] = [await ok(cid.send(room.id, 'own')), await ok(cid.send(room.id, 'other'))]
    await ok(cid.delete(`/api/messages/${room.id}/${own.seq}/`))
    await ok(dan.delete(`/api/messages/${room.id}/${other.seq}/`))
    await ok(ann.patch(path, { title: 'Another', description: 'With words' }))
    await ok(cid.post(`${path}leave/`))
    await ok(ann.delete(memberPath(dan)))
    await using newcomer = await openSocket(await server.register(), `/ws/chat/${room.name}/`)
    await newcomer.settle()
    await socket.settle()

    const events = await readLog(ann, room.id)
    expect(events.map(({ seq, type }) => `${seq} ${type}`)).toEqual([
      '1 member.joined',
      ...logOf(socket, room.id),
    ])
    expect(events[0]).toMatchObject({ user_id: ann.id, username: ann.username, role: 'owner' })
    // A message appears as it is now, as in the history. All other events are as they were sent.
    const history = new Map(
      (await historyOf(ann, room.id)).map((message) => [message.seq, message]),
    )
    const pushed = socket.received.filter(({ room_id, seq }) => room_id === room.id && seq > 0)
    expect(events.slice(1)).toEqual(
      pushed.map((event) =>
        event.type === 'message' ? { type: 'message', ...history.get(event.seq) } : event,
      ),
    )
    const kinds = new Set(events.map(({ type }) => type))
    expect(kinds).toEqual(
      new Set([
        'member.joined',
        'member.updated',
        'message',
        'message.edited',
        'reaction',
        'message.deleted',
        'room.updated',
        'member.left',
      ]),
    )
    const unchanged = pushed.find(({ type }) => type === 'message')
    expect(unchanged).toMatchObject({ message: 'first', reactions: [] })
  })

  test('[M6] shows the present state: no text of a deleted message, the last of several edits and titles', async () => {
    const user = await server.register()
    const room = await user.createRoom()
    const secret = await ok(user.send(room.id, 'a secret'))
    const path = `/api/messages/${room.id}/${secret.seq}/`
    await ok(user.patch(path, { message: 'another secret' }))
    await ok(user.put(`${path}reactions/👍/`))
    await ok(user.delete(path))
    const kept = await ok(user.send(room.id, 'one'))
    for (const message of ['two', 'three']) {
      await ok(user.patch(`/api/messages/${room.id}/${kept.seq}/`, { message }))
    }
    for (const title of ['One', 'Two']) await ok(user.patch(`/api/rooms/${room.id}/`, { title }))
    const events = await readLog(user, room.id)
    expect(JSON.stringify(events)).not.toContain('secret')
    expect(events.slice(1)).toMatchObject([
      { type: 'message', message: null, deleted_at: expect.any(String), reactions: [] },
      { type: 'message.edited', message: null },
      { type: 'reaction', reacted: false, count: 0, first_seq: null },
      { type: 'message.deleted', deleted_by: null },
      { type: 'message', message: 'three' },
      { type: 'message.edited', message: 'three' },
      { type: 'message.edited', message: 'three' },
      { type: 'room.updated', title: 'Two' },
      { type: 'room.updated', title: 'Two' },
    ])
  })

  test('[M6] shows each user their own reactions', async () => {
    const [ann, ben] = [await server.register(), await server.register()]
    const room = await ann.createRoom()
    await join(room, ben)
    const { seq } = await ok(ann.send(room.id, 'hi'))
    await ok(ben.put(`/api/messages/${room.id}/${seq}/reactions/👍/`))
    const mine = async (user: TestUser) =>
      (await readLog(user, room.id)).find(({ type }) => type === 'message').reactions[0].mine
    expect(await mine(ann)).toBe(false)
    expect(await mine(ben)).toBe(true)
  })

  test('[A5] has no name of a deleted account', async () => {
    const [ann, ben, cid] = [
      await server.register(),
      await server.register(),
      await server.register(),
    ]
    const room = await ann.createRoom()
    await join(room, ben, cid)
    await ok(ann.put(`/api/rooms/${room.id}/members/${ben.username}/`, { role: 'moderator' }))
    const { seq } = await ok(ben.send(room.id, 'mine'))
    await ok(ben.put(`/api/messages/${room.id}/${seq}/reactions/👍/`))
    const theirs = await ok(cid.send(room.id, 'theirs'))
    await ok(ben.delete(`/api/messages/${room.id}/${theirs.seq}/`))
    await ok(ben.delete(`/api/rooms/${room.id}/members/${cid.username}/`))
    await ok(ben.delete('/api/users/me/', { password: testPassword }))
    const events = await readLog(ann, room.id)
    expect(JSON.stringify(events)).not.toContain(`"${ben.username}"`)
    expect(events.slice(1)).toMatchObject([
      { type: 'member.joined', user_id: ben.id, username: null },
      { type: 'member.joined', user_id: cid.id, username: cid.username },
      { type: 'member.updated', user_id: ben.id, username: null, role: 'moderator' },
      { type: 'message', user_id: null, username: null, message: 'mine' },
      { type: 'reaction', user_id: ben.id, username: null, count: 1 },
      { type: 'message', username: cid.username, message: null },
      { type: 'message.deleted', deleted_by: { user_id: ben.id, username: null } },
      { type: 'member.left', user_id: cid.id, removed_by: { user_id: ben.id, username: null } },
      { type: 'member.left', user_id: ben.id, username: null, removed_by: null },
    ])
  })

  test('[A5] distinguishes what a deleted account did to itself and to others', async () => {
    const [ann, ben] = [await server.register(), await server.register()]
    const room = await ann.createRoom()
    await join(room, ben)
    const remove = async (by: TestUser, message: string) => {
      const { seq } = await ok(ben.send(room.id, message))
      await ok(by.delete(`/api/messages/${room.id}/${seq}/`))
    }
    await remove(ben, 'my own')
    await remove(ann, 'against the rules')
    await ok(ben.delete('/api/users/me/', { password: testPassword }))
    const events = await readLog(ann, room.id)
    expect(events.filter(({ type }) => /deleted|left/.test(type))).toMatchObject([
      { type: 'message.deleted', deleted_by: null },
      { type: 'message.deleted', deleted_by: { user_id: ann.id, username: ann.username } },
      { type: 'member.left', user_id: ben.id, username: null, removed_by: null },
    ])
  })

  test('[M6] is for users who may read the room', async () => {
    const [ann, stranger] = [await server.register(), await server.register()]
    const open = await ann.createRoom()
    expect(await readLog(stranger, open.id)).toHaveLength(1)
    const path = `/api/rooms/${open.id}/events/`
    await ok(ann.delete(`/api/rooms/${open.id}/`))
    expect(problemOf(await ann.get(path))).toBe('404 not_found')
  })

  test('[M6] continues from a position, even from beyond its end', async () => {
    const user = await server.register()
    const room = await user.createRoom()
    for (let i = 0; i < 9; i++) await ok(user.send(room.id, `${i}`))
    const path = `/api/rooms/${room.id}/events/`
    const first = await ok(user.get(path))
    expect(first.results).toHaveLength(10)
    expect(first).toMatchObject({ next: null, previous: null })
    const rest = await readLog(user, room.id, 4)
    expect(rest.map(({ seq }) => seq)).toEqual([5, 6, 7, 8, 9, 10])
    const exact = await ok(user.get(`${path}?limit=10`))
    expect(exact.next).toBeNull()
    const part = await ok(user.get(`${path}?limit=9`))
    expect(part.next).toBe(`${path}?limit=9&after=9`)
    for (const after of [10, 11, Number.MAX_SAFE_INTEGER]) {
      expect(await ok(user.get(`${path}?after=${after}`))).toEqual({
        results: [],
        next: null,
        previous: null,
      })
    }
  })

  test('[C4] ends a page early at 256 KB: messages of 4,000 four-byte characters, edited', async () => {
    const user = await server.register()
    const room = await user.createRoom()
    for (let i = 0; i < 50; i++) {
      const { seq } = await ok(user.send(room.id, 'x'))
      await ok(
        user.patch(`/api/messages/${room.id}/${seq}/`, { message: `${i} ${'😀'.repeat(3_990)}` }),
      )
    }
    const pages = await walk(user, `/api/rooms/${room.id}/events/?limit=100`)
    expect(pages.length).toBeGreaterThan(5)
    for (const { results } of pages) {
      expect(Buffer.byteLength(JSON.stringify(results))).toBeLessThanOrEqual(pageMaxBytes + 1_024)
    }
    expect(fieldOf(pages, 'seq')).toEqual(Array.from({ length: 101 }, (_, i) => i + 1))
  })

  test('[C4] ends a page early at 256 KB: messages with all possible reactions', async () => {
    const user = await server.register()
    const room = await user.createRoom()
    const text = '\u0001'.repeat(4_000)
    // The longest texts that are allowed.
    const emojis = ['🏻', '🏽', '🏾', '🏿'].map((tone) => `👩${tone}‍❤️‍💋‍👩🏼`)
    for (let i = 0; i < 20; i++) {
      const { seq } = await ok(user.send(room.id, `a${text.slice(2)}b`))
      for (const emoji of emojis) {
        await ok(user.put(`/api/messages/${room.id}/${seq}/reactions/${emoji}/`))
      }
    }
    for (const path of [`/api/rooms/${room.id}/events/`, `/api/messages/${room.id}/`]) {
      const pages = await walk(user, `${path}?limit=100&after=0`)
      expect(pages.length).toBeGreaterThan(1)
      for (const { results } of pages) {
        expect(Buffer.byteLength(JSON.stringify(results))).toBeLessThanOrEqual(pageMaxBytes + 1_024)
      }
      const reactions = fieldOf(pages, 'reactions').filter((list) => list !== undefined)
      expect(reactions.flat()).toHaveLength(20 * emojis.length)
    }
  })
})
