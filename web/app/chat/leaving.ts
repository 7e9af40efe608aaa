let leaves = false

/** What is asked of the server in `work` is also sent when the page is gone before the answer. */
export function whileLeaving(work: () => void): void {
  leaves = true
  work()
  // The request begins after the client library has looked at its token.
  setTimeout(() => void (leaves = false))
}

export const fetchAlsoWhenLeaving: typeof fetch = async (input, init) =>
  await fetch(input, leaves ? { ...init, keepalive: true } : init)
