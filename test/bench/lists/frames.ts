/** What was seen in the frames of a recording. Distances are in pixels. */
export interface Seen {
  readonly frames: number
  /** Frames in which a row moved against the wheel, and the longest of these movements. */
  readonly against: number
  readonly againstMost: number
  /** Frames in which a row moved although the wheel had stood still for 300 ms. */
  readonly still: number
  /** Frames in which rows covered less than 60 % of the list. */
  readonly gaps: number
  readonly rowsLeast: number
  readonly rowsMost: number
  /** The `seq` of the first message on the screen. */
  readonly first: number
}

/**
 * The source text of a script that looks at a list after each frame, as `window.frames_`. It reads positions when the
 * frame is laid out, so it forces no layout.
 */
export const watchFrames = `(() => {
  const seen = { frames: 0, against: 0, againstMost: 0, still: 0, gaps: 0, rowsLeast: Infinity, rowsMost: 0, first: 0 }
  let wheelAt = -Infinity
  let way = 0
  addEventListener('wheel', ({ deltaY }) => {
    wheelAt = performance.now()
    way = -Math.sign(deltaY)
  }, { capture: true, passive: true })

  let before = new Map()
  const look = () => {
    const box = document.querySelector('.message-scroller, .library-scroller')
    if (!box) return
    const { top, bottom, height } = box.getBoundingClientRect()
    const now = new Map()
    let covered = 0
    let first = 0
    const rows = box.querySelectorAll('article, .day-line')
    for (const row of rows) {
      const rect = row.getBoundingClientRect()
      const part = Math.min(rect.bottom, bottom) - Math.max(rect.top, top)
      if (part <= 0) continue
      covered += part
      now.set(row.dataset.key, rect.top)
      if (!first && row.dataset.seq) first = Number(row.dataset.seq)
    }
    const moves = [...now].filter(([key]) => before.has(key)).map(([key, at]) => at - before.get(key))
    before = now
    const moved = moves.toSorted((a, b) => Math.abs(b) - Math.abs(a))[0] ?? 0
    seen.frames++
    seen.first = first
    seen.rowsLeast = Math.min(seen.rowsLeast, rows.length)
    seen.rowsMost = Math.max(seen.rowsMost, rows.length)
    if (covered < 0.6 * height) seen.gaps++
    const isStill = performance.now() - wheelAt > 300
    if (isStill && Math.abs(moved) > 1) seen.still++
    const against = isStill ? 0 : Math.max(0, ...moves.map((each) => -each * way))
    if (against <= 1) return
    seen.against++
    seen.againstMost = Math.max(seen.againstMost, against)
  }
  const channel = new MessageChannel()
  channel.port1.onmessage = look
  const next = () => {
    channel.port2.postMessage(0)
    requestAnimationFrame(next)
  }
  window.frames_ = { begin: () => requestAnimationFrame(next), seen }
})()`
