import { afterAll, describe, expect, test } from 'vitest'
import { reportReason } from '../../src/protocol/reports.ts'
import { type AdminBrowser, openAsAdmin } from '../support/admin-browser.ts'
import { startTestServer } from '../support/chat-server.ts'
import { testPassword, type TestUser } from '../support/test-user.ts'
import { historyOf, ok, problemOf } from '../support/answers.ts'
import { invite } from '../support/memberships.ts'
import { openSimple, openSocket } from '../support/open-socket.ts'

const server = await startTestServer({ limits: { reports: { count: 30, seconds: 3_600 } } })
afterAll(() => server[Symbol.asyncDispose]())
const { browser, user: admin } = await openAsAdmin(server)

async function makeRoom(kind = 'private') {
  const [ann, ben] = [await server.register(), await server.register()]
  const room = await ann.createRoom({ title: 'Reports', kind })
  await invite(ann, room, 'member', ben)
  const sent = await ok(ann.send(room.id, 'buy my watches'))
  return { ann, ben, room, sent, path: `/api/messages/${room.id}/${sent.seq}/report/` }
}

const spam = { reason: 'spam', text: 'every day' }

async function caseOf(user: TestUser): Promise<number> {
  const { id } = await server.db
    .selectFrom('report_cases')
    .where('subject_id', '=', user.id)
    .orderBy('id', 'desc')
    .select('id')
    .executeTakeFirstOrThrow()
  return id
}

async function decide(by: AdminBrowser, id: number, what: string, reason = '') {
  const path = `/admin/reports/${id}/`
  const shown = await by.submit(await by.get(path), path, { do: what, reason })
  expect(shown.status).toBe(200)
  return shown
}

async function notified(user: TestUser) {
  return (await ok(user.get('/api/notifications/'))).results
}

describe('[S1] a report', () => {
  test('[S1] of a message is one for each reporter, until it is handled', async () => {
    const { ann, ben, path } = await makeRoom()
    const first = await ben.put(path, spam)
    expect(first.status).toBe(201)
    expect(first.headers.get('RateLimit-Limit')).toBe('30')
    expect(first.body).toEqual({ ...spam, created_at: expect.any(String) })
    const again = await ben.put(path, { reason: 'hate' })
    expect([again.status, again.body]).toEqual([200, { ...first.body, reason: 'hate', text: '' }])
    const id = await caseOf(ann)
    expect(
      await server.db.selectFrom('reports').where('case_id', '=', id).select('reason').execute(),
    ).toEqual([{ reason: 'hate' }])
    await decide(browser, id, 'dismiss')
    expect((await ben.put(path, spam)).status).toBe(201)
    expect(await caseOf(ann)).toBeGreaterThan(id)
  })

  test('[S1] of a user is one for each reporter, too', async () => {
    const [ann, ben] = [await server.register(), await server.register()]
    const path = `/api/users/${ann.username}/report/`
    expect((await ben.put(path, spam)).status).toBe(201)
    const again = await ben.put(path, { reason: 'hate' })
    expect([again.status, again.body.reason]).toEqual([200, 'hate'])
  })

  test('[S1] of a user is a case of its own, and reports at once are one case', async () => {
    const bad = await server.register()
    const reporters = [await server.register(), await server.register(), await server.register()]
    const answers = await Promise.all(
      reporters.map((each) => each.put(`/api/users/${bad.username}/report/`, spam)),
    )
    expect(answers.map(({ status }) => status)).toEqual([201, 201, 201])
    const cases = await server.db
      .selectFrom('report_cases')
      .where('subject_id', '=', bad.id)
      .select(['room_id', 'reports'])
      .execute()
    expect(cases).toEqual([{ room_id: null, reports: 3 }])
  })

  test('[S1] says why, and with `other` more than that', async () => {
    const { ben, path } = await makeRoom()
    for (const reason of reportReason.options) {
      expect((await ben.put(path, { reason, text: 'because' })).status).toBeLessThan(300)
    }
    for (const body of [
      {},
      { reason: 'boring' },
      { reason: 'other' },
      { reason: 'other', text: '  ' },
      { reason: 'spam', text: 'x'.repeat(1_001) },
      { reason: 'spam', text: 'a\0b' },
    ]) {
      expect(problemOf(await ben.put(path, body))).toBe('400 bad_request')
    }
    const answer = await ben.put(path, { reason: 'other' })
    expect(answer.body.errors).toEqual([
      { field: 'text', message: 'must say what is wrong when the reason is other' },
    ])
  })

  test('[S1] is made by whoever may read the message, and by nobody else', async () => {
    const { ann, ben, room, sent, path } = await makeRoom()
    const stranger = await server.register()
    expect(problemOf(await stranger.put(path, spam))).toBe('404 not_found')
    expect(problemOf(await ann.put(path, spam))).toBe('409 conflict')
    expect(problemOf(await ann.put(`/api/users/${ann.username}/report/`, spam))).toBe(
      '409 conflict',
    )
    expect(problemOf(await ben.put('/api/users/no_such_name/report/', spam))).toBe('404 not_found')
    // Who joined, and where there is no number.
    for (const seq of [sent.seq - 1, sent.seq + 1]) {
      const other = `/api/messages/${room.id}/${seq}/report/`
      expect(problemOf(await ben.put(other, spam))).toBe('404 not_found')
    }
    await ok(ann.delete(`/api/messages/${room.id}/${sent.seq}/`))
    expect(problemOf(await ben.put(path, spam))).toBe('409 conflict')
    const open = await ann.createRoom({ title: 'Open', kind: 'public' })
    const { seq } = await ok(ann.send(open.id, 'hello'))
    const from = (await stranger.put(`/api/messages/${open.id}/${seq}/report/`, spam)).status
    expect(from).toBe(201)
  })

  test('[S1] is limited', async () => {
    await using own = await startTestServer({ limits: { reports: { count: 1, seconds: 3_600 } } })
    const [ann, ben] = [await own.register(), await own.register()]
    const path = `/api/users/${ben.username}/report/`
    await ok(ann.put(path, spam))
    expect(problemOf(await ann.put(path, spam))).toBe('429 rate_limited')
    const room = await ben.createRoom()
    const { seq } = await ok(ben.send(room.id, 'hi'))
    expect(problemOf(await ann.put(`/api/messages/${room.id}/${seq}/report/`, spam))).toBe(
      '429 rate_limited',
    )
  })

  test('[S1] tells its reporter that it was handled, and not how; also who has left since', async () => {
    const { ann, ben, room, path } = await makeRoom()
    await ok(ben.put(path, spam))
    await ok(ben.post(`/api/rooms/${room.id}/leave/`))
    await using socket = await openSocket(ben)
    await decide(browser, await caseOf(ann), 'dismiss', 'not so bad')
    const told = {
      kind: 'report_handled',
      room_id: null,
      room_title: null,
      message_seq: null,
      message_id: null,
      user_id: null,
      username: null,
      display_name: null,
      text: 'every day',
      read_at: null,
    }
    expect(await socket.next('notification')).toMatchObject({ ...told, unread: 1 })
    expect(await notified(ben)).toMatchObject([told])
    expect(await notified(ann)).toEqual([])
    const { unread } = await ok(ben.post('/api/notifications/read/', { all: true }))
    expect(unread).toBe(0)
  })

  test('[S1, M5] leads to a deletion that the room sees, in the name of the admin', async () => {
    const { ann, ben, room, sent, path } = await makeRoom()
    await ok(ann.put(`/api/messages/${room.id}/${sent.seq}/reactions/👍/`))
    await ok(ben.put(path, spam))
    await using socket = await openSocket(ann)
    await using simple = await openSimple(ann, room.name)
    await decide(browser, await caseOf(ann), 'delete', 'spam')
    expect(await socket.next('message.deleted')).toMatchObject({
      room_id: room.id,
      seq: sent.seq + 2,
      message_seq: sent.seq,
      deleted_by: { user_id: admin.id, username: admin.username },
    })
    const [message] = await historyOf(ben, room.id)
    expect(message).toMatchObject({ message: null, reactions: [], deleted_at: expect.any(String) })
    const { results } = await ok(ben.get(`/api/rooms/${room.id}/events/?after=${sent.seq + 1}`))
    expect(results).toMatchObject([
      {
        type: 'message.deleted',
        deleted_by: { user_id: admin.id },
        deleted_at: message!.deleted_at,
      },
    ])
    await simple.settle()
    expect(simple.received).toEqual([])
  })

  test('[S1, A5] keeps neither name nor text of an account that is deleted', async () => {
    const { ann, ben, path } = await makeRoom()
    await ok(ben.put(path, spam))
    await ok(ben.delete('/api/users/me/', { password: testPassword }))
    const id = await caseOf(ann)
    const rows = server.db.selectFrom('reports').where('case_id', '=', id)
    expect(await rows.select(['reporter_id', 'text']).execute()).toEqual([
      { reporter_id: null, text: '' },
    ])
    await decide(browser, id, 'dismiss')
  })
})
