import { request } from 'node:http'
import { expect } from 'vitest'
import { protocolV1 } from '../../src/protocol/socket.ts'
import { keepSecrets, type Lazy, resolve, type World } from './world.ts'

/** An upgrade, and the status that must refuse it. */
export interface HandshakeCase {
  readonly name: string
  /** The default is `/ws/`. */
  readonly path?: Lazy<string>
  /** Whose token goes with it. The default is the member's. */
  readonly as?: 'nobody'
  readonly headers?: Lazy<Record<string, string | string[]>>
  readonly status: number
}

export async function expectRefusal(world: World, given: HandshakeCase): Promise<void> {
  const headers = {
    Connection: 'Upgrade',
    Upgrade: 'websocket',
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
    ...(given.as !== 'nobody' && {
      'Sec-WebSocket-Protocol': `${protocolV1}, ${world.member.access}`,
    }),
    ...resolve(given.headers, world),
  }
  keepSecrets(world, headers)
  const path = resolve(given.path, world) ?? '/ws/'
  expect(await shakeHands(world.server.url, path, headers)).toBe(given.status)
}

/** Returns the status that answers an upgrade, 101 when it was accepted. */
async function shakeHands(
  url: string,
  path: string,
  headers: Record<string, string | string[]>,
): Promise<number> {
  const { hostname, port } = new URL(url)
  return await new Promise((resolve, reject) => {
    const sent = request({ hostname, port, path, headers, agent: false })
    sent.on('response', (response) => {
      response.resume()
      resolve(response.statusCode ?? 0)
    })
    sent.on('upgrade', (_response, socket) => {
      socket.destroy()
      resolve(101)
    })
    sent.on('error', reject)
    sent.end()
  })
}
