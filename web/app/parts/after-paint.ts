/** A hidden page paints nothing: then the work is done after this time. */
const latestMs = 200

/**
 * Does some work after the next frame, so that the frame shows what the user has just done without waiting for it.
 * Gives a function that does the work at once, if it is not done yet.
 */
export function afterPaint(work: () => void): () => void {
  let isDone = false
  const run = () => {
    if (isDone) return
    isDone = true
    cancelAnimationFrame(frame)
    clearTimeout(timer)
    work()
  }
  const frame = requestAnimationFrame(() => setTimeout(run))
  const timer = setTimeout(run, latestMs)
  return run
}
