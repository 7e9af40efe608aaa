/** [N1] Notices, which the admin's pages send. */
import { afterAll, describe, expect, test } from 'vitest'
import type { Pushes } from '../../../src/core/push/publish.ts'
import { createNotice, deliverNotice } from '../../../src/core/notifications/send-notice.ts'
import type { Sender } from '../../../src/core/ports.ts'
import { type TestServer, startTestServer } from '../../support/chat-server.ts'
import type { TestSocket } from '../../support/test-socket.ts'
import { testPassword } from '../../support/test-user.ts'
import { ok } from '../../support/answers.ts'
import { openSimple, openSocket } from '../../support/open-socket.ts'
import { openDatabase } from '../../support/watch-database.ts'

const server = await startTestServer()
afterAll(() => server[Symbol.asyncDispose]())

/** Returns the id of a socket's connection. */
async function idOf(socket: TestSocket): Promise<string> {
  return (await socket.ask({ action: 'hello' })).connection_id
}

const shown = { kind: 'notice', room_id: null, room_title: null, message_seq: null, user_id: null }

let forms = 0

/**
 * Gives a notice to one user or to everybody, this many users at a time, while it is given. Returns how many have it.
 */
async function send(
  context: Pushes,
  text: string,
  subjectId: number | null,
  { seconds = 60, users = 2 } = {},
): Promise<number> {
  const notice = { formKey: `form ${++forms}`, text, actorId: 1, subjectId }
  const id = await context.db.transaction().execute((trx) => createNotice(trx, notice))
  await deliverNotice(context, id!, seconds, users)
  return await reached(context, id!)
}

async function reached({ db }: Pick<Pushes, 'db'>, id: number): Promise<number> {
  const found = db.selectFrom('notices').where('id', '=', id).select('reached')
  return (await found.executeTakeFirstOrThrow()).reached
}

/** Records what is sent to whom. */
function createRecorder({ db }: TestServer) {
  const posts: { to: readonly string[]; event: { id: number } }[] = []
  const sender: Sender = {
    post: async (to, frame) => {
      posts.push({ to, event: JSON.parse(frame) })
      return []
    },
    close: async () => [],
  }
  return { posts, context: { db, sender } }
}

describe('a notice', () => {
  test('[N1] reaches one user on all their v1 sockets', async () => {
    const [ann, ben] = [await server.register(), await server.register()]
    const room = await ann.createRoom()
    await using all = await openSocket(ann)
    await using one = await openSocket(ann, `/ws/chat/${room.name}/`)
    await using _simple = await openSimple(ann, room.name)
    await using _other = await openSocket(ben)
    const ids = await Promise.all([all, one].map((socket) => idOf(socket)))
    const text = 'The server is restarted at noon 🕛'
    const { posts, context } = createRecorder(server)
    expect(await send(context, text, ann.id)).toBe(1)
    const { results, unread } = await ok(ann.get('/api/notifications/'))
    expect(results).toMatchObject([{ ...shown, text }])
    expect(unread).toBe(1)
    expect(posts).toEqual([
      { to: ids.toSorted(), event: { type: 'notification', ...results[0], unread: 1 } },
    ])
    expect((await ok(ben.get('/api/notifications/'))).results).toEqual([])
    expect(await ok(ann.post('/api/notifications/read/', { all: true }))).toEqual({ unread: 0 })
  })

  test('[N1] reaches all users, and pages through 1,200 sockets', async () => {
    await using crowded = await startTestServer()
    const users = await Promise.all(Array.from({ length: 4 }, () => crowded.register()))
    const gone = await crowded.register()
    await ok(crowded.call('DELETE', '/api/users/me/', { password: testPassword }, gone.access))
    await using database = await openDatabase(crowded)
    await database.execute(
      `insert into connections (id, user_id, session_id, simple, expires_at)
       select 'socket ' || n || ' of ' || s.id, s.user_id, s.id, n % 7 = 0, now() + interval '1 hour'
         from generate_series(1, 350) n, sessions s where s.revoked_at is null`,
    )
    const { posts, context } = createRecorder(crowded)
    expect(await send(context, 'Hello', null)).toBe(4)
    const sockets = posts.flatMap(({ to }) => to)
    expect(new Set(sockets).size).toBe(sockets.length)
    expect(sockets).toHaveLength(4 * 300)
    const ids = new Set(posts.map(({ event }) => event.id))
    const listed = await Promise.all(
      users.map(async (user) => (await ok(user.get('/api/notifications/'))).results[0].id),
    )
    expect(ids).toEqual(new Set(listed))
  })

  test('[N1] continues where it stopped, reaches nobody twice, and reaches no later users', async () => {
    await using own = await startTestServer()
    const users = []
    for (let n = 0; n < 5; n++) users.push(await own.register())
    const { posts, context } = createRecorder(own)
    expect(await send(context, 'Hello', null, { seconds: 0 })).toBe(2)
    const late = await own.register()
    const { id } = await own.db.selectFrom('notices').select('id').executeTakeFirstOrThrow()
    await Promise.all([1, 2, 3].map(() => deliverNotice(context, id, 60, 2)))
    expect(await reached(own, id)).toBe(5)
    await deliverNotice(context, id, 60)
    expect(await reached(own, id)).toBe(5)
    for (const user of users) {
      expect((await ok(user.get('/api/notifications/'))).results).toHaveLength(1)
    }
    expect((await ok(late.get('/api/notifications/'))).results).toEqual([])
    expect(posts).toEqual([])
  })

  test('[N1] is made once from a form that is sent twice', async () => {
    const user = await server.register()
    const notice = { formKey: 'twice', text: 'Hello', actorId: user.id, subjectId: user.id }
    const create = () => server.db.transaction().execute((trx) => createNotice(trx, notice))
    const ids = await Promise.all([create(), create()])
    expect(ids.filter((id) => id !== undefined)).toHaveLength(1)
  })

  test('[N1] reaches no deleted account', async () => {
    const gone = await server.register()
    await ok(server.call('DELETE', '/api/users/me/', { password: testPassword }, gone.access))
    const { context } = createRecorder(server)
    expect(await send(context, 'Hello', gone.id)).toBe(0)
  })
})
