import { afterAll, describe, expect, test } from 'vitest'
import { notification } from '../../src/protocol/notifications.ts'
import { recentMs } from '../../src/core/messages/recently-published.ts'
import { startTestServer } from '../support/chat-server.ts'
import { skipTime } from '../support/skip-time.ts'
import type { Frame, TestSocket } from '../support/test-socket.ts'
import { type TestUser, testPassword } from '../support/test-user.ts'
import { fieldOf, ok, walk } from '../support/answers.ts'
import { invite, join } from '../support/memberships.ts'
import { openSimple, openSocket } from '../support/open-socket.ts'
import { openDatabase } from '../support/watch-database.ts'

const server = await startTestServer()
afterAll(() => server[Symbol.asyncDispose]())

async function registerMany(count: number): Promise<TestUser[]> {
  return await Promise.all(Array.from({ length: count }, () => server.register()))
}

/** A room of these users. The first one owns it. */
async function roomOf(users: readonly TestUser[], kind = 'public') {
  const [owner, ...others] = users
  const room = await owner!.createRoom({ title: 'Tea', kind })
  if (kind === 'public') await join(room, ...others)
  else await invite(owner!, room, 'member', ...others)
  return room
}

async function listOf(user: TestUser, query = ''): Promise<Frame[]> {
  const { results } = await ok(user.get(`/api/notifications/${query}`))
  for (const each of results) expect(notification.strict().parse(each)).toEqual(each)
  return results
}

/** Returns kind and cause of each entry in a user's list, the newest first. */
async function kindsOf(user: TestUser): Promise<string[]> {
  return (await listOf(user)).map(({ kind, username, message_seq }) =>
    [kind, username, message_seq].filter((part) => part !== null).join(' '),
  )
}

async function told(socket: TestSocket): Promise<Frame[]> {
  await socket.settle()
  return socket.ofType('notification')
}

describe('[N1] what makes a notification', () => {
  test('[N1] a mention makes one for the member, in any case, once per message, with the message', async () => {
    const [ann, ben, cleo] = await registerMany(3)
    const room = await roomOf([ann!, ben!, cleo!])
    const text = `@${ben!.username.toUpperCase()} and @${ben!.username}, look`
    const sent = await ok(ann!.send(room.id, text))
    expect(await listOf(ben!)).toEqual([
      {
        id: expect.any(Number),
        kind: 'mention',
        room_id: room.id,
        room_title: 'Tea',
        message_seq: sent.seq,
        message_id: sent.id,
        user_id: ann!.id,
        username: ann!.username,
        display_name: null,
        text,
        created_at: sent.timestamp,
        read_at: null,
      },
    ])
    expect(await listOf(cleo!)).toEqual([])
    expect(await listOf(ann!)).toEqual([])
  })

  test('[N1] a mention of oneself, an outsider, nobody, or within a word makes none', async () => {
    const [ann, ben, outsider] = await registerMany(3)
    const room = await roomOf([ann!, ben!])
    await ok(ann!.send(room.id, `@${ann!.username} @${outsider!.username} @nobody_of_this_name`))
    await ok(ann!.send(room.id, `mail joe@${ben!.username}.example or @${ben!.username}é`))
    for (const user of [ann!, ben!, outsider!]) expect(await listOf(user)).toEqual([])
  })

  test('[N1] the first 20 of many names are notified', async () => {
    const users = await registerMany(23)
    const room = await roomOf(users)
    const text = users.slice(1).map(({ username }) => `@${username}`)
    await ok(users[0]!.send(room.id, text.join(' ')))
    const counts = await Promise.all(users.map(async (user) => (await listOf(user)).length))
    expect(counts).toEqual([0, ...Array<number>(20).fill(1), 0, 0])
  })

  test('[N1] a message in a direct chat makes one for the partner', async () => {
    const [ann, ben] = await registerMany(2)
    const room = await ok(ann!.post('/api/direct/', { username: ben!.username }))
    await ok(ann!.send(room.id, 'hello'))
    await ok(ben!.send(room.id, `hello @${ann!.username}`))
    expect(await listOf(ben!)).toMatchObject([
      { kind: 'direct', room_title: ann!.username, username: ann!.username, text: 'hello' },
    ])
    expect(await kindsOf(ann!)).toEqual([`mention ${ben!.username} 4`])
  })

  test('[N1] an invitation makes one for the invited user, but a new role and a join make none', async () => {
    const [ann, ben, cleo] = await registerMany(3)
    const room = await roomOf([ann!], 'private')
    await invite(ann!, room, 'member', ben!)
    await invite(ann!, room, 'moderator', ben!)
    const list = await listOf(ben!)
    expect(list).toEqual([
      {
        id: expect.any(Number),
        kind: 'invitation',
        room_id: room.id,
        room_title: 'Tea',
        message_seq: null,
        message_id: null,
        user_id: ann!.id,
        username: ann!.username,
        display_name: null,
        text: null,
        created_at: expect.any(String),
        read_at: null,
      },
    ])
    await roomOf([ann!, cleo!])
    expect(await listOf(cleo!)).toEqual([])
    expect(await listOf(ann!)).toEqual([])
  })

  test('[N1] an edit, a reaction and a leave make none', async () => {
    const [ann, ben] = await registerMany(2)
    const room = await roomOf([ann!, ben!])
    const { seq } = await ok(ann!.send(room.id, 'hello'))
    const path = `/api/messages/${room.id}/${seq}/`
    await ok(ann!.patch(path, { message: `hello @${ben!.username}` }))
    await ok(ann!.put(`${path}reactions/🎉/`))
    await ok(ann!.post(`/api/rooms/${room.id}/leave/`))
    expect(await listOf(ben!)).toEqual([])
  })

  test('[A6] a blocked user makes none for the blocker, and earlier ones are not shown', async () => {
    const [ann, ben, cleo] = await registerMany(3)
    const room = await roomOf([ann!, ben!, cleo!])
    const text = `@${ben!.username} @${cleo!.username}`
    await ok(ann!.send(room.id, text))
    await ok(ben!.put(`/api/users/me/blocks/${ann!.username}/`))
    await ok(ann!.send(room.id, text))
    await ok(ben!.put(`/api/rooms/${room.id}/notify/`, { notify: 'all' }))
    await ok(ann!.send(room.id, 'to all'))
    expect(await ok(ben!.get('/api/notifications/'))).toMatchObject({ results: [], unread: 0 })
    expect(await kindsOf(cleo!)).toEqual([
      `mention ${ann!.username} 5`,
      `mention ${ann!.username} 4`,
    ])
    await ok(ben!.delete(`/api/users/me/blocks/${ann!.username}/`))
    expect(await kindsOf(ben!)).toEqual([`mention ${ann!.username} 4`])
  })
})

describe('[N1] a notification shows the present state', () => {
  test('[N1] with the beginning of its message, as edited', async () => {
    const [ann, ben] = await registerMany(2)
    const room = await roomOf([ann!, ben!])
    const long = `@${ben!.username} ${'😀'.repeat(300)}`
    const { seq } = await ok(ann!.send(room.id, long))
    await using socket = await openSocket(ben!)
    const shown = async () => (await listOf(ben!)).map(({ text }) => text)
    const start = `${Array.from(long).slice(0, 200).join('')}…`
    expect(await shown()).toEqual([start])
    await ok(ann!.send(room.id, long))
    expect(await socket.next('notification')).toMatchObject({ text: start })
    await ok(
      ann!.patch(`/api/messages/${room.id}/${seq}/`, { message: `never mind @${ben!.username}` }),
    )
    expect(await shown()).toEqual([start, `never mind @${ben!.username}`])
  })

  test('[N1] and disappears when its message is deleted, read or not, live on every socket', async () => {
    const [ann, ben, cleo] = await registerMany(3)
    const [room, other] = [await roomOf([ann!, ben!, cleo!]), await roomOf([ben!])]
    await ok(cleo!.put(`/api/rooms/${room.id}/notify/`, { notify: 'all' }))
    const texts = ['kept', 'read', 'unread'].map((text) => `@${ben!.username} ${text}`)
    const seqs: number[] = []
    for (const text of texts) seqs.push((await ok(ann!.send(room.id, text))).seq)
    const ids = new Map((await listOf(ben!)).map(({ id, text }) => [text, id]))
    await ok(ben!.post('/api/notifications/read/', { ids: [ids.get(texts[1])] }))
    await using all = await openSocket(ben!)
    await using elsewhere = await openSocket(ben!, `/ws/chat/${other.name}/`)
    await using simple = await openSimple(ben!, room.name)
    await using hers = await openSocket(cleo!)
    await using authors = await openSocket(ann!)
    const remove = async (n: number) =>
      await ok(ann!.delete(`/api/messages/${room.id}/${seqs[n]}/`))
    for (const n of [2, 1, 1]) await remove(n)
    expect(await ok(ben!.get('/api/notifications/'))).toMatchObject({
      results: [{ text: texts[0] }],
      unread: 1,
    })
    expect(await ok(cleo!.get('/api/notifications/'))).toMatchObject({
      results: [{ text: texts[0], kind: 'message' }],
      unread: 1,
    })
    const gone = (text: string, unread: number) => ({
      type: 'notifications.removed',
      ids: [ids.get(text)],
      unread,
    })
    for (const socket of [all, elsewhere]) {
      await socket.settle()
      expect(socket.ofType('notifications.removed')).toEqual([
        gone(texts[2]!, 1),
        gone(texts[1]!, 1),
      ])
    }
    for (const socket of [hers, authors, simple]) await socket.settle()
    expect(hers.ofType('notifications.removed').map(({ unread }) => unread)).toEqual([2, 1])
    expect(authors.ofType('notifications.removed')).toEqual([])
    expect(simple.received).toEqual([])
  })

  test('[N1] a removed mention is taken back by an edit, and a kept one stays', async () => {
    const [ann, ben, cleo] = await registerMany(3)
    const room = await roomOf([ann!, ben!, cleo!])
    const both = await ok(ann!.send(room.id, `@${ben!.username} @${cleo!.username}`))
    const path = `/api/messages/${room.id}/${both.seq}/`
    const [{ id }] = await listOf(ben!)
    await using his = await openSocket(ben!)
    await using hers = await openSocket(cleo!)
    await ok(ann!.patch(path, { message: `only @${cleo!.username.toUpperCase()}` }))
    expect(await ok(ben!.get('/api/notifications/'))).toMatchObject({ results: [], unread: 0 })
    expect(await kindsOf(cleo!)).toEqual([`mention ${ann!.username} ${both.seq}`])
    for (const socket of [his, hers]) await socket.settle()
    expect(his.ofType('notifications.removed')).toEqual([
      { type: 'notifications.removed', ids: [id], unread: 0 },
    ])
    expect(hers.ofType('notifications.removed')).toEqual([])
    // Neither an edit nor a repeat makes a notification.
    await ok(ann!.patch(path, { message: `and again @${ben!.username}` }))
    expect(await listOf(ben!)).toEqual([])
    expect(await listOf(cleo!)).toEqual([])
  })

  test('[N1] a member who is notified of everything keeps it when the mention is removed', async () => {
    const [ann, ben] = await registerMany(2)
    const room = await roomOf([ann!, ben!])
    await ok(ben!.put(`/api/rooms/${room.id}/notify/`, { notify: 'all' }))
    const direct = await ok(ann!.post('/api/direct/', { username: ben!.username }))
    await using socket = await openSocket(ben!)
    for (const { id } of [room, direct]) {
      const { seq } = await ok(ann!.send(id, `hello @${ben!.username}`))
      await ok(ann!.patch(`/api/messages/${id}/${seq}/`, { message: 'hello' }))
    }
    expect(await listOf(ben!)).toMatchObject([
      { kind: 'direct', text: 'hello', read_at: null },
      { kind: 'message', text: 'hello', read_at: null },
    ])
    await socket.settle()
    expect(socket.ofType('notifications.removed')).toEqual([])
  })

  test('[M3] a repeat of a send whose message was deleted brings no notification back', async () => {
    const [ann, ben] = await registerMany(2)
    const room = await roomOf([ann!, ben!])
    const send = async () =>
      await ok(ann!.send(room.id, `@${ben!.username}`, { client_id: 'taken back' }))
    const { seq } = await send()
    await ok(ann!.delete(`/api/messages/${room.id}/${seq}/`))
    await using socket = await openSocket(ben!)
    skipTime(recentMs)
    await send()
    expect(await told(socket)).toEqual([])
    expect(socket.ofType('message')).toHaveLength(1)
    expect(await ok(ben!.get('/api/notifications/'))).toMatchObject({ results: [], unread: 0 })
  })

  test('[N1] with the title of the room, and without the name of a deleted account', async () => {
    const [owner, ann, ben] = await registerMany(3)
    const room = await roomOf([owner!, ann!, ben!])
    const direct = await ok(ann!.post('/api/direct/', { username: ben!.username }))
    await ok(ann!.send(room.id, `@${ben!.username}`))
    await ok(ann!.send(direct.id, 'and here'))
    await ok(owner!.patch(`/api/rooms/${room.id}/`, { title: 'Cake' }))
    await ok(ben!.send(direct.id, 'read this'))
    await ok(server.call('DELETE', '/api/users/me/', { password: testPassword }, ann!.access))
    await using database = await openDatabase(server)
    const rows = await database.execute('select from notifications where user_id = $1', [ann!.id])
    expect(rows).toEqual([])
    expect(await listOf(ben!)).toMatchObject([
      { kind: 'direct', room_title: 'Deleted account', username: null, text: 'and here' },
      { kind: 'mention', room_title: 'Cake', username: null },
    ])
  })

  test('[N1] and is hidden when the user has left the room, or the room is gone', async () => {
    const [ann, ben] = await registerMany(2)
    const [left, deleted] = [await roomOf([ann!, ben!]), await roomOf([ann!, ben!])]
    for (const room of [left, deleted]) await ok(ann!.send(room.id, `@${ben!.username}`))
    const state = async () => {
      const { results, unread } = await ok(ben!.get('/api/notifications/?unread=true'))
      return { rooms: results.map((each: Frame) => each.room_id), unread }
    }
    expect(await state()).toEqual({ rooms: [deleted.id, left.id], unread: 2 })
    await ok(ann!.delete(`/api/rooms/${deleted.id}/`))
    expect(await state()).toEqual({ rooms: [left.id], unread: 1 })
    await ok(ben!.post(`/api/rooms/${left.id}/leave/`))
    expect(await state()).toEqual({ rooms: [], unread: 0 })
    await join(left, ben!)
    expect(await state()).toEqual({ rooms: [left.id], unread: 1 })
  })
})

describe('[N1] the pushes', () => {
  test('[N1] go to every v1 socket of the user, also those of other rooms, and to no simple client', async () => {
    const [ann, ben] = await registerMany(2)
    const [room, other] = [await roomOf([ann!, ben!]), await roomOf([ben!])]
    await using all = await openSocket(ben!)
    await using elsewhere = await openSocket(await ben!.login(), `/ws/chat/${other.name}/`)
    await using simple = await openSimple(ben!, room.name)
    await using hers = await openSocket(ann!)
    await ok(ann!.send(room.id, `@${ben!.username}`))
    const [listed] = await listOf(ben!)
    const pushed = [{ type: 'notification', ...listed, unread: 1 }]
    expect(await told(all)).toEqual(pushed)
    expect(await told(elsewhere)).toEqual(pushed)
    await simple.settle()
    expect(simple.received.map(({ type }) => type)).toEqual(['message'])
    expect(await told(hers)).toEqual([])
  })

  test('[N1] have the unread count, for direct chats and invitations alike', async () => {
    const [ann, ben] = await registerMany(2)
    await using socket = await openSocket(ben!)
    const direct = await ok(ann!.post('/api/direct/', { username: ben!.username }))
    await ok(ann!.send(direct.id, 'one'))
    await roomOf([ann!, ben!], 'private')
    await ok(ann!.send(direct.id, 'two'))
    const pushed = await told(socket)
    expect(pushed.map(({ kind, unread, text }) => [kind, unread, text])).toEqual([
      ['direct', 1, 'one'],
      ['invitation', 2, null],
      ['direct', 3, 'two'],
    ])
    const { results, unread } = await ok(ben!.get('/api/notifications/'))
    expect(unread).toBe(3)
    expect(pushed.map(({ type: _type, unread: _unread, ...rest }) => rest).toReversed()).toEqual(
      results,
    )
  })

  test('[M3] a repeat makes no second one, and pushes the first again unless it was read', async () => {
    const [ann, ben] = await registerMany(2)
    const room = await roomOf([ann!, ben!])
    await using socket = await openSocket(ben!)
    const send = async () => await ann!.send(room.id, `@${ben!.username}`, { client_id: 'one' })
    expect((await send()).status).toBe(201)
    expect((await send()).status).toBe(200)
    const [listed, ...others] = await listOf(ben!)
    expect(others).toEqual([])
    // A notification that was sent a moment ago is not sent again.
    expect((await told(socket)).map(({ id }) => id)).toEqual([listed.id])
    skipTime(recentMs)
    expect((await send()).status).toBe(200)
    expect((await told(socket)).map(({ id }) => id)).toEqual([listed.id, listed.id])
    await ok(ben!.post('/api/notifications/read/', { all: true }))
    skipTime(recentMs)
    expect((await send()).status).toBe(200)
    expect(await told(socket)).toHaveLength(2)
    expect(socket.ofType('message')).toHaveLength(3)
  })

  test('[N1] of concurrent sends come once each', async () => {
    const [ann, ben] = await registerMany(2)
    const room = await roomOf([ann!, ben!])
    await using socket = await openSocket(ben!)
    await Promise.all(
      Array.from({ length: 60 }, (_, n) => ok(ann!.send(room.id, `@${ben!.username} ${n}`))),
    )
    const pushed = await told(socket)
    const listed = await listOf(ben!, '?limit=100')
    expect(pushed.map(({ id }) => id)).toEqual(listed.map(({ id }) => id).toReversed())
    expect(pushed).toHaveLength(60)
    expect(pushed.at(-1).unread).toBe(60)
  })
})

describe('[N1] the list', () => {
  test('[C4] pages through all or the unread ones, the newest first', async () => {
    const [ann, ben] = await registerMany(2)
    const room = await roomOf([ann!, ben!])
    for (let n = 0; n < 7; n++) await ok(ann!.send(room.id, `@${ben!.username} ${n}`))
    const all = fieldOf(await walk(ben!, '/api/notifications/?limit=3'), 'text')
    expect(all).toEqual([6, 5, 4, 3, 2, 1, 0].map((n) => `@${ben!.username} ${n}`))
    const ids = (await listOf(ben!)).map(({ id }) => id)
    await ok(ben!.post('/api/notifications/read/', { ids: [ids[0], ids[2], ids[4]] }))
    const forwards = await walk(ben!, '/api/notifications/?unread=true&limit=2')
    expect(forwards.map(({ unread }) => unread)).toEqual([4, 4])
    expect(fieldOf(forwards, 'id')).toEqual([ids[1], ids[3], ids[5], ids[6]])
    const back = await walk(ben!, forwards[1].previous, 'previous')
    expect(fieldOf(back, 'id')).toEqual([ids[1], ids[3]])
    expect(fieldOf(await walk(ben!, '/api/notifications/?unread=false'), 'id')).toEqual(ids)
  })

  test('[N1] counts unread ones up to 100', async () => {
    const [ann, ben] = await registerMany(2)
    const room = await ok(ann!.post('/api/direct/', { username: ben!.username }))
    const unread = async () => (await ok(ben!.get('/api/notifications/?limit=1'))).unread
    for (let n = 0; n < 99; n++) await ok(ann!.send(room.id, `${n}`))
    expect(await unread()).toBe(99)
    for (let n = 0; n < 3; n++) await ok(ann!.send(room.id, `${n}`))
    expect(await unread()).toBe(100)
  })
})

describe('[N1] reading them', () => {
  test('[N1] marks some or all, returns how many are left, and tells the other sockets', async () => {
    const [ann, ben] = await registerMany(2)
    const room = await roomOf([ann!, ben!])
    for (let n = 0; n < 5; n++) await ok(ann!.send(room.id, `@${ben!.username} ${n}`))
    await using socket = await openSocket(ben!)
    await using simple = await openSimple(ben!, room.name)
    await using hers = await openSocket(ann!)
    const ids = (await listOf(ben!)).map(({ id }) => id)
    const read = async (body: unknown) => await ok(ben!.post('/api/notifications/read/', body))
    expect(await read({ ids: [ids[3], ids[1], ids[1]] })).toEqual({ unread: 3 })
    // It is read already, so nothing is sent.
    expect(await read({ ids: [ids[1]] })).toEqual({ unread: 3 })
    expect(await read({ ids: [] })).toEqual({ unread: 3 })
    const readAt = (await listOf(ben!)).map(({ read_at }) => read_at !== null)
    expect(readAt).toEqual([false, true, false, true, false])
    expect(await read({ all: true })).toEqual({ unread: 0 })
    expect(await read({ all: true })).toEqual({ unread: 0 })
    expect(await listOf(ben!, '?unread=true')).toEqual([])
    expect(await listOf(ben!)).toHaveLength(5)
    for (const each of [socket, simple, hers]) await each.settle()
    const frames = socket.ofType('notifications.read')
    expect(frames.map((frame) => ({ ...frame, ids: frame.ids?.toSorted() }))).toEqual([
      { type: 'notifications.read', ids: [ids[3], ids[1]].toSorted(), unread: 3 },
      { type: 'notifications.read', all: true, unread: 0, ids: undefined },
    ])
    expect(simple.received).toEqual([])
    expect(hers.ofType('notifications.read')).toEqual([])
  })

  test('[C7] ignores ids of others like unknown ids', async () => {
    const [ann, ben, eve] = await registerMany(3)
    const room = await roomOf([ann!, ben!])
    await ok(ann!.send(room.id, `@${ben!.username}`))
    const [{ id }] = await listOf(ben!)
    for (const ids of [[id], [Number.MAX_SAFE_INTEGER], [id, Number.MAX_SAFE_INTEGER]]) {
      expect(await ok(eve!.post('/api/notifications/read/', { ids }))).toEqual({ unread: 0 })
    }
    expect(await listOf(ben!, '?unread=true')).toHaveLength(1)
  })

  test('[N1] deletes those read more than 90 days ago at the next read', async () => {
    const [ann, ben, cleo] = await registerMany(3)
    const room = await roomOf([ann!, ben!, cleo!])
    const mention = () => ok(ann!.send(room.id, `@${ben!.username} @${cleo!.username}`))
    for (let n = 0; n < 4; n++) await mention()
    const ids = (await listOf(ben!)).map(({ id }) => id)
    await ok(ben!.post('/api/notifications/read/', { ids: ids.slice(1) }))
    await using database = await openDatabase(server)
    await database.execute(
      `update notifications set created_at = now() - interval '91 days',
              read_at = case id when $2 then read_at - interval '89 days'
                                else read_at - interval '91 days' end
        where user_id = $1`,
      [ben!.id, ids[1]],
    )
    expect((await listOf(ben!)).map(({ id }) => id)).toEqual(ids)
    // Any user's read does this, here in a room that has something to read.
    await ok(cleo!.post(`/api/rooms/${room.id}/read/`, { seq: 5 }))
    expect((await listOf(ben!)).map(({ id }) => id)).toEqual(ids.slice(0, 2))
  })
})
