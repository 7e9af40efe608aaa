/** The client library over the real server and real sockets. */
import { beforeAll, describe, expect, it } from 'vitest'
import { type ClientOptions, createClient, memoryStorage } from '../../src/client/index.ts'
import { startTestServer, type TestServer } from '../support/chat-server.ts'
import type { TestUser } from '../support/test-user.ts'
import { testPassword } from '../support/test-user.ts'
import {
  connected,
  Network,
  openClient,
  ready,
  shows,
  textsOf,
  when,
} from '../support/chat-client.ts'

let server: TestServer
beforeAll(async () => {
  server = await startTestServer()
  return () => server[Symbol.asyncDispose]()
})

/** Two users in one room. The first one uses the library. */
async function two(options: Partial<ClientOptions> = {}) {
  const [ana, ben] = [await server.register(), await server.register()]
  const { id } = await ana.createRoom({ title: 'Tea' })
  await ben.post(`/api/rooms/${id}/join/`)
  const opened = await openClient(server, ana, options)
  return { ana, ben, id, opened, client: opened.client }
}

async function say(user: TestUser, id: number, texts: readonly string[]): Promise<void> {
  for (const text of texts) {
    const answer = await user.send(id, text)
    if (answer.status !== 201) throw new Error(answer.text)
  }
}

describe('a client', () => {
  it('[M2, W4] shows the messages of an open room, with edits, deletions and reactions', async () => {
    const { ana, ben, id, opened, client } = await two()
    await using _ = opened
    const room = client.room(id)
    await ready(room)
    await connected(opened)
    await say(ben, id, ['one', 'two', 'three'])
    const { messages } = await shows(room, ['one', 'two', 'three'])
    await room.react(messages[0]!.seq, '👍', true)
    await ben.patch(`/api/messages/${id}/${messages[1]!.seq}/`, { message: 'zwei' })
    await ben.delete(`/api/messages/${id}/${messages[2]!.seq}/`)
    const view = await shows(room, ['one', 'zwei', null])
    expect(view.messages[0]!.reactions).toMatchObject([{ emoji: '👍', count: 1, mine: true }])
    const { body } = await ana.get(`/api/messages/${id}/`)
    expect(view.messages).toEqual(body.results)
    expect(opened.errors).toEqual([])
  })

  it('[A6] does not list a chat with a blocked user, even when it is opened by its address', async () => {
    const { ana, ben, id, opened, client } = await two()
    await using _ = opened
    await connected(opened)
    const { body: chat } = await ana.post('/api/direct/', { username: ben.username })
    await say(ben, chat.id, ['hello'])
    const list = () => client.rooms.get()?.map((room) => room.id)
    await when(client.rooms, () => list()?.includes(chat.id) === true)
    await ana.put(`/api/users/me/blocks/${ben.username}/`)
    await when(client.rooms, () => list()?.includes(chat.id) === false)
    const seen = new Set<string>()
    client.rooms.subscribe(() => seen.add(String(list())))
    await shows(client.room(chat.id), ['hello'])
    // Later requests are answered later.
    await ana.createRoom({ title: 'Another' })
    await when(client.rooms, () => list()?.length === 2)
    expect([...seen].filter((ids) => ids.split(',').includes(String(chat.id)))).toEqual([])
    await ana.delete(`/api/users/me/blocks/${ben.username}/`)
    await when(client.rooms, () => list()?.includes(chat.id) === true)
    expect(list()).toContain(id)
  })

  it('[M3] shows a send at once, and only once after it is stored', async () => {
    const { ana, id, opened, client } = await two()
    await using _ = opened
    const room = client.room(id)
    await ready(room)
    const seen = new Set<string>()
    room.view.subscribe(({ messages, outgoing }) => {
      const ids = [
        ...messages.map(({ client_id }) => client_id!),
        ...outgoing.map((o) => o.clientId),
      ]
      expect(new Set(ids).size).toBe(ids.length)
      for (const { status } of outgoing) seen.add(status)
    })
    const clientId = room.send('hello')
    expect(room.view.get().outgoing).toMatchObject([{ clientId, text: 'hello', status: 'saving' }])
    await shows(room, ['hello'])
    await when(room.view, ({ outgoing }) => outgoing.length === 0)
    expect([...seen]).toContain('sending')
    const { body } = await ana.get(`/api/messages/${id}/`)
    expect(body.results).toMatchObject([{ message: 'hello', client_id: clientId }])
  })

  it('[W5] sends in order within a room, over a socket that breaks', async () => {
    const network = new Network()
    const { ana, id, opened, client } = await two({ WebSocket: network.WebSocket })
    await using _ = opened
    const room = client.room(id)
    await connected(opened)
    // No ack and no push arrives.
    network.loses = () => true
    const texts = Array.from({ length: 8 }, (_each, at) => `message ${at}`)
    for (const text of texts) room.send(text)
    await when(room.view, ({ outgoing }) => outgoing[0]?.status === 'sending')
    network.loses = undefined
    network.sockets.at(-1)!.close()
    await when(client.outbox, (outbox) => outbox.length === 0)
    const { body } = await ana.get(`/api/messages/${id}/`)
    expect(body.results.map((message: { message: string }) => message.message)).toEqual(texts)
    await shows(room, texts)
  })

  it('[W5] keeps sends over a reload, and sends them once', async () => {
    const storage = memoryStorage()
    const network = new Network()
    const { ana, id, opened, client } = await two({ ...storage, WebSocket: network.WebSocket })
    await connected(opened)
    network.loses = () => true
    const room = client.room(id)
    room.send('first')
    room.send('second')
    await when(
      client.outbox,
      ([first, second]) => first?.status === 'sending' && second?.status === 'waiting',
    )
    await opened[Symbol.asyncDispose]()
    expect(await storage.sends.load()).toHaveLength(2)

    const again = createClient({ url: server.url, ...storage })
    expect(await again.restore()).toEqual({ id: ana.id, username: ana.username })
    expect(again.outbox.get()).toMatchObject([{ text: 'first' }, { text: 'second' }])
    again.connect()
    await when(again.outbox, (outbox) => outbox.length === 0)
    await again.close()
    expect(await storage.sends.load()).toEqual([])
    const { body } = await ana.get(`/api/messages/${id}/`)
    expect(body.results.map((message: { message: string }) => message.message)).toEqual([
      'first',
      'second',
    ])
  })

  it('[W7] fills the gap that a lost push leaves', async () => {
    const network = new Network()
    const { ben, id, opened, client } = await two({ WebSocket: network.WebSocket })
    await using _ = opened
    const room = client.room(id)
    await ready(room)
    await connected(opened)
    network.loses = (data) => data.includes('lost')
    await say(ben, id, ['lost 1', 'lost 2', 'lost 3'])
    await say(ben, id, ['found'])
    await shows(room, ['lost 1', 'lost 2', 'lost 3', 'found'])
  })

  it('[W7] finds a last push that was lost by heads', async () => {
    const network = new Network()
    const { ben, id, opened, client } = await two({ WebSocket: network.WebSocket })
    await using _ = opened
    const room = client.room(id)
    await ready(room)
    await connected(opened)
    network.loses = (data) => data.includes('lost')
    await say(ben, id, ['lost'])
    client.wake()
    await shows(room, ['lost'])
  })

  // It waits for seconds while the next tests work.
  it.concurrent(
    '[W8] replaces an open socket that does not answer after a sleep',
    async ({ expect }) => {
      const network = new Network()
      const { ben, id, opened, client } = await two({ WebSocket: network.WebSocket })
      await using _ = opened
      const room = client.room(id)
      await ready(room)
      await connected(opened)
      const dead = network.sockets.at(-1)
      network.loses = (_data, socket) => socket === dead
      await say(ben, id, ['while it slept'])
      client.wake()
      await expect.poll(() => network.sockets.length, { timeout: 12_000 }).toBe(2)
      await shows(room, ['while it slept'])
      await connected(opened)
    },
  )

  it.concurrent(
    '[M8] counts unread messages as the server does, and marks them as read',
    async ({ expect }) => {
      const { ana, ben, id, opened, client } = await two()
      await using _ = opened
      await connected(opened)
      const find = (rooms: typeof client.rooms extends { get(): infer T } ? T : never) =>
        rooms?.find((room) => room.id === id)
      await when(client.rooms, (rooms) => find(rooms)?.unread === 0)
      await say(ben, id, ['one', 'two', 'three'])
      await when(client.rooms, (rooms) => find(rooms)?.unread === 3)
      const { body } = await ana.get(`/api/messages/${id}/`)
      await ben.delete(`/api/messages/${id}/${body.results[0].seq}/`)
      await when(client.rooms, (rooms) => find(rooms)?.unread === 2)
      const room = client.room(id)
      await ready(room)
      room.markRead(body.results[1].seq)
      expect(find(client.rooms.get())?.unread).toBe(1)
      room.markRead()
      expect(find(client.rooms.get())?.unread).toBe(0)
      await expect
        .poll(async () => (await ana.get(`/api/rooms/${id}/`)).body.unread, { timeout: 10_000 })
        .toBe(0)
    },
  )

  it.concurrent('[R5] shows rooms as they appear and disappear', async () => {
    const { ana, ben, id, opened, client } = await two()
    await using _ = opened
    await connected(opened)
    const other = await ben.createRoom({ title: 'Private', kind: 'private' })
    await ben.put(`/api/rooms/${other.id}/members/${ana.username}/`)
    await when(client.rooms, (rooms) => rooms?.length === 2)
    const room = client.room(other.id)
    await ready(room)
    await ben.delete(`/api/rooms/${other.id}/members/${ana.username}/`)
    await when(client.rooms, (rooms) => rooms?.length === 1 && rooms[0]!.id === id)
    await when(room.view, ({ status }) => status === 'gone')
  })

  it.concurrent('[M4] reads back to the first message, page by page, and around one', async () => {
    const { ben, id, opened, client } = await two()
    await using _ = opened
    const texts = Array.from({ length: 170 }, (_each, at) => `message ${at}`)
    await say(ben, id, texts)
    const room = client.room(id)
    await ready(room)
    expect(textsOf(room.view.get())).toEqual(texts.slice(-50))
    await room.loadBefore()
    expect(room.view.get()).toMatchObject({ hasOlder: true, hasNewer: false })
    await room.loadBefore()
    expect(textsOf(room.view.get())).toEqual(texts)
    expect(room.view.get().hasOlder).toBe(false)
    await room.loadAround(room.view.get().messages[10]!.seq)
    expect(room.view.get()).toMatchObject({ hasNewer: true })
    while (room.view.get().hasNewer) await room.loadAfter()
    expect(textsOf(room.view.get()).at(-1)).toBe('message 169')
  })

  it.concurrent('[N1, N2] has the notifications, and knows which are read', async () => {
    const { ana, ben, id, opened, client } = await two()
    await using _ = opened
    await connected(opened)
    await when(client.notifications, ({ items }) => items !== null)
    await say(ben, id, [`@${ana.username} look`])
    await when(client.notifications, ({ unread }) => unread === 1)
    const room = client.room(id)
    await ready(room)
    room.markRead()
    await when(client.notifications, ({ unread, items }) => unread === 0 && !!items?.[0]?.read_at)
  })

  it('[A4] ends the session once when the server has ended it', async () => {
    const { ana, opened, client } = await two()
    await using _ = opened
    await connected(opened)
    const ends: unknown[] = []
    client.session.subscribe((state) => ends.push(state))
    await ana.delete('/api/sessions/')
    await when(client.session, ({ user }) => user === null)
    expect(ends).toMatchObject([{ user: null, error: { code: 'session_revoked' } }])
    expect(client.connection.get().name).toBe('offline')
    await client.login(ana.username, testPassword)
    client.connect()
    await connected(opened)
  })

  it('[A4] is not signed out by a late answer to the session before', async () => {
    const { promise: released, resolve: release } = Promise.withResolvers<void>()
    const { ana, opened, client } = await two({
      fetch: async (url, init) => {
        if (url.includes('/api/sessions/')) await released
        return await fetch(url, init)
      },
    })
    await using _ = opened
    await connected(opened)
    const late = client.request('GET /api/sessions/')
    await client.logout()
    const me = await client.login(ana.username, testPassword)
    release()
    await expect(late).rejects.toMatchObject({ code: 'signed_out' })
    expect(client.session.get()).toEqual({ user: me, error: null })
  })

  it('[W4] shows who types, and reports that the user types', async () => {
    const { ana, ben, id, opened, client } = await two()
    await using _ = opened
    const room = client.room(id)
    await ready(room)
    await connected(opened)
    await using socket = await ben.connect()
    socket.send({ action: 'typing', room_id: id })
    await when(room.view, ({ typing }) => typing[0]?.username === ben.username)
    room.typing()
    expect(await socket.next('typing')).toMatchObject({ username: ana.username })
  })

  it('[W2] learns over HTTP that its session ended while it was offline, and reports it once', async () => {
    const { ana, opened, client } = await two()
    await using _ = opened
    await connected(opened)
    client.disconnect()
    expect(client.connection.get()).toMatchObject({ name: 'offline', retryInMs: null })
    const ends: unknown[] = []
    client.session.subscribe((state) => ends.push(state))
    await ana.delete('/api/sessions/')
    // The answer to a request that was under way may have said so already.
    if (client.session.get().user !== null) client.connect()
    await when(client.session, ({ user }) => user === null)
    expect(ends).toMatchObject([{ user: null, error: { code: 'session_revoked' } }])
    expect(client.connection.get().name).toBe('offline')
  })

  it('rejects a call that the caller ends with its reason, and all calls when it is closed', async () => {
    const { opened, client } = await two()
    await using _ = opened
    const reason = new Error('not needed any more')
    const signal = AbortSignal.abort(reason)
    await expect(client.request('GET /api/users/me/', {}, { signal })).rejects.toBe(reason)
    const pending = client.request('GET /api/rooms/')
    await client.close()
    await expect(pending).rejects.toMatchObject({ name: 'ChatError', code: 'network' })
    await expect(client.request('GET /api/rooms/')).rejects.toMatchObject({ code: 'network' })
    expect(opened.errors).toEqual([])
  })

  it('[M4] resolves a load that a listener requests when the messages have arrived', async () => {
    const { ben, id, opened, client } = await two()
    await using _ = opened
    await say(
      ben,
      id,
      Array.from({ length: 60 }, (_each, at) => `message ${at}`),
    )
    const room = client.room(id)
    const held = new Promise<number>((resolve, reject) => {
      const end = room.view.subscribe(({ status }) => {
        if (status !== 'ready') return
        end()
        room.loadBefore().then(() => resolve(room.view.get().messages.length), reject)
      })
    })
    expect(await held).toBe(60)
  })
})
