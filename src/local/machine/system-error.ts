/** Narrows a caught value to a system error with one of these codes, or with any code if none is given. */
export function isSystemError(error: unknown, ...codes: string[]): error is NodeJS.ErrnoException {
  // Other errors have a code too, but no `errno`.
  if (!(error instanceof Error) || !('errno' in error) || !('code' in error)) return false
  return typeof error.code === 'string' && (codes.length === 0 || codes.includes(error.code))
}

/** For `.catch()`: turns the error for a missing file into undefined, and throws all other errors again. */
export function ignoreMissing(error: unknown): undefined {
  if (!isSystemError(error, 'ENOENT')) throw error
}

/** Returns the message of a thrown value of any type. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
