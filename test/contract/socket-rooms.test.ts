import { afterAll, describe, expect, test } from 'vitest'
import { startTestServer } from '../support/chat-server.ts'
import type { TestUser } from '../support/test-user.ts'
import { ok } from '../support/answers.ts'
import { invite, join } from '../support/memberships.ts'
import { logOf, openSocket, refusal } from '../support/open-socket.ts'

const server = await startTestServer()
afterAll(() => server[Symbol.asyncDispose]())

async function standing(user: TestUser, roomId: number) {
  const { role, member_count, last_seq } = await ok(user.get(`/api/rooms/${roomId}/`))
  return { role, member_count, last_seq }
}

describe('[W1] the room of a socket', () => {
  test.each(['/ws/', '/ws', '/local', '/local/'])('[W1] %s is for all rooms', async (path) => {
    const [ann, ben] = [await server.register(), await server.register()]
    const room = await ann.createRoom()
    await join(room, ben)
    await using socket = await openSocket(ben, path)
    const later = await ann.createRoom()
    await join(later, ben)
    for (const { id } of [room, later]) await ok(ann.send(id, 'hi'))
    await socket.settle()
    expect(logOf(socket, room.id)).toEqual(['3 message'])
    expect(logOf(socket, later.id)).toEqual(['2 member.joined', '3 message'])
  })

  const paths = [
    '/ws/chat/<name>/',
    '/ws/chat/<name>',
    '/ws/chat/<NAME>/',
    '/ws/chat/<name>/?other=1',
    '/ws/?room=<name>',
    '/local?room=<name>',
  ]
  test.each(paths)('[W1] %s is for one room, and joins it when it is public', async (path) => {
    const [ann, ben] = [await server.register(), await server.register()]
    const [room, other] = [await ann.createRoom(), await ann.createRoom()]
    await join(other, ben)
    const open = () =>
      openSocket(ben, path.replace('<name>', room.name).replace('<NAME>', room.name.toUpperCase()))
    await using watching = await openSocket(ann)
    await using socket = await open()
    expect(await standing(ben, room.id)).toEqual({ role: 'member', member_count: 2, last_seq: 2 })
    await ok(ann.send(room.id, 'hi'))
    await ok(ann.send(other.id, 'not for this socket'))
    await socket.settle()
    await watching.settle()
    expect(socket.received).toMatchObject([{ type: 'message', room_id: room.id, seq: 3 }])
    expect(watching.received).toMatchObject([
      { type: 'member.joined', room_id: room.id, seq: 2, user_id: ben.id, role: 'member' },
      { type: 'message', room_id: room.id, seq: 3 },
      { type: 'message', room_id: other.id, seq: 3 },
    ])
    // A second socket makes no second join.
    await using _ = await open()
    expect(await standing(ben, room.id)).toMatchObject({ member_count: 2, last_seq: 3 })
  })

  test("[W1] the user's other sockets get a room that a socket has joined", async () => {
    const [ann, ben] = [await server.register(), await server.register()]
    const room = await ann.createRoom()
    await using all = await openSocket(ben)
    await using one = await openSocket(ben, `/ws/chat/${room.name}/`)
    await ok(ann.send(room.id, 'hi'))
    await all.settle()
    await one.settle()
    expect(all.received).toMatchObject([
      { type: 'room.added', room: { id: room.id, role: 'member', last_seq: 2, member_count: 2 } },
      { type: 'member.joined', seq: 2 },
      { type: 'message', seq: 3 },
    ])
    expect(one.received).toMatchObject([{ type: 'message', seq: 3 }])
  })

  test('[W1] a private room is open to its members, a direct chat to its two users', async () => {
    const [ann, ben, eve] = [
      await server.register(),
      await server.register(),
      await server.register(),
    ]
    const hidden = await ann.createRoom({ title: 'P', kind: 'private' })
    await invite(ann, hidden, 'member', ben)
    const direct = await ok(ann.post('/api/direct/', { username: ben.username }))
    for (const room of [hidden, direct]) {
      const path = `/ws/chat/${room.name}/`
      await using socket = await openSocket(ben, path)
      await ok(ann.send(room.id, 'hi'))
      await socket.settle()
      expect(logOf(socket, room.id)).toEqual(['3 message'])
      expect(await refusal(eve.connect(path))).toBe(404)
    }
  })

  test('[W1] the room of the path counts, whatever the query says', async () => {
    const ann = await server.register()
    const [room, other] = [await ann.createRoom(), await ann.createRoom()]
    await using socket = await openSocket(ann, `/ws/chat/${room.name}/?room=${other.name}`)
    const heads = await socket.ask({ action: 'heads' })
    expect(heads.rooms).toMatchObject([{ room_id: room.id }])
  })

  test('[W1] an impossible room name is answered like an unknown room', async () => {
    const user = await server.register()
    const words = ['x'.repeat(65), 'a-b', 'caf%C3%A9', '%20', 'a%2Fb', '..%2f', 'a&b', 'a+b', 'a/b']
    for (const word of words) expect(await refusal(user.connect(`/ws/chat/${word}/`))).toBe(404)
    for (const word of ['', 'x'.repeat(65), 'a-b']) {
      expect(await refusal(user.connect(`/local?room=${word}`))).toBe(404)
    }
  })
})
