/** Asks at most once in so many milliseconds: who comes meanwhile gets what was answered last, or waits for it. */
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
    // One that takes long is not joined by a second.
    until = Infinity
    try {
      return await asked
    } finally {
      until = now() + ms
    }
  }
}
