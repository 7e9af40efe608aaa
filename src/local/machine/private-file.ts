import { randomBytes } from 'node:crypto'
import { chmod, link, open, rm } from 'node:fs/promises'
import { isSystemError } from './system-error.ts'

/**
 * Creates a file that only its owner may read, whole or not at all. False when the file is there
 * already, even when it came at the same moment: what the first one wrote stands.
 */
export async function createPrivateFile(path: string, text: string): Promise<boolean> {
  const draft = `${path}.${randomBytes(6).toString('hex')}`
  const file = await open(draft, 'wx', 0o600)
  try {
    await file.writeFile(text)
    await file.sync()
    // Not what the umask made of it.
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
