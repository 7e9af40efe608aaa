import { expect } from 'vitest'
import * as z from 'zod'
import { frameOutMaxBytes } from '../../src/protocol/limits.ts'
import { RefusedError, type SocketOptions, type TestSocket } from './test-socket.ts'
import type { TestUser } from './test-user.ts'

/** [W2] All that a simple client is ever sent. */
const simpleEvent = z.union([
  z.object({ type: z.literal('message') }).loose(),
  z.object({ type: z.literal('error') }).loose(),
])

/** A v1 socket; when it is disposed of, every frame that it got is checked for its form [W4]. */
export async function openSocket(
  user: TestUser,
  path = '/ws/',
  options: SocketOptions = {},
): Promise<TestSocket> {
  return checkFrames(await user.connect(path, options), 'v1')
}

/** A socket as the seed's clients open it, checked for being sent only `message` and `error` [W2]. */
export async function openSimple(user: TestUser, roomName: string): Promise<TestSocket> {
  return checkFrames(await user.connectSimple(roomName), 'simple')
}

export function checkFrames(socket: TestSocket, kind: 'v1' | 'simple'): TestSocket {
  const faults: string[] = []
  socket.ws.on('message', (data: Buffer, isBinary: boolean) => {
    if (isBinary) faults.push('a binary frame')
    if (data.length > frameOutMaxBytes) faults.push(`a frame of ${data.length} bytes`)
    if (kind === 'simple' && data.toString().startsWith('[')) faults.push('an array')
  })
  const dispose = socket[Symbol.asyncDispose].bind(socket)
  socket[Symbol.asyncDispose] = async () => {
    await dispose()
    expect(faults).toEqual([])
    if (kind === 'simple') for (const frame of socket.received) simpleEvent.parse(frame)
  }
  return socket
}

/** The status with which an upgrade is refused. */
export async function refusal(opening: Promise<TestSocket>): Promise<number> {
  try {
    const socket = await opening
    await socket.close()
    return 101
  } catch (error) {
    if (error instanceof RefusedError) return error.status
    throw error
  }
}

/** What a socket was sent of the durable events of a room, by number and type. */
export function logOf(socket: TestSocket, roomId: number): string[] {
  return socket.received
    .filter((frame) => frame.room_id === roomId && typeof frame.seq === 'number')
    .filter((frame) => frame.type !== 'ack')
    .map((frame) => `${frame.seq} ${frame.type}`)
}
