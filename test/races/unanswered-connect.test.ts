/**
 * A connection is in the database as soon as its $connect has committed, and at the gateway only when
 * the $connect has been answered: a push between the two gets a 410 for a socket that is about to open.
 */
import { expect, test } from 'vitest'
import type { TestSocket } from '../support/test-socket.ts'
import { Observer } from '../support/barrier.ts'
import { type Chat, startEnvironments } from './environments.ts'

interface HeldChat {
  readonly chat: Chat
  /** Holds the answers to $connect back from now on. */
  readonly hold: () => Held
}

interface Held {
  /** Resolves when a $connect is done, all but answered. */
  readonly done: Promise<void>
  answer(): void
}

async function startHeldChat(): Promise<HeldChat> {
  let held: { done: () => void; answered: Promise<void> } | undefined
  const chat = await startEnvironments({
    wrap: ({ connect }) => ({
      connect: async (event, context) => {
        const result = await connect(event, context)
        held?.done()
        await held?.answered
        return result
      },
    }),
  })
  return {
    chat,
    hold() {
      const done = Promise.withResolvers<void>()
      const answered = Promise.withResolvers<void>()
      held = { done: done.resolve, answered: answered.promise }
      return { done: done.promise, answer: answered.resolve }
    },
  }
}

async function play(age: string) {
  const { chat, hold } = await startHeldChat()
  const observer = await Observer.of(chat.database)
  const [anna, ben] = [await chat.register(), await chat.register()]
  const { id } = await anna.createRoom()
  await ben.post(`/api/rooms/${id}/join/`)
  const held = hold()
  const connecting = ben.connect()
  await held.done
  await observer.query('update connections set connected_at = now() - $1::interval', [age])
  const before = chat.statements.length
  const first = await anna.send(id, 'before the answer')
  expect(first.status).toBe(201)
  const statements = chat.statements.slice(before).map(({ sql }) => sql)
  const rows = await observer.query('select user_id::int from connections')
  held.answer()
  const socket: TestSocket = await connecting
  return {
    statements,
    rows,
    ben,
    socket,
    sendNext: () => anna.send(id, 'after the answer'),
    async [Symbol.asyncDispose]() {
      await socket[Symbol.asyncDispose]()
      await observer[Symbol.asyncDispose]()
      await chat[Symbol.asyncDispose]()
    },
  }
}

test('[W11] a push before the $connect is answered forgets nothing, and the next one arrives', async () => {
  await using held = await play('30 s')
  expect(held.statements).toHaveLength(2)
  expect(held.rows).toEqual([{ user_id: held.ben.id }])
  await held.sendNext()
  const message = await held.socket.next('message')
  expect(message.message).toBe('after the answer')
})

test('[W11] a connection older than 35 s that the gateway does not know is forgotten in one statement', async () => {
  await using held = await play('36 s')
  expect(held.statements).toEqual([
    expect.stringContaining('send_messages_v4'),
    expect.stringContaining('forget_gone_v1'),
  ])
  expect(held.rows).toEqual([])
  await held.sendNext()
  // A frame of a connection that is not known: it is told to come again.
  held.socket.send({ action: 'heads' })
  expect(await held.socket.next('bye')).toMatchObject({
    code: 'unknown_connection',
    reconnect: true,
  })
  expect(held.socket.ofType('message')).toEqual([])
})
