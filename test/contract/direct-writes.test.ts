import { afterAll, describe, expect, test } from 'vitest'
import type { Room } from '../../src/protocol/rooms.ts'
import { startTestServer } from '../support/chat-server.ts'
import { type TestUser, testPassword } from '../support/test-user.ts'
import { historyOf, ok, problemOf } from '../support/answers.ts'
import { invite } from '../support/memberships.ts'
import { openSocket } from '../support/open-socket.ts'

const server = await startTestServer()
afterAll(() => server[Symbol.asyncDispose]())

async function openDirect(): Promise<{ ann: TestUser; ben: TestUser; direct: Room }> {
  const [ann, ben] = [await server.register(), await server.register()]
  return { ann, ben, direct: await ok(ann.post('/api/direct/', { username: ben.username })) }
}

/** Whatever a member may write to a room, by HTTP and by socket: what each is answered. */
async function refusals(user: TestUser, { id, name }: Room): Promise<unknown[]> {
  await using all = await openSocket(user)
  await using one = await openSocket(user, `/ws/chat/${name}/`)
  const byHttp = await user.send(id, 'hi')
  problemOf(byHttp)
  const answers = [
    byHttp.body,
    await all.ask({ action: 'sendmessage', room_id: id, message: 'hi' }),
    await one.ask({ action: 'sendmessage', message: 'hi' }),
    await all.ask({ action: 'typing', room_id: id }),
  ]
  return answers.map(({ code, detail, message }) => `${code}: ${detail ?? message}`)
}

describe('[A6] while one of the two has blocked the other', () => {
  test('[A6] neither writes to their chat, and each is told why', async () => {
    const { ann, ben, direct } = await openDirect()
    await ok(ben.send(direct.id, 'before'))
    await ok(ann.put(`/api/users/me/blocks/${ben.username}/`))
    await using hers = await openSocket(ann)
    await using his = await openSocket(ben)
    const blocking = 'forbidden: you have blocked the other one: unblock them to write'
    expect(await refusals(ann, direct)).toEqual(Array(4).fill(blocking))
    const blocked = 'forbidden: the other one does not want to hear from you'
    expect(await refusals(ben, direct)).toEqual(Array(4).fill(blocked))
    await Promise.all([hers.settle(), his.settle()])
    for (const socket of [hers, his]) expect(socket.received).toEqual([])
    // It can be read, and its marker moves.
    for (const user of [ann, ben]) {
      expect(await historyOf(user, direct.id)).toMatchObject([{ message: 'before' }])
      await ok(user.post(`/api/rooms/${direct.id}/read/`, { seq: 3 }))
    }
    await ok(ann.delete(`/api/users/me/blocks/${ben.username}/`))
    expect((await ben.send(direct.id, 'after')).status).toBe(201)
    await hers.next('message')
  })

  test('[A6, M3] what was sent before is repeated neither', async () => {
    const { ann, ben, direct } = await openDirect()
    await ok(ben.send(direct.id, 'before', { client_id: 'once' }))
    await ok(ann.put(`/api/users/me/blocks/${ben.username}/`))
    await using socket = await openSocket(ann)
    const repeated = await ben.send(direct.id, 'before', { client_id: 'once' })
    expect(problemOf(repeated)).toBe('403 forbidden')
    await socket.settle()
    expect(socket.received).toEqual([])
  })

  test('[A6] both write to a room that they share', async () => {
    const { ann, ben } = await openDirect()
    const room = await ann.createRoom({ title: 'Two', kind: 'private' })
    await invite(ann, room, 'member', ben)
    await ok(ann.put(`/api/users/me/blocks/${ben.username}/`))
    for (const user of [ann, ben]) expect((await user.send(room.id, 'hi')).status).toBe(201)
  })

  test('[A6] a send at the same moment is stored before, or refused', async () => {
    const { ann, ben, direct } = await openDirect()
    const sends = Array.from({ length: 10 }, (_, n) => ben.send(direct.id, `${n}`))
    const [blocked, ...answers] = await Promise.all([
      ann.put(`/api/users/me/blocks/${ben.username}/`),
      ...sends,
    ])
    expect(blocked.status).toBe(204)
    const stored = answers.filter(({ status }) => status === 201).length
    for (const { status } of answers) expect([201, 403]).toContain(status)
    expect(await historyOf(ann, direct.id)).toHaveLength(stored)
    expect((await ben.send(direct.id, 'late')).status).toBe(403)
  })
})

describe('[A5] when the other one has deleted their account', () => {
  test('[A5] nothing is written to the chat, and who tries is told why', async () => {
    const { ann, ben, direct } = await openDirect()
    await ok(ann.delete('/api/users/me/', { password: testPassword }))
    const gone = 'conflict: the other one has deleted their account: nobody is there'
    expect(await refusals(ben, direct)).toEqual(Array(4).fill(gone))
    expect(await historyOf(ben, direct.id)).toEqual([])
  })
})
