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
  /** How long the host of a virtual machine gave its processors to others, in all. Linux counts in steps of 10 ms. */
  readonly stolen: number
  /** How many pages of its process's memory had to be read from the disk. */
  readonly faults: number
}

/** What a thread used between two moments. */
type Use = Omit<Sample, 'at'>

/**
 * Follows what a page's thread gets of the processor. Linux counts it for each thread, and reading it does not disturb
 * the page, unlike a trace.
 */
export class ThreadTime {
  readonly #process: string
  readonly #samples: Sample[] = []

  private constructor(process: string) {
    this.#process = process
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
    const time = new ThreadTime(`/proc/${busiest?.id}`)
    return time.look() ? time : null
  }

  /** Takes a sample. Returns false when there is nothing to read. */
  look(): boolean {
    try {
      // The times of a process are those of its first thread, which is the page's.
      const [ran, waited] = readFileSync(`${this.#process}/schedstat`, 'utf8')
        .split(' ')
        .map(Number)
      const [, fields = ''] = readFileSync(`${this.#process}/stat`, 'utf8').split(') ')
      const machine = readFileSync('/proc/stat', 'utf8').split('\n', 1)[0]!.split(/ +/)
      this.#samples.push({
        at: performance.timeOrigin + performance.now(),
        ran: ran! / 1e6,
        waited: waited! / 1e6,
        stolen: Number(machine[8]) * 10,
        faults: Number(fields.split(' ')[9]),
      })
      return true
    } catch {
      return false
    }
  }

  /** Returns what the thread used between two moments, as milliseconds since 1970. Between samples it is estimated. */
  between(from: number, to: number): Use {
    const [a, b] = [this.#at(from), this.#at(to)]
    return {
      ran: b.ran - a.ran,
      waited: b.waited - a.waited,
      stolen: b.stolen - a.stolen,
      faults: b.faults - a.faults,
    }
  }

  #at(moment: number): Use {
    const next = this.#samples.findIndex(({ at }) => at >= moment)
    const [a, b] = [this.#samples.at(Math.max(0, next - 1))!, this.#samples.at(next)!]
    const share = b.at > a.at ? Math.min(1, Math.max(0, (moment - a.at) / (b.at - a.at))) : 0
    const mix = (name: keyof Use) => a[name] + share * (b[name] - a[name])
    return {
      ran: mix('ran'),
      waited: mix('waited'),
      stolen: mix('stolen'),
      faults: mix('faults'),
    }
  }
}
