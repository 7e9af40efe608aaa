/**
 * The chat over a Data API that fails at every few calls, in each way that AWS knows, while a client
 * repeats what it was told to: nothing is applied twice, and nothing that was said to be done is lost.
 */
import { afterEach, describe, expect, test } from 'vitest'
import type { DataApiCall, DataApiFault } from '../../src/emulators/data-api/data-api.ts'
import { historyOf, ok } from '../support/answers.ts'
import { openSocket, refusal } from '../support/open-socket.ts'
import { openDatabase } from '../support/watch-database.ts'
import type { Answer } from '../support/api-client.ts'
import { startTestServer, type TestServer } from '../support/chat-server.ts'

let faults: (call: DataApiCall) => DataApiFault | undefined = () => undefined
afterEach(() => {
  faults = () => undefined
})

const start = () => startTestServer({ driver: 'data-api', faults: (call) => faults(call) })

/** Repeats a request for as long as it is answered that the chat cannot answer just now. */
async function insist(request: () => Promise<Answer>): Promise<Answer> {
  for (let tries = 0; tries < 20; tries++) {
    const answer = await request()
    if (answer.status === 500) throw new Error(`an error inside: ${answer.text}`)
    if (answer.status !== 503) return answer
  }
  throw new Error('it is never answered')
}

/** Numbers from 0 to 1, the same for the same seed: Park and Miller's. */
function seededRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 48_271) % 2_147_483_647
    return state / 2_147_483_647
  }
}

/** Rooms whose counters are not what is in their tables. */
async function brokenRooms(server: TestServer): Promise<unknown[]> {
  await using database = await openDatabase(server)
  return await database.execute(
    `select r.id from rooms r
      where r.last_seq <> (select count(*) from room_events e where e.room_id = r.id)
         or r.last_seq <> (select max(seq) from room_events e where e.room_id = r.id)
         or r.member_count <> (select count(*) from memberships m where m.room_id = r.id)
         or exists (select from messages m where m.room_id = r.id
                     group by m.client_id having count(*) > 1)`,
  )
}

describe('a Data API that fails', () => {
  test.each<[string, DataApiFault]>([
    ['500, after it was done', { answer: 'InternalServerErrorException', done: true }],
    ['a cut connection, after it was done', { answer: 'cut', done: true }],
    ['500', { answer: 'InternalServerErrorException' }],
    ['a cut connection', { answer: 'cut' }],
    ['throttling', { answer: 'ThrottlingException' }],
  ])('[6] nothing is applied twice: %s, at one call in six', async (_what, fault) => {
    await using server = await start()
    const ana = await server.register()
    const bo = await server.register()
    const room = await ana.createRoom({ title: 'Faults' })
    const random = seededRandom(7)
    let struck = 0
    faults = () => {
      if (random() > 1 / 6) return undefined
      struck++
      return fault
    }

    expect((await insist(() => bo.post(`/api/rooms/${room.id}/join/`))).status).toBe(200)
    const sent = ['one', 'two', 'three', 'four', 'five']
    for (const message of sent) {
      const answer = await insist(() => bo.send(room.id, message, { client_id: message }))
      expect([200, 201]).toContain(answer.status)
    }
    const renamed = await insist(() => ana.patch(`/api/rooms/${room.id}/`, { title: 'Renamed' }))
    expect(renamed.body).toMatchObject({ title: 'Renamed' })
    await insist(() => ana.post(`/api/rooms/${room.id}/read/`, { seq: 5 }))
    await insist(() => ana.post('/api/rooms/', { title: 'Another' }))

    faults = () => undefined
    expect((await historyOf(ana, room.id)).map(({ message }) => message)).toEqual(sent)
    expect(await brokenRooms(server)).toEqual([])
    expect(struck).toBeGreaterThan(5)
  })

  test('[6] a send whose answer was lost is in the log once, and is answered', async () => {
    await using server = await start()
    const ana = await server.register()
    const room = await ana.createRoom()
    await using socket = await openSocket(ana)
    let lost = 0
    faults = ({ sql }) =>
      sql?.includes('send_messages') && lost++ < 2 ? { answer: 'cut', done: true } : undefined
    await ok(ana.send(room.id, 'once'))
    await socket.settle()
    expect(lost).toBe(3)
    expect(socket.ofType('message').map(({ message }) => message)).toEqual(['once'])
    expect(await historyOf(ana, room.id)).toHaveLength(1)
  })

  test('[6] a commit whose answer was lost was made, and is answered', async () => {
    await using server = await start()
    const ana = await server.register()
    let lost = 0
    faults = ({ operation }) =>
      operation === 'CommitTransaction' && lost++ === 0 ? { answer: 'cut', done: true } : undefined
    const room = await ana.createRoom({ title: 'Committed' })
    expect(lost).toBe(2)
    expect((await ok(ana.get(`/api/rooms/${room.id}/`))).title).toBe('Committed')
  })

  test('[3.4] a database that resumes is waited for; whoever asks is answered', async () => {
    await using server = await start()
    const ana = await server.register()
    let resuming = 2
    faults = () => (resuming-- > 0 ? { answer: 'DatabaseResumingException' } : undefined)
    expect((await ok(ana.get('/api/rooms/'))).results).toEqual([])
  })

  test('[C3] whoever meets a database that is waking up is told so, and that call has woken it', async () => {
    let calls = 0
    const wakes = ({ operation }: DataApiCall): DataApiFault | undefined => {
      if (operation !== 'RollbackTransaction') calls++
      return { answer: 'DatabaseResumingException' }
    }
    await using server = await startTestServer({
      driver: 'data-api',
      faults: (call) => faults(call),
      resumeWaitMs: 0,
    })
    const ana = await server.register()
    await using socket = await openSocket(ana)
    faults = wakes
    const answer = await ana.get('/api/rooms/')
    expect(answer.status).toBe(503)
    expect(answer.body).toMatchObject({ code: 'unavailable', reason: 'resuming' })
    expect(answer.body.detail).toMatch(/waking up: try again/)
    expect(answer.headers.get('retry-after')).toBe('5')
    expect(calls).toBe(1)
    expect(await refusal(ana.connect())).toBe(503)
    expect(calls).toBe(2)
    expect(await socket.ask({ action: 'heads' })).toMatchObject({
      type: 'error',
      code: 'unavailable',
      retryable: true,
      retry_after_ms: 5_000,
    })
    faults = () => undefined
    expect((await ok(ana.get('/api/rooms/'))).results).toEqual([])
    await using again = await openSocket(ana)
    expect(await again.ask({ action: 'heads' })).toMatchObject({ type: 'heads' })
  })

  test('[C3] health does not wait for a database that is waking up, and says so', async () => {
    await using server = await start()
    let calls = 0
    faults = () => {
      calls++
      return { answer: 'DatabaseResumingException' }
    }
    const answer = await server.call('GET', '/api/health/')
    expect(answer).toMatchObject({
      status: 503,
      body: { status: 'degraded', database: 'resuming' },
    })
    expect(calls).toBe(1)
    expect(server.log.filter(({ level }) => level === 'error')).toEqual([])
  })

  test('[C3] a name that is taken is a conflict, a database that is away 503', async () => {
    await using server = await start()
    const ana = await server.register()
    const taken = {
      username: ana.username,
      password: 'correct horse battery',
      email: 'a@example.org',
    }
    expect((await server.call('POST', '/api/register/', taken)).status).toBe(409)
    faults = () => ({ answer: 'DatabaseUnavailableException' })
    const answer = await ana.get('/api/rooms/')
    expect(answer.status).toBe(503)
    expect(answer.headers.get('retry-after')).toBe('2')
  })
})
