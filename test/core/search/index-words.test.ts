/** [M7] Words are indexed by searches, after the send: what waits, who indexes it, and what edits do meanwhile. */
import { afterAll, expect, test } from 'vitest'
import { ok } from '../../support/answers.ts'
import { startTestServer } from '../../support/chat-server.ts'
import { join } from '../../support/memberships.ts'
import type { TestUser } from '../../support/test-user.ts'
import { openDatabase } from '../../support/watch-database.ts'

const server = await startTestServer()
const database = await openDatabase(server)
afterAll(async () => {
  await database[Symbol.asyncDispose]()
  await server[Symbol.asyncDispose]()
})

/** Returns how many messages of a room wait, and how many have words. */
async function stateOf(roomId: number) {
  const [row] = await database.execute(
    `select (select count(*)::int from unindexed_messages where room_id = $1) as waiting,
            (select count(*)::int from message_words where room_id = $1) as indexed`,
    [roomId],
  )
  return row
}

async function found(user: TestUser, q: string) {
  const { results } = await ok(user.get(`/api/search/?q=${q}`))
  return (results as { message: string }[]).map(({ message }) => message)
}

test('[M7] a search indexes what waits in the rooms that its caller may read, and nothing else', async () => {
  const [ann, ben] = [await server.register(), await server.register()]
  const [open, closed] = [
    await ann.createRoom(),
    await ann.createRoom({ title: 'Private', kind: 'private' }),
  ]
  await ok(ann.send(open.id, 'some tea'))
  await ok(ann.send(closed.id, 'hidden tea'))
  for (const { id } of [open, closed]) expect(await stateOf(id)).toEqual({ waiting: 1, indexed: 0 })

  expect(await found(ben, 'tea')).toEqual(['some tea'])
  expect(await stateOf(open.id)).toEqual({ waiting: 0, indexed: 1 })
  expect(await stateOf(closed.id)).toEqual({ waiting: 1, indexed: 0 })

  await ok(ann.send(open.id, 'more tea'))
  expect(await ok(ann.get(`/api/search/?q=tea&room_id=${closed.id}`))).toMatchObject({
    results: [{ message: 'hidden tea' }],
  })
  expect(await stateOf(open.id)).toEqual({ waiting: 1, indexed: 1 })
  expect(await stateOf(closed.id)).toEqual({ waiting: 0, indexed: 1 })
})

test('[M7] an edit waits for the next search, and a deletion takes the words with it at once', async () => {
  const user = await server.register()
  const { id } = await user.createRoom({ title: 'Private', kind: 'private' })
  const [edited, deleted] = [await ok(user.send(id, 'rain')), await ok(user.send(id, 'rain'))]
  expect(await found(user, 'rain')).toHaveLength(2)
  await ok(user.patch(`/api/messages/${id}/${edited.seq}/`, { message: 'snow' }))
  await ok(user.delete(`/api/messages/${id}/${deleted.seq}/`))
  expect(await stateOf(id)).toEqual({ waiting: 2, indexed: 0 })
  expect(await found(user, 'rain')).toEqual([])
  expect(await found(user, 'snow')).toEqual(['snow'])
  expect(await stateOf(id)).toEqual({ waiting: 0, indexed: 1 })
})

test('[M7] edits and deletions do not wait for a call that indexes their messages, and win', async () => {
  const user = await server.register()
  const { id } = await user.createRoom({ title: 'Private', kind: 'private' })
  const sent = [await ok(user.send(id, 'wind')), await ok(user.send(id, 'wind'))]
  await using other = await openDatabase(server)
  await other.execute('begin')
  expect(
    await other.execute('select index_words_v2($1, $2, 1000, 1000) as done', [user.id, id]),
  ).toEqual([{ done: true }])
  await ok(user.patch(`/api/messages/${id}/${sent[0]!.seq}/`, { message: 'hail' }))
  await ok(user.delete(`/api/messages/${id}/${sent[1]!.seq}/`))
  await other.execute('commit')
  expect(await found(user, 'wind')).toEqual([])
  expect(await found(user, 'hail')).toEqual(['hail'])
  expect(await stateOf(id)).toEqual({ waiting: 0, indexed: 1 })
})

test('[M7] a search waits for one that is indexing the same messages, and then finds them', async () => {
  const [ann, ben] = [await server.register(), await server.register()]
  const room = await ann.createRoom()
  await join(room, ben)
  await ok(ann.send(room.id, 'thunder'))
  await using other = await openDatabase(server)
  await other.execute('begin')
  await other.execute('select index_words_v2($1, $2, 1000, 1000)', [ann.id, room.id])
  const finding = found(ben, 'thunder')
  await expect
    .poll(async () => {
      const [row] = await database.execute(
        `select count(*)::int as waiting from pg_stat_activity
          where datname = current_database() and wait_event_type = 'Lock' and query like '%index_words%'`,
      )
      return row!['waiting']
    })
    .toBe(1)
  await other.execute('commit')
  expect(await finding).toEqual(['thunder'])
})

test('[M7] a call that has no time left says that messages still wait, and the next one goes on', async () => {
  const user = await server.register()
  const { id } = await user.createRoom({ title: 'Private', kind: 'private' })
  await database.execute(
    `insert into messages (room_id, seq, user_id, text, created_at)
      select $1, n, $2, 'fog ' || n, now() from generate_series(101, 350) n`,
    [id, user.id],
  )
  const call = async () => {
    const [row] = await database.execute('select index_words_v2($1, null, 0, 1000) as done', [
      user.id,
    ])
    return row!['done']
  }
  expect(await call()).toBe(false)
  expect(await stateOf(id)).toEqual({ waiting: 150, indexed: 100 })
  while (!(await call()));
  expect(await stateOf(id)).toEqual({ waiting: 0, indexed: 250 })
  expect(await found(user, 'fog')).toHaveLength(50)
})
