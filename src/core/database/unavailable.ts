/** Whether the database did not answer, or ended the statement. The same call may succeed later. */
export function isUnavailable(error: unknown): boolean {
  for (let at = error; at instanceof Error; at = at.cause) {
    if ('code' in at && typeof at.code === 'string' && unavailable.test(at.code)) return true
    if (lost.test(at.message)) return true
  }
  return false
}

/** Errors of `pg` that have no code. "not queryable" means that the connection was lost before the statement. */
const lost = /timeout|Connection terminated|not queryable/i

/**
 * Codes of SQLSTATE: connection (08), resources (53), shutdown (57P), cancelled (57014), deadlock (40P01),
 * serialization (40001). The other codes are the operating system's errors of sockets.
 */
const unavailable =
  /^(08...|53...|57P..|57014|40P01|40001|E(CONN|PIPE|HOST|NET|TIMEDOUT|AI_).*|ENOENT|ENOTFOUND)$/
