import { useEffect, useRef, useState } from 'preact/hooks'
import type { Found } from '../../../src/client/index.ts'
import { client, isChatError } from '../chat/client.ts'
import { cursorOf } from '../chat/paging.ts'
import { useTask } from '../parts/use-task.ts'
import { announce } from '../shell/announcer.tsx'
import { t } from '../text/text.ts'

/**
 * The server runs one search of a user at a time, and a search may have to index many new messages first. A refusal
 * that is over in less time than this is not shown: the search is repeated. Each repeated search goes on with indexing.
 */
const retryMaxMs = 5_000
const attemptsMax = 4
const pageSize = 30

interface Result {
  readonly messages: readonly Found[]
  readonly cursor: string | null
}

export interface Search {
  /** null when there is no query or no answer yet. */
  readonly messages: readonly Found[] | null
  readonly isBusy: boolean
  readonly failure: unknown
  readonly again: () => void
  /** Fetches the next page; null when there is none. */
  readonly more: ReturnType<typeof useTask> | null
}

async function ask(
  q: string,
  roomId: number | null,
  cursor: string | null,
  signal: AbortSignal | undefined,
): Promise<Result> {
  const query = {
    q,
    limit: pageSize,
    ...(roomId !== null && { room_id: roomId }),
    ...(cursor !== null && { cursor }),
  }
  for (let attempt = 1; ; attempt++) {
    try {
      const page = await client.request('GET /api/search/', { query }, signal ? { signal } : {})
      return { messages: page.results, cursor: cursorOf(page.next) }
    } catch (error) {
      const isBrief =
        isChatError(error) && (error.code === 'rate_limited' || error.reason === 'indexing')
      const ms = isBrief ? (error.retryAfterMs ?? retryMaxMs) : Infinity
      if (ms >= retryMaxMs || attempt === attemptsMax || signal?.aborted) throw error
      await new Promise((resolve) => setTimeout(resolve, ms))
    }
  }
}

/** Returns the messages that match `q`. The previous ones stay until there is an answer. */
export function useSearch(q: string, roomId: number | null): Search {
  const [found, setFound] = useState<Result | null>(null)
  const [failure, setFailure] = useState<unknown>(null)
  const [isBusy, setBusy] = useState(false)
  const [attempt, setAttempt] = useState(0)
  const current = useRef(0)

  useEffect(() => {
    current.current++
    setFailure(null)
    if (!q) {
      setFound(null)
      setBusy(false)
      return
    }
    const abort = new AbortController()
    setBusy(true)
    const run = async () => {
      try {
        const result = await ask(q, roomId, null, abort.signal)
        if (abort.signal.aborted) return
        setFound(result)
        announce(foundLine(result.messages.length, result.cursor !== null))
      } catch (error) {
        if (abort.signal.aborted) return
        setFound(null)
        setFailure(error)
      }
      setBusy(false)
    }
    void run()
    return () => abort.abort()
  }, [q, roomId, attempt])

  const more = useTask(async () => {
    if (!found?.cursor) return
    const asked = current.current
    const next = await ask(q, roomId, found.cursor, undefined)
    if (asked !== current.current) return
    const known = new Set(found.messages.map(({ id }) => id))
    const added = next.messages.filter(({ id }) => !known.has(id))
    setFound({ messages: [...found.messages, ...added], cursor: next.cursor })
  })

  return {
    messages: found?.messages ?? null,
    isBusy,
    failure,
    again: () => setAttempt(attempt + 1),
    more: found?.cursor ? more : null,
  }
}

/** Says how many messages were found. On the first page of many it says that these are the best ones. */
export function foundLine(count: number, isMore: boolean): string {
  if (count === 0) return t('search.noneTitle')
  return isMore ? t('search.foundFirst', { count }) : t('search.found', { count })
}
