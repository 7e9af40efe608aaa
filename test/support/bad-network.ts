import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

export interface BadNetwork extends AsyncDisposable {
  /** The address of the server through this network. */
  readonly url: string
  /** How many connections were attempted while the network was cut. */
  readonly refused: number
  /** Ends every connection, and lets no new one through. */
  cut(): void
  /** Lets nothing through in one direction. The connections stay open, as on a very slow network. */
  hold(direction: 'up' | 'down'): void
  /** Repairs the network. What was held is delivered. */
  mend(): void
}

/** A TCP connection to a server that a test can disturb. It knows nothing about the content. */
export async function openBadNetwork(target: string): Promise<BadNetwork> {
  const { hostname, port } = new URL(target)
  const pairs = new Set<{ readonly up: Socket; readonly down: Socket }>()
  let isCut = false
  let refused = 0
  const held = { up: false, down: false }

  const server = createServer((near) => {
    near.on('error', () => undefined)
    if (isCut) {
      refused++
      near.destroy()
      return
    }
    const far = connect(Number(port), hostname)
    far.on('error', () => undefined)
    /** By direction: the socket where the data is read. */
    const pair = { up: near, down: far }
    pairs.add(pair)
    near.on('close', () => {
      pairs.delete(pair)
      far.destroy()
    })
    far.on('close', () => near.destroy())
    if (!held.up) near.pipe(far)
    if (!held.down) far.pipe(near)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')

  function cut(): void {
    isCut = true
    for (const { up, down } of pairs) {
      up.destroy()
      down.destroy()
    }
  }
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get refused() {
      return refused
    },
    cut,
    hold(direction) {
      held[direction] = true
      for (const pair of pairs) {
        pair[direction].unpipe()
        pair[direction].pause()
      }
    },
    mend() {
      isCut = false
      for (const { up, down } of pairs) {
        if (held.up) up.pipe(down)
        if (held.down) down.pipe(up)
      }
      held.up = held.down = false
    },
    async [Symbol.asyncDispose]() {
      cut()
      server.close()
      await once(server, 'close')
    },
  }
}
