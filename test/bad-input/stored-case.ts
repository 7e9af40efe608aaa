import { expect } from 'vitest'
import { frameOutMaxBytes } from '../../src/protocol/limits.ts'
import type { Room } from '../../src/protocol/rooms.ts'
import type { Answer } from '../support/api-client.ts'
import type { World } from './world.ts'

export interface StoredCase {
  readonly name: string
  /** Without white space at its ends, because that is trimmed. */
  readonly text: string
  /** The same text as a title, which is one line without control characters. Left out when it is equal. */
  readonly title?: string
  /** It only fits into a message that is sent over HTTP. */
  readonly isLong?: boolean
}

/**
 * Stores a text in every place that takes text, and reads it back unchanged (a title as one line). The answer is JSON,
 * which no browser renders as a page.
 */
export async function expectKept(
  world: World,
  { text, title = text, isLong }: StoredCase,
): Promise<void> {
  world.secrets.add(text)
  const { room } = world
  const sent = isLong
    ? await expectSentByHttp(world, room, text)
    : await expectInEveryField(world, text, title)
  await expectEdited(world, text)
  const listed = expectSafe(await world.member.get(`/api/messages/${sent.room_id}/?limit=100`))
  expect(listed.body.results).toContainEqual(expect.objectContaining(sent))
}

/** [M5] The text comes to a message by an edit, and is in the log that is read and sent. */
async function expectEdited({ member, room }: World, text: string): Promise<void> {
  await using socket = await member.connect(`/ws/chat/${room.name}/`)
  const before = await member.send(room.id, 'before')
  const path = `/api/messages/${room.id}/${before.body.seq}/`
  expect(expectSafe(await member.patch(path, { message: text })).body).toMatchObject({
    message: text,
  })
  const pushed = await socket.next('message.edited')
  expect(pushed).toMatchObject({ message_seq: before.body.seq, message: text })
  expect(Buffer.byteLength(JSON.stringify(pushed))).toBeLessThanOrEqual(frameOutMaxBytes)
  const log = await member.get(`/api/rooms/${room.id}/events/?after=${pushed.seq - 1}`)
  expect(expectSafe(log).body.results).toEqual([pushed])
}

async function expectInEveryField(
  world: World,
  text: string,
  title: string,
): Promise<{ room_id: number }> {
  const { member } = world
  const made = expectSafe(await member.post('/api/rooms/', { title: text, description: text }))
  expect(made.status).toBe(201)
  const room = made.body as Room
  expect(room).toMatchObject({ title, description: text })

  const changed = expectSafe(await member.patch(`/api/rooms/${room.id}/`, { title: `.${text}` }))
  expect(changed.body).toMatchObject({ title: `.${title}` })
  await member.patch(`/api/rooms/${room.id}/`, { title: text })
  expect(expectSafe(await member.get(`/api/rooms/${room.id}/`)).body).toMatchObject({
    title,
    description: text,
  })
  const found = expectSafe(await member.get(`/api/rooms/?search=${encodeURIComponent(text)}`))
  expect(found.body.results).toMatchObject([{ id: room.id }])

  const bio = expectSafe(await member.patch('/api/users/me/', { bio: text }))
  expect(bio.body).toMatchObject({ bio: text })
  const display_name = Array.from(title).slice(0, 20).join('').trim()
  const named = expectSafe(await member.patch('/api/users/me/', { display_name }))
  expect(named.body).toMatchObject({ display_name })
  const searched = await member.get(`/api/users/?search=${encodeURIComponent(display_name)}`)
  expect(expectSafe(searched).body.results).toMatchObject([{ display_name }])
  const users = expectSafe(await world.bystander.speaker.get('/api/users/?search=mallory'))
  expect(users.body.results).toMatchObject([{ bio: text }])

  await using socket = await member.connect(`/ws/chat/${room.name}/`)
  const ack = await socket.ask({ action: 'sendmessage', message: text })
  expect(ack.type).toBe('ack')
  expect(await socket.next('message')).toMatchObject({ seq: ack.seq, message: text })
  return await expectSentByHttp(world, room, text, Array.from(text).slice(0, 30).join(''))
}

async function expectSentByHttp(
  world: World,
  room: Room,
  text: string,
  clientId?: string,
): Promise<{ room_id: number }> {
  await using socket = await world.member.connect(`/ws/chat/${room.name}/`)
  const sent = expectSafe(
    await world.member.send(room.id, text, clientId === undefined ? {} : { client_id: clientId }),
  )
  expect(sent.status).toBe(201)
  expect(sent.body).toMatchObject({
    message: text,
    ...(clientId !== undefined && { client_id: clientId }),
  })
  const pushed = await socket.next(({ type, seq }) => type === 'message' && seq === sent.body.seq)
  expect(pushed).toMatchObject(sent.body)
  expect(Buffer.byteLength(JSON.stringify(pushed))).toBeLessThanOrEqual(frameOutMaxBytes)
  return sent.body
}

function expectSafe(answer: Answer): Answer {
  expect(answer.headers.get('content-type')).toBe('application/json')
  expect(answer.headers.get('x-content-type-options')).toBe('nosniff')
  return answer
}
