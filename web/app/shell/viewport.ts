/** A keyboard that covers more than that is there. */
const keyboardMin = 120
/** The keyboard of iOS slides in for so long; a page that changes its height meanwhile is flung about. */
const settleMs = 120

/**
 * Keeps the composer above the keyboard where the browser does not: Safari lays the page out as if the keyboard were
 * not there. Other browsers do as the viewport's `interactive-widget` says.
 */
export function watchViewport(): void {
  const viewport = window.visualViewport
  if (!viewport) return
  let timer: ReturnType<typeof setTimeout> | undefined
  viewport.addEventListener('resize', () => {
    clearTimeout(timer)
    timer = setTimeout(() => {
      const { style } = document.documentElement
      const isCovered = viewport.scale === 1 && innerHeight - viewport.height > keyboardMin
      if (isCovered) {
        style.setProperty('--app-height', `${viewport.height}px`)
        scrollTo(0, 0)
      } else style.removeProperty('--app-height')
    }, settleMs)
  })
}
