import { randomBytes } from 'node:crypto'
import { chmod, link, open, rm } from 'node:fs/promises'
import { isSystemError } from './system-error.ts'

/**
 * Creates a file that only its owner may read. The file is created whole or not at all. Returns false if the file
 * exists already, even if another process created it at the same moment. The first content stays.
 */
export async function createPrivateFile(path: string, text: string): Promise<boolean> {
  const draft = `${path}.${randomBytes(6).toString('hex')}`
  const file = await open(draft, 'wx', 0o600)
  try {
    await file.writeFile(text)
    await file.sync()
    // Sets the mode explicitly, because the umask may have changed it.
    await chmod(draft, 0o600)
    await link(draft, path)
    return true
  } catch (error) {
    if (isSystemError(error, 'EEXIST')) return false
    throw error
  } finally {
    await file.close()
    await rm(draft, { force: true })
  }
}
