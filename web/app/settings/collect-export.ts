import type { ExportPage } from '../../../src/client/index.ts'
import { client, isChatError } from '../chat/client.ts'
import { cursorOf } from '../chat/paging.ts'

type Rows = { -readonly [K in keyof Omit<ExportPage, 'next'>]: ExportPage[K] }

/** An export that is being fetched. Another call of `collect` continues it. */
export interface Collected {
  rows: Rows
  count: number
  /** The progress, from 0 to 1. */
  progress: number
  /** null when the export is complete. */
  cursor: string | null | undefined
}

export const nothingYet = (): Collected => ({ rows: {}, count: 0, progress: 0, cursor: undefined })

/**
 * Fetches the pages of the export one after another, and waits when the server asks for it. Throws the reason of
 * an aborted `signal`.
 */
export async function collect(
  collected: Collected,
  signal: AbortSignal,
  onChange: (isWaiting: boolean) => void,
): Promise<void> {
  while (collected.cursor !== null) {
    const { cursor } = collected
    try {
      const query = cursor === undefined ? {} : { cursor }
      const page = await client.request('GET /api/users/me/export/', { query }, { signal })
      add(collected, page)
      onChange(false)
    } catch (error) {
      const waitMs = isChatError(error) && error.code === 'rate_limited' && error.retryAfterMs
      if (!waitMs) throw error
      onChange(true)
      await passed(waitMs, signal)
    }
  }
}

function add(collected: Collected, { next, ...page }: ExportPage): void {
  for (const [kind, rows] of Object.entries(page)) {
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the lists of one kind have the same rows
    const all = ((collected.rows as Record<string, unknown[]>)[kind] ??= [])
    for (const row of rows) all.push(row)
    collected.count += rows.length
  }
  collected.cursor = cursorOf(next)
  collected.progress = Math.max(collected.progress, progressOf(collected))
}

/**
 * The progress of the export. Messages come room by room, in the order of the rooms' ids, so the share of the
 * completed rooms stands for the share of the messages. The data before them is small.
 */
function progressOf({ rows, cursor }: Collected): number {
  if (cursor === null) return 1
  const at = /^messages\[(\d+)/.exec(cursor ?? '')
  if (!at) return cursor?.startsWith('reactions') ? 0.9 : 0.05
  const rooms = rows.rooms ?? []
  const done = rooms.filter(({ room_id }) => room_id < Number(at[1])).length
  return 0.1 + (0.8 * done) / Math.max(1, rooms.length)
}

async function passed(ms: number, signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, ms)
    signal.addEventListener('abort', () => {
      clearTimeout(timer)
      resolve()
    })
  })
  signal.throwIfAborted()
}

/** Gives a file to the browser, which asks where to save it, or saves it with its downloads. */
export function saveExport(collected: Collected, name: string): void {
  const messages = collected.rows.messages?.toSorted(
    (a, b) => a.room_id - b.room_id || a.seq - b.seq,
  )
  const rows = { ...collected.rows, ...(messages && { messages }) }
  const url = URL.createObjectURL(
    new Blob([JSON.stringify(rows, null, 1)], { type: 'application/json' }),
  )
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  // By then the browser has begun to read it.
  setTimeout(() => URL.revokeObjectURL(url), 60_000)
}
