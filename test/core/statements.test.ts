/** The number of statements of each action. Each is a round trip, and on AWS a paid request. */
import { sql } from 'kysely'
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test, vi } from 'vitest'
import { recentMs } from '../../src/core/messages/recently-published.ts'
import { ok } from '../support/answers.ts'
import { openSocket } from '../support/open-socket.ts'
import { startTestServer, type TestServer } from '../support/chat-server.ts'
import { skipTime } from '../support/skip-time.ts'
import type { TestSocket } from '../support/test-socket.ts'
import type { TestUser } from '../support/test-user.ts'

const ghostIds = ['old_1', 'old_2', 'young_1', 'young_2']

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
})
afterAll(async () => {
  await server[Symbol.asyncDispose]()
})
// Otherwise an ending socket of the test before would be counted.
beforeEach(async () => {
  const sockets = server.db.selectFrom('connections').where('id', 'not in', ghostIds).select('id')
  await vi.waitFor(async () => {
    if ((await sockets.execute()).length > 0) throw new Error('a socket is still going')
  }, 15_000)
})

/** Returns the names of the database functions that `work` made the server call, or the text of other statements. */
async function calls(work: () => Promise<unknown>): Promise<string[]> {
  const before = server.statements.length
  await work()
  return server.statements
    .slice(before)
    .map(({ sql }) => /from (\w+_v\d)/.exec(sql)?.[1] ?? sql.trim().replace(/\s+/g, ' '))
}

async function memberOf(name: string): Promise<{ user: TestUser; roomId: number }> {
  const owner = await server.register()
  const room = await owner.createRoom({ title: name, name })
  const user = await server.register()
  await ok(user.post(`/api/rooms/${room.id}/join/`))
  return { user, roomId: room.id }
}

/** Resolves when the server has noticed the end of a socket. */
async function left(close: () => Promise<unknown>): Promise<void> {
  const before = server.statements.length
  await close()
  await expect.poll(() => server.statements.length).toBeGreaterThan(before)
}

/** Adds rows of connections without sockets: two older than 35 s, two younger. */
async function ghosts(userId: number, roomId: number) {
  return await sql`
    with ghost as (
      insert into connections (id, user_id, session_id, simple, connected_at, expires_at)
      select g.id, ${userId}, s.id, false, now() - make_interval(secs => g.age),
             now() + make_interval(hours => 1)
        from (values ('old_1', 36), ('old_2', 3600), ('young_1', 0), ('young_2', 30)) g(id, age),
             sessions s where s.user_id = ${userId}
      returning id)
    insert into subscriptions (room_id, connection_id)
    select cast(${roomId} as bigint), id from ghost returning connection_id`.execute(server.db)
}

describe('a send is one statement', () => {
  test('by HTTP, also when it is repeated', async () => {
    const { user, roomId } = await memberOf('by_http')
    for (const status of [201, 200]) {
      expect(
        await calls(async () => {
          const answer = await user.send(roomId, 'hello', { client_id: 'one' })
          expect(answer.status).toBe(status)
        }),
      ).toEqual(['send_messages_v4'])
    }
  })

  test('by socket, also when it is repeated or refused', async () => {
    const { user, roomId } = await memberOf('by_socket')
    await using socket = await openSocket(user)
    const send = { action: 'sendmessage', room_id: roomId, message: 'hello', client_id: 'one' }
    for (const frame of [send, send, { ...send, room_id: 999_999 }]) {
      expect(await calls(() => socket.ask(frame))).toEqual(['send_messages_v4'])
    }
  })
})

test('[M5] a change of a message is one statement, even when it is refused or changes nothing', async () => {
  const { user, roomId } = await memberOf('changes')
  const other = await server.register()
  await ok(other.post(`/api/rooms/${roomId}/join/`))
  const { seq } = await ok(user.send(roomId, 'first'))
  const path = `/api/messages/${roomId}/${seq}/`
  for (const work of [
    () => user.patch(path, { message: 'second' }),
    () => user.patch(path, { message: 'second' }),
    () => user.put(`${path}reactions/👍/`),
    () => user.delete(`${path}reactions/👍/`),
    () => other.delete(path),
    () => user.delete(path),
  ]) {
    expect(await calls(work)).toEqual(['change_message_v2'])
  }
})

test('[M6] the log takes one statement after that for the caller', async () => {
  const { user, roomId } = await memberOf('reading')
  expect(await calls(() => ok(user.get(`/api/rooms/${roomId}/events/`)))).toHaveLength(2)
})

test('[M4] a page of messages is one statement, wherever it begins', async () => {
  const { user, roomId } = await memberOf('history')
  const { seq } = await ok(user.send(roomId, 'hello'))
  for (const query of ['', `?before=${seq}`, '?after=0', `?around=${seq}`]) {
    expect(await calls(() => ok(user.get(`/api/messages/${roomId}/${query}`)))).toEqual([
      'message_page_v1',
    ])
  }
  // The second statement finds out what the caller is told.
  expect(await calls(() => user.get('/api/messages/999999/'))).toEqual([
    'message_page_v1',
    'access_room_v1',
  ])
})

test('[M7] a search indexes, and is one statement in a transaction, with another one that limits its time', async () => {
  const { user, roomId } = await memberOf('searching')
  const indexing = expect.stringMatching(/^select index_words_v2/)
  const search = [
    expect.stringMatching(/^select set_config\('statement_timeout'/),
    'find_messages_v2',
  ]
  const transaction = inject('driver') === 'pg' ? ['begin', ...search, 'commit'] : search
  const all = await calls(() => ok(user.get('/api/search/?q=hello')))
  expect(all).toEqual(['charge_caller_v2', indexing, ...transaction])
  const ofRoom = await calls(() => ok(user.get(`/api/search/?q=hello&room_id=${roomId}`)))
  expect(ofRoom).toEqual(['charge_caller_v2', 'access_room_v1', indexing, ...transaction])
})

describe('a send that notifies', () => {
  test('is one statement too, with its pushes, also when it is repeated', async () => {
    const { user, roomId } = await memberOf('notifying')
    const mentioned = await server.register()
    await ok(mentioned.post(`/api/rooms/${roomId}/join/`))
    await using socket = await openSocket(mentioned)
    const send = async () =>
      await ok(user.send(roomId, `@${mentioned.username}`, { client_id: 'one' }))
    // A repeat is sent again only after some time.
    for (const [ms, count] of [
      [0, 1],
      [0, 1],
      [recentMs, 2],
    ] as const) {
      skipTime(ms)
      expect(await calls(send)).toEqual(['send_messages_v4'])
      await socket.settle()
      expect(socket.ofType('notification')).toHaveLength(count)
    }
  })

  test('more than 201 sockets takes no further statement on a server of one process', async () => {
    const owner = await server.register()
    const room = await owner.createRoom({ title: 'Mentioned', name: 'mentioned' })
    const users = await Promise.all(Array.from({ length: 5 }, () => server.register()))
    for (const each of users) await ok(each.post(`/api/rooms/${room.id}/join/`))
    // Sockets for rooms of their own: they get no message of this room, but every notification.
    const sockets = await Promise.all(
      users.flatMap((each) => {
        const own = each.createRoom({ title: 'Own', name: `own_${each.id}` })
        return Array.from({ length: 41 }, async () => {
          const { name } = await own
          return await each.connect(`/ws/chat/${name}/`)
        })
      }),
    )
    try {
      const text = users.map(({ username }) => `@${username}`).join(' ')
      expect(await calls(() => ok(owner.send(room.id, text)))).toEqual(['send_messages_v4'])
      await Promise.all(sockets.map((socket) => socket.settle()))
      const counts = sockets.map((socket) => socket.ofType('notification').length)
      expect(new Set(counts)).toEqual(new Set([1]))
    } finally {
      await Promise.all(sockets.map((socket) => socket.close()))
    }
  })

  test('is marked as read by a frame with one statement', async () => {
    const { user, roomId } = await memberOf('read_again')
    const other = await server.register()
    await ok(other.post(`/api/rooms/${roomId}/join/`))
    await ok(other.send(roomId, `@${user.username}`))
    await using socket = await openSocket(user)
    expect(
      await calls(async () => {
        socket.send({ action: 'read', room_id: roomId, seq: 4 })
        await socket.next('read')
      }),
    ).toEqual(['read_v3'])
    expect((await ok(user.get('/api/notifications/'))).unread).toBe(0)
  })
})

describe('a socket', () => {
  test('opens with one statement, and closes with one', async () => {
    const { user } = await memberOf('come_and_go')
    let socket: TestSocket
    expect(
      await calls(async () => {
        socket = await user.connect()
      }),
    ).toEqual(['connect_v5'])
    expect(await calls(() => left(() => socket.close()))).toEqual(['disconnect_v3'])
  })

  test('opens with one statement even when it joins the room', async () => {
    await memberOf('joined_by_socket')
    const newcomer = await server.register()
    let socket: TestSocket
    expect(
      await calls(async () => {
        socket = await newcomer.connect('/ws/chat/joined_by_socket/')
      }),
    ).toEqual(['connect_v5'])
    await left(() => socket.close())
  })

  test("needs one more when it joins a room that the user's other sockets are told about", async () => {
    await memberOf('shown_elsewhere')
    const newcomer = await server.register()
    await using elsewhere = await openSocket(newcomer)
    let socket: TestSocket
    const called = await calls(async () => {
      socket = await newcomer.connect('/ws/chat/shown_elsewhere/')
    })
    expect(called).toEqual(['connect_v5', expect.stringMatching(/^select r\.id.* from rooms r/)])
    await elsewhere.next('room.added')
    await left(() => socket.close())
  })

  test('needs one statement for each small frame, and none for a malformed one', async () => {
    const { user, roomId } = await memberOf('small_frames')
    await using socket = await openSocket(user)
    expect(await calls(() => socket.ask({ action: 'hello' }))).toEqual(['heads_v5'])
    expect(await calls(() => socket.ask({ action: 'heads' }))).toEqual(['heads_v5'])
    expect(
      await calls(async () => {
        socket.send({ action: 'read', room_id: roomId, seq: 1 })
        await socket.next('read')
      }),
    ).toEqual(['read_v3'])
    expect(
      await calls(async () => {
        // The sender of a typing frame gets no answer.
        const before = server.statements.length
        socket.send({ action: 'typing', room_id: roomId })
        await expect.poll(() => server.statements.length).toBeGreaterThan(before)
        await socket.settle()
      }),
    ).toEqual(['typing_v3'])
    expect(await calls(() => socket.ask({ action: 'nothing' }))).toEqual([])
  })
})

describe('a push', () => {
  test('beyond the first 201 sockets takes no further statement on a server of one process', async () => {
    const owner = await server.register()
    const room = await owner.createRoom({ title: 'Many', name: 'many' })
    const sockets = await Promise.all(
      Array.from({ length: 205 }, () => owner.connect('/ws/chat/many/')),
    )
    try {
      expect(await calls(() => ok(owner.send(room.id, 'to all')))).toEqual(['send_messages_v4'])
      const got = await Promise.all(sockets.map((socket) => socket.next('message')))
      expect(got.filter(({ message }) => message === 'to all')).toHaveLength(205)
      await Promise.all(sockets.map((socket) => socket.settle()))
      expect(sockets.filter((socket) => socket.ofType('message').length !== 1)).toEqual([])
    } finally {
      await Promise.all(sockets.map((socket) => socket.close()))
    }
  })

  test('[W11] forgets all gone sockets with one statement, except the young ones', async () => {
    const owner = await server.register()
    const room = await owner.createRoom({ title: 'Ghosts' })
    const { rows } = await ghosts(owner.id, room.id)
    expect(rows).toHaveLength(4)
    expect(await calls(() => ok(owner.send(room.id, 'is anybody here?')))).toEqual([
      'send_messages_v4',
      'forget_gone_v1',
    ])
    const left = await server.db
      .selectFrom('connections')
      .where('user_id', '=', owner.id)
      .select('id')
      .orderBy('id')
      .execute()
    expect(left.map(({ id }) => id)).toEqual(['young_1', 'young_2'])
  })
})
