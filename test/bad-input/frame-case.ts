import { expect } from 'vitest'
import { WebSocket } from 'ws'
import type { ErrorCode } from '../../src/protocol/errors.ts'
import { frameOutMaxBytes } from '../../src/protocol/limits.ts'
import type { TestSocket } from '../support/test-socket.ts'
import { keepSecrets, type Lazy, resolve, type World } from './world.ts'

/** What a client sends on a socket, and the expected outcome. */
export interface FrameCase {
  readonly name: string
  /** The kind of socket: for all the member's rooms, for one room, or of a simple client. The default is all. */
  readonly on?: 'all' | 'room' | 'simple'
  /** Text is sent as it is, anything else as JSON. An object may have an `id`, which has to come back. */
  readonly frame?: Lazy<unknown>
  /** For input that is not a text frame. */
  readonly sendBy?: (ws: WebSocket) => void
  readonly answer: FrameAnswer
}

type FrameAnswer =
  /** An error frame whose message contains `says`. The socket stays open. */
  { readonly error: ErrorCode; readonly says?: string } | { readonly closed: number }

export async function expectFrameAnswer(world: World, given: FrameCase): Promise<void> {
  await using socket = await open(world, given.on ?? 'all')
  const frame = resolve(given.frame, world)
  keepSecrets(world, frame)
  const id = given.on === 'simple' || !isPlain(frame) || 'id' in frame ? undefined : 'bad-frame'
  if (given.sendBy) given.sendBy(socket.ws)
  else socket.send(id === undefined ? frame : { ...(frame as object), id })
  if ('closed' in given.answer) {
    expect(await socket.closed).toBe(given.answer.closed)
    expect(socket.received).toEqual([])
    return
  }
  const error = await socket.next('error')
  expect(error).toMatchObject({
    code: given.answer.error,
    message: expect.stringContaining(given.answer.says ?? ''),
    retryable: false,
    ...(id !== undefined && { id }),
  })
  expect(JSON.stringify(error).length).toBeLessThanOrEqual(frameOutMaxBytes)
  await expectOpen(socket, given.on ?? 'all')
  expect(socket.ofType('error')).toHaveLength(1)
}

async function open(world: World, on: 'all' | 'room' | 'simple'): Promise<TestSocket> {
  const { member, room } = world
  if (on === 'simple') return await member.connectSimple(room.name)
  return await member.connect(on === 'room' ? `/ws/chat/${room.name}/` : '/ws/')
}

async function expectOpen(socket: TestSocket, on: 'all' | 'room' | 'simple'): Promise<void> {
  if (on !== 'simple') {
    expect(await socket.ask({ action: 'heads' })).toMatchObject({ type: 'heads' })
    return
  }
  await socket.settle()
  expect(socket.ws.readyState).toBe(WebSocket.OPEN)
}

function isPlain(value: unknown): value is object {
  return (
    typeof value === 'object' && value !== null && !Array.isArray(value) && !Buffer.isBuffer(value)
  )
}
