import { setTimeout as sleep } from 'node:timers/promises'
import type { PlainPage } from './plain-page.ts'
import { call } from './pages.ts'

interface Memory {
  /** The scripts' heap in megabytes, and what the browser holds for it, such as elements. */
  readonly heap: number
  /** Elements and texts that are not in the document but still in memory. */
  readonly detached: number
  readonly listeners: number
}

export async function readMemory(page: PlainPage): Promise<Memory> {
  // Collected garbage may release further garbage, so one collection is not enough.
  for (let n = 0; n < 3; n++) {
    await page.send('HeapProfiler.collectGarbage')
    await sleep(100)
  }
  const { usedSize, embedderHeapUsedSize, backingStorageSize } =
    await page.send('Runtime.getHeapUsage')
  const { nodes, jsEventListeners } = await page.send('Memory.getDOMCounters')
  const attached = await call<number>(page, 'attached()')
  return {
    heap: (usedSize + embedderHeapUsedSize + backingStorageSize) / 1e6,
    detached: nodes - attached,
    listeners: jsEventListeners,
  }
}
