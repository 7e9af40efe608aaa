import { readFileSync } from 'node:fs'
import type { Browser } from 'playwright-core'

/** What a thread has used up to a moment, in milliseconds. */
interface Sample {
  /** The time on the clock since 1970. */
  readonly at: number
  /** How long it ran on a processor. */
  readonly ran: number
  /** How long it could have run, but another program had the processor. */
  readonly waited: number
}

/**
 * Follows what a page's thread gets of the processor. Linux counts it for each thread, and reading it does not disturb
 * the page, unlike a trace.
 */
export class ThreadTime {
  readonly #file: string
  readonly #samples: Sample[] = []

  private constructor(file: string) {
    this.#file = file
  }

  /** Returns null where the system does not count it. */
  static async of(browser: Browser): Promise<ThreadTime | null> {
    const session = await browser.newBrowserCDPSession()
    const { processInfo } = await session.send('SystemInfo.getProcessInfo')
    await session.detach()
    // A browser may keep an empty process in reserve, which has done little.
    const [busiest] = processInfo
      .filter(({ type }) => type === 'renderer')
      .toSorted((a, b) => b.cpuTime - a.cpuTime)
    // The first thread of a process has its id, and is the page's.
    const time = new ThreadTime(`/proc/${busiest?.id}/task/${busiest?.id}/schedstat`)
    return time.look() ? time : null
  }

  /** Takes a sample. Returns false when there is nothing to read. */
  look(): boolean {
    try {
      const [ran, waited] = readFileSync(this.#file, 'utf8').split(' ').map(Number)
      const at = performance.timeOrigin + performance.now()
      this.#samples.push({ at, ran: ran! / 1e6, waited: waited! / 1e6 })
      return true
    } catch {
      return false
    }
  }

  /** Returns what the thread used between two moments, as milliseconds since 1970. Between samples it is estimated. */
  between(from: number, to: number): Pick<Sample, 'ran' | 'waited'> {
    const [a, b] = [this.#at(from), this.#at(to)]
    return { ran: b.ran - a.ran, waited: b.waited - a.waited }
  }

  #at(moment: number): Sample {
    const next = this.#samples.findIndex(({ at }) => at >= moment)
    const [a, b] = [this.#samples.at(Math.max(0, next - 1))!, this.#samples.at(next)!]
    const share = b.at > a.at ? Math.min(1, Math.max(0, (moment - a.at) / (b.at - a.at))) : 0
    const mix = (x: number, y: number) => x + share * (y - x)
    return { at: moment, ran: mix(a.ran, b.ran), waited: mix(a.waited, b.waited) }
  }
}
