import type { Browser } from 'playwright-core'

/**
 * An event of Chromium's traces. Times are in microseconds; `tdur` is in microseconds of the thread's processor time.
 */
interface TraceEvent {
  readonly name: string
  readonly pid: number
  readonly tid: number
  readonly ts: number
  readonly dur?: number
  readonly tdur?: number
}

/**
 * Traces the browser during `work`. Returns, for each action between the marks `bench:begin` and `bench:end`, the
 * milliseconds of processor time of the page's thread. Unlike wall time, these do not grow when other programs use the
 * processor. They include the artificial slowdown.
 */
export async function traceProcessor(
  browser: Browser,
  work: () => Promise<void>,
): Promise<number[]> {
  const { marks, tasks } = await trace(browser, work)
  const times: number[] = []
  let begin: number | undefined
  for (const { name, ts } of marks.toSorted((a, b) => a.ts - b.ts)) {
    if (name === 'bench:begin') begin = ts
    else if (begin !== undefined) {
      const from = begin
      const own = tasks.filter((task) => task.ts < ts && task.ts + (task.dur ?? 0) > from)
      times.push(own.reduce((sum, { tdur = 0 }) => sum + tdur, 0) / 1_000)
      begin = undefined
    }
  }
  return times
}

/** Does the same for each task of the page's thread, during work that begins with a mark. */
export async function traceTasks(browser: Browser, work: () => Promise<void>): Promise<number[]> {
  const { tasks } = await trace(browser, work)
  return tasks.map(({ tdur = 0 }) => tdur / 1_000)
}

/**
 * Traces the browser during `work`. Returns the milliseconds from each frame that the screen shows to the next one,
 * without the first second, in which the work begins.
 */
export async function traceScreen(browser: Browser, work: () => Promise<void>): Promise<number[]> {
  const traceEvents = await record(browser, ['viz'], work)
  const shown = traceEvents.filter(({ name }) => name === 'Display::DrawAndSwap')
  const times = shown.map(({ ts }) => ts / 1_000).toSorted((a, b) => a - b)
  const later = times.filter((time) => time > times[0]! + 1_000)
  return later.slice(1).map((time, i) => time - later[i]!)
}

/** Traces the browser during `work`. Returns how many tiles it painted. A tile is a part of a layer, 256 pixels wide. */
export async function traceTiles(browser: Browser, work: () => Promise<void>): Promise<number> {
  const traceEvents = await record(browser, ['cc', 'disabled-by-default-devtools.timeline'], work)
  return traceEvents.filter(({ name }) => name === 'RasterTask').length
}

async function record(
  browser: Browser,
  categories: string[],
  work: () => Promise<void>,
): Promise<readonly TraceEvent[]> {
  await browser.startTracing(undefined, { categories })
  await work()
  const trace = (await browser.stopTracing()).toString()
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- Chromium documents the format
  return (JSON.parse(trace) as { traceEvents: readonly TraceEvent[] }).traceEvents
}

async function trace(browser: Browser, work: () => Promise<void>) {
  const traceEvents = await record(browser, ['toplevel', 'blink.user_timing'], work)
  const marks = traceEvents.filter(({ name }) => name.startsWith('bench:'))
  const [first] = marks
  const tasks = traceEvents.filter(
    ({ name, pid, tid }) =>
      name === 'ThreadControllerImpl::RunTask' && pid === first?.pid && tid === first.tid,
  )
  return { marks, tasks }
}
