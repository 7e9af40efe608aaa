import { afterAll, describe, expect, test } from 'vitest'
import { notifyState } from '../../src/protocol/rooms.ts'
import { startTestServer } from '../support/chat-server.ts'
import type { Frame } from '../support/test-socket.ts'
import type { TestUser } from '../support/test-user.ts'
import { ok, problemOf } from '../support/answers.ts'
import { invite, join } from '../support/memberships.ts'
import { openSocket } from '../support/open-socket.ts'

const server = await startTestServer()
afterAll(() => server[Symbol.asyncDispose]())

async function makeRoom(kind: 'public' | 'direct') {
  const [ann, ben] = [await server.register(), await server.register()]
  if (kind === 'direct') {
    const room = await ok(ann.post('/api/direct/', { username: ben.username }))
    return { ann, ben, room, path: `/api/rooms/${room.id}/` }
  }
  const room = await ann.createRoom()
  await join(room, ben)
  return { ann, ben, room, path: `/api/rooms/${room.id}/` }
}

async function unreadOf(user: TestUser): Promise<string[]> {
  const { results } = await ok(user.get('/api/notifications/?unread=true'))
  return results.map(({ kind, message_seq }: Frame) => [kind, message_seq ?? []].flat().join(' '))
}

describe('[N2] what one is notified of', () => {
  test('[N2] is for each member what they chose: at first mentions, and everything of a direct chat', async () => {
    const { ann, ben, path } = await makeRoom('public')
    const direct = await makeRoom('direct')
    expect(await ok(ben.get(path))).toMatchObject({ notify: 'mentions' })
    expect(await ok(direct.ben.get(direct.path))).toMatchObject({ notify: 'all' })
    expect(await ok(direct.ann.get(direct.path))).toMatchObject({ notify: 'all' })
    const answer = await ok(ben.put(`${path}notify/`, { notify: 'none' }))
    expect(notifyState.strict().parse(answer)).toMatchObject({ notify: 'none' })
    expect(await ok(ben.get(path))).toMatchObject({ notify: 'none' })
    expect(await ok(ann.get(path))).toMatchObject({ notify: 'mentions' })
    const list = await ok(ben.get('/api/rooms/?member=true'))
    expect(list.results).toMatchObject([{ notify: 'none' }])
  })

  test('[N2] is null for who is no member, who cannot choose either', async () => {
    const { path } = await makeRoom('public')
    const stranger = await server.register()
    expect(await ok(stranger.get(path))).toMatchObject({ notify: null })
    const refused = await stranger.put(`${path}notify/`, { notify: 'all' })
    expect(problemOf(refused)).toBe('403 forbidden')
  })

  test.each([
    ['public', 'all', ['mention 5', 'message 4']],
    ['public', 'mentions', ['mention 5']],
    ['public', 'none', []],
    ['direct', 'all', ['mention 4', 'direct 3']],
    ['direct', 'mentions', ['mention 4']],
    ['direct', 'none', []],
  ] as const)('[N2] of a %s room with %s is %j', async (kind, notify, expected) => {
    const { ann, ben, room, path } = await makeRoom(kind)
    const cleo = await server.register()
    if (kind === 'public') await join(room, cleo)
    await ok(ben.put(`${path}notify/`, { notify }))
    await using socket = await openSocket(ben)
    await ok(ann.send(room.id, 'hello'))
    await ok(ann.send(room.id, `hello @${ben.username}`))
    await ok(ben.send(room.id, `I am @${ben.username}`))
    expect(await unreadOf(ben)).toEqual(expected)
    await socket.settle()
    const pushed = socket.ofType('notification')
    expect(pushed.map(({ kind, message_seq }) => `${kind} ${message_seq}`).toReversed()).toEqual(
      expected,
    )
    expect(await unreadOf(cleo)).toEqual([])
  })

  test('[N2] does not keep invitations away: who is let in again hears of it', async () => {
    const ann = await server.register()
    const ben = await server.register()
    const room = await ann.createRoom({ title: 'P', kind: 'private' })
    await invite(ann, room, 'member', ben)
    await ok(ben.put(`/api/rooms/${room.id}/notify/`, { notify: 'none' }))
    await ok(ben.post(`/api/rooms/${room.id}/leave/`))
    await invite(ann, room, 'member', ben)
    expect(await unreadOf(ben)).toEqual(['invitation', 'invitation'])
    // What was chosen went with the membership.
    expect(await ok(ben.get(`/api/rooms/${room.id}/`))).toMatchObject({ notify: 'mentions' })
  })
})

describe('[N2] reading a room', () => {
  test.each(['HTTP', 'a frame'])(
    '[N2] by %s reads its notifications up to there, and no others',
    async (way) => {
      const { ann, ben, room } = await makeRoom('public')
      const other = await ann.createRoom()
      await join(other, ben)
      await using socket = await openSocket(ben)
      for (const { id } of [room, room, room, other]) await ok(ann.send(id, `@${ben.username}`))
      expect(await unreadOf(ben)).toEqual(['mention 3', 'mention 5', 'mention 4', 'mention 3'])
      const read = async (seq: number) => {
        if (way === 'HTTP') return await ok(ben.post(`/api/rooms/${room.id}/read/`, { seq }))
        socket.send({ action: 'read', room_id: room.id, seq })
        return await socket.next(
          ({ type, last_read_seq }) => type === 'read' && last_read_seq === seq,
        )
      }
      await read(4)
      expect(await unreadOf(ben)).toEqual(['mention 3', 'mention 5'])
      await read(5)
      expect(await unreadOf(ben)).toEqual(['mention 3'])
      // Back is nowhere: what came since stays unread.
      await ok(ann.send(room.id, `@${ben.username}`))
      await ok(ben.post(`/api/rooms/${room.id}/read/`, { seq: 1 }))
      expect(await unreadOf(ben)).toEqual(['mention 6', 'mention 3'])
      await socket.settle()
      expect(socket.ofType('notifications.read')).toEqual([])
    },
  )

  test('[N2] reads its invitation with it, whatever the number', async () => {
    const [ann, ben] = [await server.register(), await server.register()]
    const room = await ann.createRoom({ title: 'P', kind: 'private' })
    await invite(ann, room, 'member', ben)
    await ok(ann.send(room.id, `@${ben.username}`))
    await ok(ben.post(`/api/rooms/${room.id}/read/`, { seq: 0 }))
    expect(await unreadOf(ben)).toEqual(['mention 3'])
  })

  test('[N2] leaves those of the other members as they are', async () => {
    const { ann, ben, room } = await makeRoom('public')
    const cleo = await server.register()
    await join(room, cleo)
    await ok(ann.send(room.id, `@${ben.username} @${cleo.username}`))
    await ok(ben.post(`/api/rooms/${room.id}/read/`, { seq: 4 }))
    expect(await unreadOf(ben)).toEqual([])
    expect(await unreadOf(cleo)).toEqual(['mention 4'])
  })
})
