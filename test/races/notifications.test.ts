import { expect, test } from 'vitest'
import type { Answer } from '../support/api-client.ts'
import { startTestServer } from '../support/chat-server.ts'
import { fieldOf, ok, walk } from '../support/answers.ts'
import { join } from '../support/memberships.ts'
import { openDatabase } from '../support/watch-database.ts'

test('[N1, N2] users who mention each other while they read cause no deadlock, and one notification per message', async () => {
  await using server = await startTestServer({ poolSize: 20 })
  const users = await Promise.all(Array.from({ length: 6 }, () => server.register()))
  const rooms = [await users[0]!.createRoom(), await users[0]!.createRoom()]
  for (const room of rooms) await join(room, ...users.slice(1))
  const direct = await ok(users[0]!.post('/api/direct/', { username: users[1]!.username }))
  const all = users.map(({ username }) => `@${username}`)
  const work = (round: number) =>
    users.flatMap((user, n) => {
      const room = rooms[(round + n) % 2]!
      const names = round % 2 === 0 ? all : all.toReversed()
      return [
        user.send(room.id, `${names.join(' ')} ${round}`),
        user.post(`/api/rooms/${room.id}/read/`, { seq: 1_000_000 }),
        user.post('/api/notifications/read/', { all: true }),
        // It locks no row, so one reader in a round is enough. Its long answers cost more than all the writing.
        ...(n === round % users.length ? [user.get('/api/notifications/?unread=true')] : []),
        user.put(`/api/rooms/${room.id}/notify/`, { notify: round % 3 === 0 ? 'all' : 'mentions' }),
        ...(n < 2 ? [user.send(direct.id, `${round}`)] : []),
      ]
    })
  const answers: Answer[] = []
  // On a busy machine, connections beyond the backlog of a listening socket would be reset.
  for (let round = 0; round < 40; round += 8) {
    const rounds = Array.from({ length: 8 }, (_, at) => round + at)
    answers.push(...(await Promise.all(rounds.flatMap(work))))
  }
  expect(answers.filter(({ status }) => status >= 300).map(({ text }) => text)).toEqual([])

  await using database = await openDatabase(server)
  const made = await database.execute(
    `select (select count(*)::int from notifications) as all,
            (select count(*)::int from (select distinct user_id, room_id, message_seq from notifications) d) as distinct`,
  )
  const count = 40 * 6 * 5 + 40 * 2
  expect(made).toEqual([{ all: count, distinct: count }])
  for (const user of users) {
    const listed = fieldOf(await walk(user, '/api/notifications/?limit=100'), 'message_seq')
    expect(listed).toHaveLength(40 * 5 + (users.indexOf(user) < 2 ? 40 : 0))
    expect(await ok(user.post('/api/notifications/read/', { all: true }))).toEqual({ unread: 0 })
  }
})
