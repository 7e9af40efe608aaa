import { signal } from '@preact/signals'

/** The server has a newer page than this one. */
export const hasNewVersion = signal(false)

const everyMs = 30 * 60_000
/** Who goes to and fro between tabs does not ask each time. */
const shownEveryMs = 60_000

/** What a page begins with is named by its content. */
const beginning = /src="(\/assets\/[^"]+\.js)"/

let asked = Date.now()
let isDone = false

async function look(own: string): Promise<void> {
  asked = Date.now()
  try {
    const response = await fetch('/', { cache: 'no-store' })
    const its = response.ok ? beginning.exec(await response.text())?.[1] : undefined
    if (its === undefined || its === own || isDone) return
    isDone = true
    hasNewVersion.value = true
  } catch {
    // Without a network nothing newer can be loaded.
  }
}

/** Asks for the page now and then, and when it is shown again. */
export function watchVersion(): void {
  const script = document.querySelector<HTMLScriptElement>('script[type=module][src^="/assets/"]')
  const own = script?.getAttribute('src')
  if (!own) return
  const lookAfter = (ms: number) => {
    if (!isDone && !document.hidden && Date.now() - asked >= ms) void look(own)
  }
  setInterval(() => lookAfter(everyMs), everyMs)
  document.addEventListener('visibilitychange', () => lookAfter(shownEveryMs))
}
