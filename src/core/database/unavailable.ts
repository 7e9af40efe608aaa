/** Whether the database did not answer, or ended what it was asked: the same may succeed later. */
export function isUnavailable(error: unknown): boolean {
  for (let at = error; at instanceof Error; at = at.cause) {
    if ('code' in at && typeof at.code === 'string' && unavailable.test(at.code)) return true
    if (lost.test(at.message)) return true
  }
  return false
}

/** What `pg` says without a code. A statement on a connection that was lost before it is "not queryable". */
const lost = /timeout|Connection terminated|not queryable/i

/** Of SQLSTATE: connection (08), resources (53), shutdown (57P) and cancelled (57014), deadlock. Of the system: sockets. */
const unavailable =
  /^(08...|53...|57P..|57014|40P01|40001|E(CONN|PIPE|HOST|NET|TIMEDOUT|AI_).*|ENOENT|ENOTFOUND)$/
