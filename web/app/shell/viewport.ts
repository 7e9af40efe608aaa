/** When the viewport is covered by more than this, the keyboard is open. */
const keyboardMin = 120
/** The keyboard of iOS slides in for this long. A page that changes its height meanwhile jumps around. */
const settleMs = 120

/**
 * Keeps the composer above the keyboard where the browser does not. Safari lays the page out as if there were no
 * keyboard. Other browsers follow `interactive-widget` of the viewport.
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
