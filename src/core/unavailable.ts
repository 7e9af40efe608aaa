/** Whether the database did not answer, or ended what it was asked: the same may succeed later. */
export function isUnavailable(error: unknown): boolean {
  for (let at = error; at instanceof Error; at = at.cause) {
    if ('code' in at && typeof at.code === 'string' && unavailable.test(at.code)) return true
    if (/timeout|Connection terminated/i.test(at.message)) return true
  }
  return false
}

/** Of SQLSTATE: connection (08), resources (53), shutdown (57P) and cancelled (57014), deadlock. Of the system: sockets. */
const unavailable =
  /^(08...|53...|57P..|57014|40P01|40001|E(CONN|PIPE|HOST|NET|TIMEDOUT|AI_).*|ENOENT|ENOTFOUND)$/
