import { afterAll, describe, expect, test } from 'vitest'
import { roomPage } from '../../src/protocol/rooms.ts'
import { startTestServer } from '../support/chat-server.ts'
import type { TestUser } from '../support/test-user.ts'
import { newName } from '../support/routes.ts'
import { fieldOf, ok, problemOf, walk } from '../support/answers.ts'
import { invite, join } from '../support/memberships.ts'
import { openDatabase, statementsDuring } from '../support/watch-database.ts'

const server = await startTestServer()
afterAll(() => server[Symbol.asyncDispose]())

const list = '/api/rooms/?member=true&order=activity'

const titlesOf = async (user: TestUser, path = list) => fieldOf(await walk(user, path), 'title')

async function roomsOf(user: TestUser, ...titles: string[]): Promise<number[]> {
  const ids: number[] = []
  for (const title of titles) ids.push((await user.createRoom({ title, kind: 'private' })).id)
  return ids
}

describe('[R1] the list of rooms in the order of activity', () => {
  test('[R1] begins with the room in which something happened last', async () => {
    const [user, other] = [await server.register(), await server.register()]
    const [a, b] = await roomsOf(user, 'A', 'B', 'C')
    expect(await titlesOf(user)).toEqual(['C', 'B', 'A'])
    await ok(user.send(a!, 'the newest is here'))
    expect(await titlesOf(user)).toEqual(['A', 'C', 'B'])
    // Whatever has its place in the log is something that happened.
    await ok(user.put(`/api/rooms/${b}/members/${other.username}/`))
    expect(await titlesOf(user)).toEqual(['B', 'A', 'C'])
    expect(await titlesOf(other)).toEqual(['B'])
    const direct = await ok(other.post('/api/direct/', { username: user.username }))
    expect(await titlesOf(user)).toEqual([other.username, 'B', 'A', 'C'])
    await ok(user.put(`/api/users/me/blocks/${other.username}/`))
    expect(await titlesOf(user)).toEqual(['B', 'A', 'C'])
    expect(await titlesOf(other)).toEqual([user.username, 'B'])
    const page = await ok(other.get(list))
    expect(roomPage.parse(page)).toEqual(page)
    const events = await ok(other.get(`/api/rooms/${direct.id}/events/`))
    expect(page.results[0].last_event_at).toBe(events.results.at(-1).timestamp)
  })

  test('[R1] is one statement after that for who asks, like the other order', async () => {
    const user = await server.register()
    await roomsOf(user, 'A', 'B')
    for (const path of [list, '/api/rooms/?member=true']) {
      expect(await statementsDuring(server, () => ok(user.get(path)))).toHaveLength(2)
    }
  })

  test('[R1] is for one’s own rooms, searched or not', async () => {
    const user = await server.register()
    const word = newName()
    await roomsOf(user, `${word} one`, 'other', `${word} two`)
    expect(await titlesOf(user, `${list}&search=${word}&limit=1`)).toEqual([
      `${word} two`,
      `${word} one`,
    ])
    for (const [query, field] of [
      ['order=activity', 'order'],
      ['order=activity&member=false', 'order'],
      ['order=other&member=true', 'order'],
      ['order=activity&member=true&cursor=a1', 'cursor'],
      ['order=activity&member=true&cursor=a1-', 'cursor'],
      ['order=activity&member=true&cursor=a1-9999999999999999', 'cursor'],
      ['order=newest&cursor=a1-1', 'cursor'],
      ['cursor=a1-1', 'cursor'],
    ]) {
      const answer = await user.get(`/api/rooms/?${query}`)
      expect(problemOf(answer)).toBe('400 bad_request')
      expect(answer.body.errors).toMatchObject([{ field }])
    }
  })

  test('[C4] pages forth and back, rooms that stand still are neither missing nor double', async () => {
    const user = await server.register()
    const ids = await roomsOf(user, ...Array.from({ length: 13 }, (_, n) => `Room ${n}`))
    // Five at the same moment.
    await using database = await openDatabase(server)
    await database.execute(
      `update rooms set last_event_at = date_trunc('second', now()) where id between $1 and $2`,
      [ids[4], ids[8]],
    )
    const still = await walk(user, `${list}&limit=100`)
    const expected = fieldOf(still, 'id')
    expect(expected).toHaveLength(13)
    const forth = await walk(user, `${list}&limit=3`)
    expect(fieldOf(forth, 'id')).toEqual(expected)
    const back = await walk(user, forth.at(-1).previous, 'previous')
    expect(fieldOf([...back.toReversed(), forth.at(-1)], 'id')).toEqual(expected)

    // One that moves while the pages are read comes to the front.
    let at = 0
    const moving = [ids[12]!, ids[7]!, ids[0]!, ids[3]!]
    const moved = await walk(user, `${list}&limit=3`, 'next', async () => {
      const id = moving[at++]
      if (id !== undefined) await ok(user.send(id, 'now'))
    })
    const stood = (id: unknown) => !moving.includes(Number(id))
    expect(fieldOf(moved, 'id').filter(stood)).toEqual(expected.filter(stood))
    expect((await ok(user.get(list))).results[0].id).toBe(ids[3])
  })
})

describe('[R1] the last message of a room', () => {
  test('[R1] is shown by its beginning, with who sent it', async () => {
    const [user, other] = [await server.register(), await server.register()]
    const room = await user.createRoom({ title: 'Seen' })
    const last = async () => (await ok(user.get(`/api/rooms/${room.id}/`))).last_message
    expect(room.last_message).toBeNull()
    await join(room, other)
    expect(await last()).toBeNull()
    await ok(user.send(room.id, 'first'))
    await ok(other.patch('/api/users/me/', { display_name: 'Other' }))
    const long = '😀'.repeat(200)
    const sent = await ok(other.send(room.id, `${long}!`))
    expect(await last()).toEqual({
      seq: sent.seq,
      user_id: other.id,
      username: other.username,
      display_name: 'Other',
      text: `${long}…`,
      timestamp: sent.timestamp,
    })
    const path = `/api/messages/${room.id}/${sent.seq}/`
    await ok(other.patch(path, { message: long }))
    expect(await last()).toMatchObject({ seq: sent.seq, text: long })
    // What else happens is none.
    await ok(user.put(`${path}reactions/👍/`))
    const { last_event_at } = await ok(user.get(`/api/rooms/${room.id}/`))
    expect(Date.parse(last_event_at)).toBeGreaterThanOrEqual(Date.parse(sent.timestamp))
    expect(await last()).toMatchObject({ seq: sent.seq, text: long })
    for (const query of ['member=true', 'member=true&order=activity', `search=Seen`]) {
      const { results } = await ok(user.get(`/api/rooms/?${query}`))
      expect(results[0].last_message).toEqual(await last())
    }
  })

  test('[R1, M5] says nothing any more when it is deleted', async () => {
    const user = await server.register()
    const room = await user.createRoom({ title: 'Deleted' })
    await ok(user.send(room.id, 'stays'))
    const { seq } = await ok(user.send(room.id, 'regretted'))
    await ok(user.delete(`/api/messages/${room.id}/${seq}/`))
    const answer = await user.get(list)
    expect(answer.body.results[0].last_message).toMatchObject({
      seq,
      username: user.username,
      text: null,
    })
    expect(answer.text).not.toContain('regretted')
  })

  test('[R1, R4] of a private room is for its members alone', async () => {
    const [user, member, outsider] = [
      await server.register(),
      await server.register(),
      await server.register(),
    ]
    const word = newName()
    const room = await user.createRoom({ title: word, kind: 'private' })
    await invite(user, room, 'member', member)
    await ok(user.send(room.id, word))
    expect((await member.get(list)).text).toContain(`"text":"${word}"`)
    for (const path of [list, `/api/rooms/?search=${word}`]) {
      expect((await outsider.get(path)).text).not.toContain(word)
    }
    // Who has been removed does not see what is said later.
    await ok(user.delete(`/api/rooms/${room.id}/members/${member.username}/`))
    expect((await member.get(list)).text).not.toContain(word)
  })
})
