import { afterAll, describe, expect, test } from 'vitest'
import { blockPage } from '../../src/protocol/users.ts'
import { recentMs } from '../../src/core/messages/recently-published.ts'
import type { Room } from '../../src/protocol/rooms.ts'
import type { RoomHead } from '../../src/protocol/socket.ts'
import { startTestServer } from '../support/chat-server.ts'
import { skipTime } from '../support/skip-time.ts'
import type { TestSocket } from '../support/test-socket.ts'
import type { TestUser } from '../support/test-user.ts'
import { fieldOf, ok, problemOf, walk } from '../support/answers.ts'
import { join } from '../support/memberships.ts'
import { openSocket } from '../support/open-socket.ts'

const server = await startTestServer()
afterAll(() => server[Symbol.asyncDispose]())

const block = (by: TestUser, { username }: Pick<TestUser, 'username'>) =>
  by.put(`/api/users/me/blocks/${username}/`)
const unblock = (by: TestUser, { username }: Pick<TestUser, 'username'>) =>
  by.delete(`/api/users/me/blocks/${username}/`)
const openDirect = (by: TestUser, { username }: TestUser) => by.post('/api/direct/', { username })

const memberPath = ({ id }: Room, { username }: TestUser) => `/api/rooms/${id}/members/${username}/`

async function registerTwo(): Promise<[TestUser, TestUser]> {
  return await Promise.all([server.register(), server.register()])
}

async function blockedBy(user: TestUser): Promise<unknown[]> {
  return fieldOf(await walk(user, '/api/users/me/blocks/'), 'username')
}

async function found(by: TestUser, { username }: TestUser): Promise<unknown[]> {
  return fieldOf(await walk(by, `/api/users/?search=${username}`), 'username')
}

async function roomsOf(user: TestUser, query = ''): Promise<unknown[]> {
  return fieldOf(await walk(user, `/api/rooms/?member=true${query}`), 'id')
}

async function seesOnline(user: TestUser, { id }: Room): Promise<boolean> {
  return (await ok(user.get(`/api/rooms/${id}/`))).partner.online
}

/** Returns what a socket was told about presence, and about rooms that appear and disappear. */
async function toldTo(socket: TestSocket): Promise<string[]> {
  await socket.settle()
  return socket.received.flatMap(({ type, username, online, room, room_id }) => {
    if (type === 'presence') return [`${username} ${online ? 'on' : 'off'}`]
    return type.startsWith('room.') ? [`${type} ${room?.id ?? room_id}`] : []
  })
}

/** Returns the chats that the list of rooms does not have, according to `heads`. */
async function hiddenTo(socket: TestSocket): Promise<unknown[]> {
  const { rooms } = await socket.ask({ action: 'heads' })
  return rooms.flatMap(({ hidden, room_id }: RoomHead) => (hidden ? [room_id] : []))
}

describe('[A6] blocking', () => {
  test('[A6] is done once and undone once, even when it is repeated', async () => {
    const [ann, ben] = await registerTwo()
    for (let i = 0; i < 2; i++) {
      expect(await block(ann, ben)).toMatchObject({ status: 204, text: '' })
      expect(await blockedBy(ann)).toEqual([ben.username])
    }
    const page = await ok(ann.get('/api/users/me/blocks/'))
    expect(blockPage.parse(page)).toEqual(page)
    expect(page.results).toMatchObject([{ id: ben.id, username: ben.username, bio: '' }])
    expect(await blockedBy(ben)).toEqual([])
    for (let i = 0; i < 2; i++) {
      expect(await unblock(ann, ben)).toMatchObject({ status: 204, text: '' })
      expect(await blockedBy(ann)).toEqual([])
    }
  })

  test("[A6] takes a name in any case, but not the caller's own or an unknown one", async () => {
    const [ann, ben] = await registerTwo()
    await ok(block(ann, { username: ben.username.toUpperCase() }))
    expect(await blockedBy(ann)).toEqual([ben.username])
    for (const ask of [block, unblock]) {
      const self = await ask(ann, { username: ann.username.toUpperCase() })
      expect(problemOf(self)).toBe('400 bad_request')
      expect(self.body.errors).toMatchObject([{ field: 'username' }])
      for (const username of ['nobody_at_all', 'no-name', 'x'.repeat(33), '%00']) {
        expect(problemOf(await ask(ann, { username }))).toBe('404 not_found')
      }
    }
  })

  test('[A6] the list pages forward and back', async () => {
    const [ann] = await registerTwo()
    const others = []
    for (let i = 0; i < 7; i++) others.push(await server.register())
    for (const other of others.toReversed()) await ok(block(ann, other))
    const forth = await walk(ann, '/api/users/me/blocks/?limit=3')
    expect(fieldOf(forth, 'id')).toEqual(others.map(({ id }) => id))
    const back = await walk(ann, forth.at(-1).previous, 'previous')
    expect(fieldOf(back.toReversed(), 'id')).toEqual(others.slice(0, 6).map(({ id }) => id))
  })
})

describe('[A6] with a block between two users', () => {
  test('[A6] neither opens a direct chat, whether new or existing', async () => {
    for (const isThere of [false, true]) {
      const [ann, ben] = await registerTwo()
      if (isThere) await ok(openDirect(ann, ben))
      await ok(block(ann, ben))
      const [hers, his] = [await openDirect(ann, ben), await openDirect(ben, ann)]
      for (const answer of [hers, his]) expect(problemOf(answer)).toBe('403 forbidden')
      expect(hers.body.detail).toBe(`you have blocked ${ben.username}: unblock them first`)
      expect(his.body.detail).toBe(`${ann.username} does not accept messages from you`)
      // A blocked user who blocks the other user, too, is told to unblock them, like every user who blocks.
      await ok(block(ben, ann))
      await ok(unblock(ann, ben))
      expect((await openDirect(ben, ann)).body.detail).toContain('unblock them first')
      await ok(unblock(ben, ann))
      expect((await openDirect(ben, ann)).status).toBe(isThere ? 200 : 201)
    }
  })

  test("[A6] the chat is not in the blocker's list, on any of their sockets, until they unblock", async () => {
    const [ann, ben] = await registerTwo()
    const direct: Room = await ok(openDirect(ann, ben))
    const room = await ann.createRoom()
    await using socket = await openSocket(ann)
    await using other = await openSocket(ben)
    await ok(block(ann, ben))
    await ok(block(ann, ben))
    expect(await roomsOf(ann)).toEqual([room.id])
    expect(await roomsOf(ann, `&search=${ben.username}`)).toEqual([])
    expect(await roomsOf(ben)).toEqual([direct.id])
    expect((await ann.get(`/api/rooms/${direct.id}/`)).status).toBe(200)
    expect(await hiddenTo(socket)).toEqual([direct.id])
    expect(await hiddenTo(other)).toEqual([])
    await ok(unblock(ann, ben))
    await ok(unblock(ann, ben))
    expect(await roomsOf(ann)).toEqual([room.id, direct.id])
    expect(await hiddenTo(socket)).toEqual([])
    expect(await toldTo(socket)).toEqual([
      `${ben.username} on`,
      `room.removed ${direct.id}`,
      `${ben.username} off`,
      `room.added ${direct.id}`,
      `${ben.username} on`,
    ])
    expect(socket.ofType('room.added')[0].room).toEqual(
      (await ok(ann.get('/api/rooms/?member=true'))).results[1],
    )
    expect(await toldTo(other)).toEqual([`${ann.username} off`, `${ann.username} on`])
  })

  test('[A6] neither sees the other online, neither in the chat nor by presence', async () => {
    const [ann, ben] = await registerTwo()
    const direct: Room = await ok(openDirect(ann, ben))
    await using hers = await openSocket(ann)
    await using his = await openSocket(ben)
    await ok(block(ann, ben))
    expect(await seesOnline(ann, direct)).toBe(false)
    expect(await seesOnline(ben, direct)).toBe(false)
    // Open sockets see the other go offline, and nothing afterwards.
    await ok((await ann.login()).post('/api/logout/'))
    await hers.close()
    await using again = await openSocket(ann)
    expect(await toldTo(his)).toEqual([`${ann.username} off`])
    expect(await toldTo(again)).toEqual([])
    await ok(unblock(ann, ben))
    expect(await seesOnline(ann, direct)).toBe(true)
    expect(await toldTo(his)).toEqual([`${ann.username} off`, `${ann.username} on`])
    expect(await toldTo(again)).toEqual([`room.added ${direct.id}`, `${ben.username} on`])
  })

  test('[A6] online_count leaves each out for the other, in their chat and in rooms', async () => {
    const [ann, ben] = await registerTwo()
    const direct: Room = await ok(openDirect(ann, ben))
    const room = await ann.createRoom()
    const cid = await server.register()
    await join(room, ben, cid)
    const counts = async (by: TestUser, rooms: readonly Room[] = [direct, room]) =>
      await Promise.all(
        rooms.map(async ({ id }) => (await ok(by.get(`/api/rooms/${id}/`))).online_count),
      )
    await using _hers = await openSocket(ann)
    await using _his = await openSocket(ben)
    expect(await counts(ben)).toEqual([2, 2])
    await ok(block(ann, ben))
    for (const user of [ann, ben]) {
      expect(await counts(user)).toEqual([1, 1])
      expect((await ok(user.get(`/api/rooms/${room.id}/`))).online_ids).toEqual([user.id])
    }
    const { results } = await ok(ben.get('/api/rooms/?member=true'))
    expect(results.find(({ id }: Room) => id === direct.id).partner.online).toBe(false)
    expect(await counts(cid, [room])).toEqual([2])
    await ok(unblock(ann, ben))
    for (const user of [ann, ben]) expect(await counts(user)).toEqual([2, 2])
  })

  test('[A6] a repeated send no longer notifies a mentioned user who has blocked its sender since', async () => {
    const [ann, ben] = await registerTwo()
    const [room, other] = [await ben.createRoom(), await ann.createRoom()]
    await join(room, ann)
    await using elsewhere = await openSocket(ann, `/ws/chat/${other.name}/`)
    const send = async () =>
      await ok(ben.send(room.id, `@${ann.username}`, { client_id: 'again and again' }))
    await send()
    await ok(block(ann, ben))
    // A repeat of a message that was published a moment ago is not published again in any case.
    skipTime(recentMs)
    await send()
    await elsewhere.settle()
    expect(elsewhere.ofType('notification')).toHaveLength(1)
    await ok(unblock(ann, ben))
    skipTime(recentMs)
    await send()
    await elsewhere.settle()
    expect(elsewhere.ofType('notification')).toHaveLength(2)
  })

  test('[A6] what the blocked user takes back in the chat is not sent to the blocker, who reads it in the log', async () => {
    const [ann, ben] = await registerTwo()
    const direct: Room = await ok(openDirect(ann, ben))
    const hers = await ok(ann.send(direct.id, 'hello'))
    const his = await ok(ben.send(direct.id, `hello @${ann.username}`))
    const path = ({ seq }: { seq: number }) => `/api/messages/${direct.id}/${seq}/`
    for (const user of [ann, ben]) await ok(user.put(`${path(hers)}reactions/👍/`))
    await ok(block(ann, ben))
    await using socket = await openSocket(ann)
    await using other = await openSocket(ben)
    await ok(ben.delete(`${path(hers)}reactions/👍/`))
    await ok(ben.delete(path(his)))
    await Promise.all([socket.settle(), other.settle()])
    expect(socket.received).toEqual([])
    expect(other.received.map(({ type }) => type)).toEqual(['reaction', 'message.deleted'])
    // Nothing changes in the other direction: it is up to the blocked user to stay away.
    await ok(ann.delete(`${path(hers)}reactions/👍/`))
    await Promise.all([socket.settle(), other.settle()])
    expect(socket.received).toMatchObject([{ type: 'reaction', reacted: false, count: 0 }])
    expect(other.ofType('reaction')).toHaveLength(2)
    const { results } = await ok(ann.get(`/api/messages/${direct.id}/`))
    expect(results).toMatchObject([{ reactions: [] }, { message: null }])
  })

  test('[A6] they stay apart until both have unblocked', async () => {
    const [ann, ben] = await registerTwo()
    const direct: Room = await ok(openDirect(ann, ben))
    await ok(block(ann, ben))
    await ok(block(ben, ann))
    await using hers = await openSocket(ann)
    await using his = await openSocket(ben)
    await ok(unblock(ann, ben))
    expect(await seesOnline(ann, direct)).toBe(false)
    expect(await seesOnline(ben, direct)).toBe(false)
    expect(await toldTo(hers)).toEqual([`room.added ${direct.id}`])
    expect(await toldTo(his)).toEqual([])
  })

  test('[A6] the blocker does not find the blocked user, who still finds the blocker', async () => {
    const [ann, ben] = await registerTwo()
    await ok(block(ann, ben))
    expect(await found(ann, ben)).not.toContain(ben.username)
    expect(await found(ben, ann)).toContain(ann.username)
    await ok(unblock(ann, ben))
    expect(await found(ann, ben)).toContain(ben.username)
  })

  test('[A6] the blocked user cannot invite the blocker, but can still give a member a role', async () => {
    const [ann, ben] = await registerTwo()
    const [his, hers] = [await ben.createRoom(), await ann.createRoom()]
    await ok(block(ann, ben))
    const refused = await ben.put(memberPath(his, ann))
    expect(problemOf(refused)).toBe('403 forbidden')
    expect(refused.body.detail).toBe(`you cannot invite ${ann.username}`)
    expect(await ok(ben.get(`/api/rooms/${his.id}/`))).toMatchObject({ member_count: 1 })
    expect((await ann.put(memberPath(hers, ben))).status).toBe(201)
    await join(his, ann)
    expect((await ben.put(memberPath(his, ann), { role: 'moderator' })).status).toBe(200)
  })

  test("[A6] in shared rooms each still gets the other's messages", async () => {
    const [ann, ben] = await registerTwo()
    const room = await ann.createRoom()
    await join(room, ben)
    await ok(block(ann, ben))
    await using hers = await openSocket(ann)
    await using his = await openSocket(ben)
    await ok(ben.send(room.id, 'hello, all'))
    await ok(ann.send(room.id, 'hello to you, too'))
    await Promise.all([hers.settle(), his.settle()])
    for (const socket of [hers, his]) expect(socket.ofType('message')).toHaveLength(2)
  })
})
