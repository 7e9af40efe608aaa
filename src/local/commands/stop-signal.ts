/**
 * Milliseconds within which a second signal counts as the same one. Ctrl-C reaches this process and the program that
 * started it, and that program may pass the signal on.
 */
const SAME_MOMENT = 200

/**
 * Returns a signal that is aborted by Ctrl-C (SIGINT), SIGTERM, or the closing of the terminal (SIGHUP). A second of
 * these signals ends the process at once.
 */
export function catchStopSignals(): AbortSignal {
  const controller = new AbortController()
  let first = 0
  const stop = () => {
    if (first === 0) {
      first = Date.now()
      controller.abort()
    } else if (Date.now() - first > SAME_MOMENT) {
      process.exit(130)
    }
  }
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop)
  return controller.signal
}

export function whenAborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
