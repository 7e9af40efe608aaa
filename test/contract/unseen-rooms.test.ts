import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { roomDetail } from '../../src/protocol/rooms.ts'
import type { Answer } from '../support/api-client.ts'
import { startTestServer } from '../support/chat-server.ts'
import type { TestUser } from '../support/test-user.ts'
import { callRoute, makeScene, newName, roomRoutes, titled } from '../support/routes.ts'
import { fieldOf, ok, problemOf, walk } from '../support/answers.ts'
import { openSocket, refusal } from '../support/open-socket.ts'
import { openDatabase, statementsDuring } from '../support/watch-database.ts'

const server = await startTestServer()
afterAll(() => server[Symbol.asyncDispose]())

// The ids of rooms differ from all other ids, so that they can be found in a text.
beforeAll(async () => {
  await using database = await openDatabase(server)
  await database.execute('alter table rooms alter column id restart with 1000000')
})

/** Returns the result and the statements of `work`, without the room's id or name. */
async function fingerprint(work: () => Promise<unknown>, room: number | string) {
  let result: unknown
  const statements = await statementsDuring(server, async () => (result = await work()))
  const isRoom = (value: unknown) =>
    value === room || (typeof value === 'string' && value.includes(String(room)))
  return {
    result,
    statements: statements.map(({ sql, parameters }) => ({
      sql,
      parameters: parameters.map((value) => (isRoom(value) ? '<room>' : value)),
    })),
  }
}

function told({ status, text, headers }: Answer) {
  const constant = [...headers].filter(
    ([name]) => !/^(date|.*-?requestid|x-request-id|ratelimit-.*)$/.test(name),
  )
  return { status, text, headers: constant }
}

async function seenBy(user: TestUser): Promise<unknown[]> {
  return fieldOf(await walk(user, '/api/rooms/'), 'id')
}

describe('[C7] a hidden room', () => {
  test.each(titled(roomRoutes))(
    '[C7] $name answers and works as for no room',
    async ({ route }) => {
      const [hidden, deleted] = [
        await makeScene(server, 'private'),
        await makeScene(server, 'public'),
      ]
      await ok(deleted.caller.delete(`/api/rooms/${deleted.room}/`))
      const direct = await ok(
        hidden.caller.post('/api/direct/', { username: hidden.member.username }),
      )
      const none = Number.MAX_SAFE_INTEGER - 1
      const outsider = hidden.stranger
      const prints = []
      for (const room of [none, hidden.room, direct.id, deleted.room]) {
        const scene = { ...hidden, room }
        const work = async () => {
          const answer = await callRoute(route, scene, outsider.access)
          expect(problemOf(answer)).toBe('404 not_found')
          return told(answer)
        }
        const print = await fingerprint(work, room)
        // The key of a send is its request id.
        prints.push(JSON.stringify(print).replaceAll(/\\"client_id\\":\\"[^"]*\\"/g, ''))
      }
      expect(new Set(prints)).toEqual(new Set(prints.slice(0, 1)))
    },
  )

  test.each(titled(roomRoutes.filter(({ path }) => path.includes('<room>'))))(
    '[C7] $name answers a word that is not an id like an unknown room',
    async ({ route }) => {
      const scene = await makeScene(server)
      const answers = []
      for (const room of ['nonsense', Number.MAX_SAFE_INTEGER - 1]) {
        answers.push(told(await callRoute(route, { ...scene, room })))
      }
      expect(answers[0]).toEqual(answers[1])
    },
  )

  test('[C7] refuses a send as quickly as no room does, even while it is busy', async () => {
    const { room, member, stranger } = await makeScene(server, 'private')
    await using socket = await openSocket(stranger)
    await using database = await openDatabase(server)
    await database.execute('begin')
    await database.execute('select from rooms where id = $1 for update', [room])
    const waiting = member.post('/api/messages/', { room_id: room, message: 'in a while' })
    await vi.waitFor(async () => {
      await using other = await openDatabase(server)
      const waits = await other.execute(
        `select from pg_stat_activity
          where datname = current_database() and wait_event_type = 'Lock'`,
      )
      expect(waits).toHaveLength(1)
    })
    const body = { room_id: room, message: 'hi' }
    expect(problemOf(await stranger.post('/api/messages/', body))).toBe('404 not_found')
    const refused = await socket.ask({ action: 'sendmessage', ...body })
    expect(refused).toMatchObject({ type: 'error', code: 'not_found' })
    await database.execute('rollback')
    expect((await waiting).status).toBe(201)
  })

  test('[C7] refuses a socket like no room', async () => {
    const { room, caller, stranger } = await makeScene(server, 'private')
    const { name } = await ok(caller.get(`/api/rooms/${room}/`))
    const gone = await caller.createRoom({ title: newName() })
    await ok(caller.delete(`/api/rooms/${gone.id}/`))
    const prints = []
    for (const word of ['no_such_room_at_all', name, gone.name]) {
      const work = () => refusal(openSocket(stranger, `/ws/chat/${word}/`))
      const { result, statements } = await fingerprint(work, word)
      expect(result).toBe(404)
      // The first parameter is the connection's id.
      prints.push(
        statements.map(({ sql, parameters }) => ({ sql, parameters: parameters.slice(1) })),
      )
    }
    expect(prints[0]).toHaveLength(1)
    expect(prints[1]).toEqual(prints[0])
    expect(prints[2]).toEqual(prints[0])
  })

  test('[C7] refuses a frame like no room', async () => {
    const { room, stranger } = await makeScene(server, 'private')
    await using socket = await openSocket(stranger)
    for (const frame of [
      { action: 'sendmessage', message: 'hi' },
      { action: 'typing' },
      { action: 'read', seq: 1 },
    ]) {
      const answers = []
      for (const room_id of [room, Number.MAX_SAFE_INTEGER - 1]) {
        const { id: _, ...answer } = await socket.ask({ ...frame, room_id })
        answers.push(answer)
      }
      expect(answers[0]).toMatchObject({ type: 'error', code: 'not_found' })
      expect(answers[1]).toEqual(answers[0])
    }
  })

  test('[C7] is not in lists and searches, which show public rooms to anybody and others to members', async () => {
    const { room, caller, member, stranger } = await makeScene(server, 'private')
    const direct = await ok(caller.post('/api/direct/', { username: member.username }))
    const open = await caller.createRoom({ title: 'Open' })
    expect(await seenBy(stranger)).not.toContain(room)
    expect(await seenBy(stranger)).not.toContain(direct.id)
    expect(await seenBy(stranger)).toContain(open.id)
    expect(await seenBy(member)).toEqual(expect.arrayContaining([room, direct.id, open.id]))
    roomDetail.parse(await ok(stranger.get(`/api/rooms/${open.id}/`)))
  })
})
