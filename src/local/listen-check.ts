import { once } from 'node:events'
import { createServer } from 'node:net'
import { StartError } from './start-error.ts'
import { isSystemError } from './system-error.ts'

interface Address {
  readonly host: string
  readonly port: number
}

/** Finds a taken port in a moment, before the database is started. Rejects with StartError. */
export async function checkListen(address: Address): Promise<void> {
  const server = createServer()
  server.listen(address)
  await once(server, 'listening').catch(explainListen(address))
  server.close()
  await once(server, 'close')
}

/** For `.catch()` of what listens. */
export function explainListen({ host, port }: Address): (error: unknown) => never {
  return (cause) => {
    if (isSystemError(cause, 'EADDRINUSE')) {
      throw new StartError(
        `port ${port} on ${host} is taken: stop what listens there, or choose another with --port`,
        { cause },
      )
    }
    if (isSystemError(cause, 'EACCES')) {
      throw new StartError(
        `no permission to listen on port ${port}: choose one above 1023 with --port`,
        { cause },
      )
    }
    if (isSystemError(cause, 'EADDRNOTAVAIL', 'ENOTFOUND', 'EAI_AGAIN', 'EINVAL')) {
      throw new StartError(
        `${host} is no address of this machine: choose another with --host, such as 127.0.0.1`,
        { cause },
      )
    }
    throw cause
  }
}
