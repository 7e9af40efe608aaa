/** Narrows a caught value to an error of the system with one of these codes; any, when none is given. */
export function isSystemError(error: unknown, ...codes: string[]): error is NodeJS.ErrnoException {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string')
    return false
  return codes.length === 0 || codes.includes(error.code)
}

/** For `.catch()`: a file that is not there is undefined, anything else fails. */
export function ignoreMissing(error: unknown): undefined {
  if (!isSystemError(error, 'ENOENT')) throw error
}

/** The text of whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
