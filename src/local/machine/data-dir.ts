import { mkdir, realpath } from 'node:fs/promises'
import { dirname } from 'node:path'
import { StartError } from './start-error.ts'
import { isSystemError, messageOf } from './system-error.ts'

/** The data directory cannot be used. */
export class DataDirError extends StartError {
  readonly code: 'in-use' | 'not-permitted'

  constructor(code: DataDirError['code'], message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

/** Creates the data directory if it is missing, with access for its owner only. Returns its real path. */
export async function makeDataDir(path: string): Promise<string> {
  try {
    await mkdir(dirname(path), { recursive: true })
    await mkdir(path, { mode: 0o700 }).catch((error: unknown) => {
      if (!isSystemError(error, 'EEXIST')) throw error
    })
    return await realpath(path)
  } catch (error) {
    return explainAccess(path)(error)
  }
}

/** For `.catch()`. Usually the directory cannot be used because a file in it belongs to another user. */
export function explainAccess(dataDir: string): (error: unknown) => never {
  return (error) => {
    if (!isSystemError(error)) throw error
    const reason = isSystemError(error, 'EACCES', 'EPERM')
      ? `by this user (${error.code} at ${error.path ?? error.syscall}): start Quick Connect as its owner`
      : `(${messageOf(error)}): repair that`
    throw new DataDirError(
      'not-permitted',
      `the data directory ${dataDir} cannot be used ${reason}, or choose another with --data-dir`,
      { cause: error },
    )
  }
}
