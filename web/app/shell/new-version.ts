import { signal } from '@preact/signals'

/** Whether the server has a newer page than this one. */
export const hasNewVersion = signal(false)

const everyMs = 30 * 60_000
/** A user who switches between tabs does not cause a request each time. */
const shownEveryMs = 60_000

/** The first script of a page is named by a hash of its content. */
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
    // Without a network no newer page can be loaded.
  }
}

/** Requests the page from time to time, and when it is shown again. */
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
