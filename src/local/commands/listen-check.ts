import { once } from 'node:events'
import { createServer } from 'node:net'
import { StartError } from '../machine/start-error.ts'
import { isSystemError } from '../machine/system-error.ts'

interface Addresses {
  readonly host: string
  readonly port: number
  readonly adminPort: number
}

/** Finds a taken port at once, before the database is started. Rejects with StartError. */
export async function checkListen(addresses: Addresses): Promise<void> {
  const { host, port, adminPort } = addresses
  for (const each of [port, adminPort]) {
    const server = createServer()
    server.listen({ host, port: each })
    await once(server, 'listening').catch(explainListen(addresses))
    server.close()
    await once(server, 'close')
  }
}

/** For `.catch()` of a call that listens. */
export function explainListen({ host, port, adminPort }: Addresses): (error: unknown) => never {
  return (cause) => {
    const isAdmins = isSystemError(cause) && 'port' in cause && cause.port === adminPort
    const [taken, option] = isAdmins ? [adminPort, '--admin-port'] : [port, '--port']
    if (isSystemError(cause, 'EADDRINUSE')) {
      throw new StartError(
        `port ${taken} on ${host} is taken: stop what listens there, or choose another with ${option}`,
        { cause },
      )
    }
    if (isSystemError(cause, 'EACCES')) {
      throw new StartError(
        `no permission to listen on port ${taken}: choose one above 1023 with ${option}`,
        { cause },
      )
    }
    if (isSystemError(cause, 'EADDRNOTAVAIL', 'ENOTFOUND', 'EAI_AGAIN', 'EINVAL')) {
      throw new StartError(
        `${host} is not an address of this machine: choose another with --host, such as 127.0.0.1`,
        { cause },
      )
    }
    throw cause
  }
}
