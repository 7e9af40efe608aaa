import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { expect } from 'vitest'
import { type Lazy, resolve, waitForLog, type World } from './world.ts'

/** Bytes that no HTTP client would send. */
export interface WireCase {
  readonly name: string
  readonly bytes: Lazy<string>
  readonly answer:
    /** Exactly one response, and the end of the connection. */
    | { readonly status: number }
    /** No response. */
    | 'closed'
    /** The client hangs up. The gateway logs a request of this path without an answer. */
    | { readonly hangsUp: string }
    /** The client neither continues nor hangs up, while others are served. */
    | 'waits'
}

/** Returns what to do after the check that others are served. */
export async function expectWireAnswer(world: World, given: WireCase): Promise<() => void> {
  const { hostname, port } = new URL(world.server.url)
  const socket = connect({ host: hostname, port: Number(port) })
  await once(socket, 'connect')
  // The server may reset a connection that it refuses.
  socket.on('error', () => undefined)
  await new Promise((written) => socket.write(resolve(given.bytes, world), written))
  if (given.answer === 'waits') return () => socket.destroy()
  if (given.answer !== 'closed' && 'hangsUp' in given.answer) {
    const { hangsUp } = given.answer
    socket.destroy()
    await waitForLog(world, ({ path, status }) => path === hangsUp && status === undefined)
    return () => undefined
  }
  const statuses = [...(await readAll(socket)).matchAll(/^HTTP\/1\.1 (\d+)/gm)].map(
    (match) => match[1],
  )
  expect(statuses).toEqual(given.answer === 'closed' ? [] : [String(given.answer.status)])
  return () => undefined
}

async function readAll(socket: Socket): Promise<string> {
  let text = ''
  socket.setEncoding('latin1').on('data', (part: string) => (text += part))
  await once(socket, 'close')
  return text
}
