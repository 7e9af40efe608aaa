/** Calls `ask` at most once in `ms` milliseconds. Other callers get its last answer, or wait for the running call. */
export function shareFor<T>(
  ms: number,
  ask: () => Promise<T>,
  now = () => performance.now(),
): () => Promise<T> {
  let last: Promise<T> | undefined
  let until = 0
  return async () => {
    if (last !== undefined && now() < until) return await last
    const asked = ask()
    last = asked
    // While one call runs, no second call starts.
    until = Infinity
    try {
      return await asked
    } finally {
      until = now() + ms
    }
  }
}
