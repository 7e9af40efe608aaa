/** Whether a statement waited longer for a lock than its `lock_timeout`. */
export function isLockTimeout(error: unknown): boolean {
  return hasCode(error, '55P03')
}

/** Whether the database ended a statement at its `statement_timeout`, or somebody canceled it. */
export function isCanceled(error: unknown): boolean {
  return hasCode(error, '57014')
}

function hasCode(error: unknown, code: string): boolean {
  for (let at = error; at instanceof Error; at = at.cause) {
    if ('code' in at && at.code === code) return true
  }
  return false
}
