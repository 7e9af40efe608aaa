/**
 * The README's story, played with the real server on an empty database through HTTP and sockets
 * alone: three people in a public room, a private room and a direct chat. Everything arrives at whom
 * it concerns, at nobody else, in order, and is there after a restart.
 */
import { expect, it } from 'vitest'
import type { Message } from '../../src/protocol/messages.ts'
import { historyOf, ok } from '../support/answers.ts'
import { openSimple, openSocket, refusal } from '../support/open-socket.ts'
import { startTestServer } from '../support/chat-server.ts'
import type { Frame, TestSocket } from '../support/test-socket.ts'

it('lets three people talk in a public room, a private room and a direct chat', async () => {
  await using first = await startTestServer()
  const ana = await first.register('ana')
  const bo = await first.register('bo')
  const cy = await first.register('cy')

  await using anaAll = await openSocket(ana)
  await using boAll = await openSocket(bo)

  // A public room: Ana makes it, Bo comes with a client like the seed's, Cy with one for this room.
  const tea = await ana.createRoom({ title: 'Tea', description: 'Leaves and water' })
  expect(tea).toMatchObject({ name: 'tea', role: 'owner', member_count: 1, last_seq: 1 })
  await using boTea = await openSimple(bo, 'tea')
  await using cyTea = await openSocket(cy, '/ws/chat/tea/')
  boTea.send({ message: 'hi' })
  await Promise.all([anaAll, boAll, boTea, cyTea].map((socket) => socket.next('message')))

  // All of them at once, by socket and by HTTP.
  await Promise.all([
    ...[1, 2, 3].map((n) => ok(ana.send(tea.id, `ana ${n}`))),
    ...[1, 2, 3].map((n) => cyTea.ask({ action: 'sendmessage', message: `cy ${n}` })),
    ...[1, 2, 3].map((n) =>
      boAll.ask({ action: 'sendmessage', room_id: tea.id, message: `bo ${n}` }),
    ),
  ])

  // A private room, which Cy is not in.
  const plans = await ana.createRoom({ title: 'Plans', kind: 'private' })
  await ok(ana.put(`/api/rooms/${plans.id}/members/bo/`))
  await anaAll.ask({ action: 'sendmessage', room_id: plans.id, message: 'a surprise for Cy' })
  await ok(bo.send(plans.id, 'I will bake'))
  expect((await cy.get(`/api/rooms/${plans.id}/`)).status).toBe(404)
  expect((await cy.get(`/api/messages/${plans.id}/`)).status).toBe(404)
  expect((await cy.send(plans.id, 'let me in')).status).toBe(404)
  expect(await refusal(cy.connect(`/ws/chat/${plans.name}/`))).toBe(404)
  expect((await ok(cy.get('/api/rooms/'))).results.map(titleOf)).toEqual(['Tea'])

  // A direct chat, opened from both sides.
  const direct = await ok(bo.post('/api/direct/', { username: 'cy' }))
  expect(direct).toMatchObject({ kind: 'direct', title: 'cy', partner: { online: true } })
  expect((await ok(cy.post('/api/direct/', { username: 'bo' }))).id).toBe(direct.id)
  await ok(bo.send(direct.id, 'do you like cake?'))
  await using cyAll = await openSocket(cy)
  await cyAll.ask({ action: 'sendmessage', room_id: direct.id, message: 'who does not' })
  await ok(bo.post(`/api/rooms/${direct.id}/read/`, { seq: 4 }))

  // What each socket got, all of it.
  for (const socket of [anaAll, boAll, boTea, cyTea, cyAll]) await socket.settle()
  const teaEvents = [...events(tea.id, 'member.joined', 2, 3), ...events(tea.id, 'message', 4, 13)]
  const plansEvents = [
    ...events(plans.id, 'member.joined', 2, 2),
    ...events(plans.id, 'message', 3, 4),
  ]
  expect(durable(anaAll)).toEqual([...teaEvents, ...plansEvents])
  expect(durable(boAll)).toEqual([
    ...teaEvents,
    ...plansEvents,
    ...events(direct.id, 'message', 3, 4),
  ])
  expect(durable(boTea)).toEqual(events(tea.id, 'message', 4, 13))
  expect(durable(cyTea)).toEqual(events(tea.id, 'message', 4, 13))
  expect(durable(cyAll)).toEqual(events(direct.id, 'message', 4, 4))
  expect(others(anaAll)).toEqual([`ack ${plans.id}`, 'room.added Plans', 'room.added Tea'])
  expect(others(boAll)).toEqual([
    ...[1, 2, 3].map(() => `ack ${tea.id}`),
    `notification ${plans.id}`,
    `notification ${direct.id}`,
    `read ${direct.id}`,
    'room.added Plans',
    'room.added Tea',
    'room.added cy',
  ])
  expect(others(boTea)).toEqual([])
  expect(others(cyTea)).toEqual([
    ...[1, 2, 3].map(() => `ack ${tea.id}`),
    `notification ${direct.id}`,
    'room.added bo',
  ])
  // Bo has read what cy wrote.
  expect(others(cyAll)).toEqual([`ack ${direct.id}`, `seen ${direct.id}`])

  // Everybody saw the same, and the history is what they saw.
  const histories = {
    tea: await historyOf(cy, tea.id),
    plans: await historyOf(bo, plans.id),
    direct: await historyOf(cy, direct.id),
  }
  expect(messages(anaAll, tea.id)).toEqual(histories.tea)
  expect(messages(boTea, tea.id)).toEqual(histories.tea)
  expect(messages(cyTea, tea.id)).toEqual(histories.tea)
  expect(messages(boAll, plans.id)).toEqual(histories.plans)
  expect(messages(boAll, direct.id)).toEqual(histories.direct)
  expect(textsOf(histories.tea).toSorted()).toEqual(
    ['ana', 'bo', 'cy'].flatMap((who) => [1, 2, 3].map((n) => `${who} ${n}`)).concat('hi'),
  )
  expect(textsOf(histories.plans)).toEqual(['a surprise for Cy', 'I will bake'])
  expect(textsOf(histories.direct)).toEqual(['do you like cake?', 'who does not'])

  // After a restart: the same sessions, the same rooms, the same messages, and the next number.
  await using second = await first.restart()
  const [anaLater, boLater, cyLater] = [ana.at(second), bo.at(second), cy.at(second)]
  expect(await anaAll.closed).toBe(1001)
  expect(await historyOf(anaLater, tea.id)).toEqual(histories.tea)
  expect(await historyOf(anaLater, plans.id)).toEqual(histories.plans)
  expect(await historyOf(boLater, direct.id)).toEqual(histories.direct)
  const rooms = await ok(boLater.get('/api/rooms/?member=true'))
  expect(rooms.results.map(titleOf)).toEqual(['cy', 'Plans', 'Tea'])
  expect(rooms.results[0]).toMatchObject({ last_read_seq: 4, unread: 0 })
  expect((await cyLater.get(`/api/rooms/${plans.id}/`)).status).toBe(404)

  await using boAgain = await openSocket(boLater)
  await using cyAgain = await openSocket(cyLater)
  await cyAgain.ask({ action: 'sendmessage', room_id: direct.id, message: 'still here' })
  expect(await boAgain.next('message')).toMatchObject({ room_id: direct.id, seq: 5 })
  expect(await boAgain.ask({ action: 'hello' })).toMatchObject({
    rooms: [
      { room_id: direct.id, last_seq: 5 },
      { room_id: plans.id, last_seq: 4 },
      { room_id: tea.id, last_seq: 13 },
    ],
  })
})

function titleOf(room: { title: string }): string {
  return room.title
}

function events(roomId: number, type: string, from: number, to: number): string[] {
  return Array.from({ length: to - from + 1 }, (_, index) => `${roomId} ${from + index} ${type}`)
}

function isDurable(frame: Frame): boolean {
  return frame.seq !== undefined && frame.type !== 'ack'
}

/** The durable events in the order in which they came, each room by itself. */
function durable(socket: TestSocket): string[] {
  const frames = socket.received.filter(isDurable)
  return Map.groupBy(frames, (frame) => frame.room_id as number)
    .entries()
    .toArray()
    .toSorted(([one], [other]) => one - other)
    .flatMap(([roomId, own]) => own.map((frame) => `${roomId} ${frame.seq} ${frame.type}`))
}

/** All else, sorted. */
function others(socket: TestSocket): string[] {
  return socket.received
    .filter((frame) => !isDurable(frame))
    .map((frame) => `${frame.type} ${frame.room?.title ?? frame.room_id}`)
    .toSorted()
}

function messages(socket: TestSocket, roomId: number): Message[] {
  return socket
    .ofType('message')
    .filter((frame) => frame.room_id === roomId)
    .map(({ type, ...message }) => {
      expect(type).toBe('message')
      return message
    })
}

function textsOf(history: readonly Message[]): (string | null)[] {
  return history.map(({ message }) => message)
}
