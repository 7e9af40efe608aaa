import { randomBytes } from 'node:crypto'
import { stat } from 'node:fs/promises'
import { createPrivateFile } from '../machine/private-file.ts'
import type { Credentials } from '../../emulators/api-gateway/sigv4.ts'
import { StartError } from '../machine/start-error.ts'
import { messageOf } from '../machine/system-error.ts'
import { readTextFile } from '../machine/text-file.ts'

/**
 * Returns the key that signs calls of `@connections` (SigV4). The server with the connections and the server of the
 * admin's pages share it in a file. The server that starts first creates the file.
 */
export async function loadConnectionsKey(path: string): Promise<Credentials> {
  try {
    await createPrivateFile(path, `${randomBytes(32).toString('base64url')}\n`)
  } catch (cause) {
    throw new StartError(
      `CONNECTIONS_KEY_FILE ${path} cannot be made (${messageOf(cause)}): name a file in a directory that this server may write`,
      { cause },
    )
  }
  const { mode } = await stat(path)
  if ((mode & 0o077) !== 0) {
    throw new StartError(
      `other users can read ${path} (mode ${(mode & 0o777).toString(8)}): run chmod 600 on it, or delete it if somebody may have read it`,
    )
  }
  const secretAccessKey = readTextFile(path).trim()
  if (secretAccessKey.length < 32) {
    throw new StartError(`${path} contains no key: delete it, and the server makes a new one`)
  }
  return { accessKeyId: 'quick-connect', secretAccessKey }
}
