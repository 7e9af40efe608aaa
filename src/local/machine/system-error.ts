/** Narrows a caught value to an error of the system with one of these codes; any, when none is given. */
export function isSystemError(error: unknown, ...codes: string[]): error is NodeJS.ErrnoException {
  // Other errors have a code too, but no number of the system's.
  if (!(error instanceof Error) || !('errno' in error) || !('code' in error)) return false
  return typeof error.code === 'string' && (codes.length === 0 || codes.includes(error.code))
}

/** For `.catch()`: a file that is not there is undefined, anything else fails. */
export function ignoreMissing(error: unknown): undefined {
  if (!isSystemError(error, 'ENOENT')) throw error
}

/** The text of whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
