let leaves = false

/** Requests that are made in `work` are also sent when the page is closed before the answer. */
export function whileLeaving(work: () => void): void {
  leaves = true
  work()
  // The request begins after the client library has checked its token.
  setTimeout(() => void (leaves = false))
}

export const fetchAlsoWhenLeaving: typeof fetch = async (input, init) =>
  await fetch(input, leaves ? { ...init, keepalive: true } : init)
