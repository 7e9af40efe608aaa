import { useEffect, useRef, useState } from 'preact/hooks'
import type { Notification } from '../../../src/client/index.ts'
import { client, notifications } from '../chat/client.ts'
import { cursorOf } from '../chat/paging.ts'
import { type Task, useTask } from '../parts/use-task.ts'

const pageSize = 50
/** Changes within this time lead to one request. */
const pauseMs = 300

interface Pages {
  readonly items: readonly Notification[]
  readonly cursor: string | null
}

async function fetchPage(isUnreadOnly: boolean, cursor: string | null): Promise<Pages> {
  const query = { limit: pageSize, unread: isUnreadOnly, ...(cursor && { cursor }) }
  const page = await client.request('GET /api/notifications/', { query })
  return { items: page.results, cursor: cursorOf(page.next) }
}

/** Fetches at least this many, from the newest on. The count may grow meanwhile. */
async function fetchUpTo(isUnreadOnly: boolean, count: () => number): Promise<Pages> {
  let pages = await fetchPage(isUnreadOnly, null)
  while (pages.cursor !== null && pages.items.length < count()) {
    const { items, cursor } = await fetchPage(isUnreadOnly, pages.cursor)
    pages = { items: [...pages.items, ...items], cursor }
  }
  return pages
}

export interface Listed {
  /** null until they are known. */
  readonly items: readonly Notification[] | null
  readonly failure: unknown
  readonly again: () => void
  /** Fetches the next page; null when there is none. */
  readonly more: Task<[]> | null
}

/**
 * The newest notifications, which the client library loads and follows, and older ones in pages. After a change
 * the pages are fetched again, because the events do not describe each change.
 */
export function useNotifications(isUnreadOnly: boolean): Listed {
  const { items: held } = notifications.value
  const [pages, setPages] = useState<Pages | null>(null)
  const [failure, setFailure] = useState<unknown>(null)
  const [attempt, setAttempt] = useState(0)
  const oldestHeld = held?.at(-1)?.id ?? Infinity
  const isShown = ({ id, read_at }: Notification) =>
    id < oldestHeld && (!isUnreadOnly || read_at === null)
  const older = pages?.items.filter(isShown) ?? []
  const current = useRef({ pages, older: older.length })
  current.current = { pages, older: older.length }
  /** How many notifications the reader wants to see. */
  const wanted = useRef(0)

  useEffect(() => {
    let isHere = true
    const load = async () => {
      try {
        const fetched = await fetchUpTo(isUnreadOnly, () => wanted.current)
        if (!isHere) return
        setPages(fetched)
        setFailure(null)
      } catch (error) {
        if (isHere) setFailure(error)
      }
    }
    // The loaded ones are followed by the client library.
    const isFirst = current.current.pages === null
    if (!isFirst && current.current.older === 0) return
    const timer = setTimeout(() => void load(), isFirst ? 0 : pauseMs)
    return () => {
      isHere = false
      clearTimeout(timer)
    }
  }, [held, isUnreadOnly, attempt])

  const more = useTask(async () => {
    let before = current.current.pages
    wanted.current = (before?.items.length ?? 0) + 1
    while (before?.cursor && before.items.length < wanted.current) {
      const next = await fetchPage(isUnreadOnly, before.cursor)
      if (current.current.pages === before) {
        wanted.current = before.items.length + next.items.length
        return setPages({ items: [...before.items, ...next.items], cursor: next.cursor })
      }
      // They were fetched again meanwhile, perhaps with the wanted page.
      before = current.current.pages
    }
  })

  const newest = held?.filter(({ read_at }) => !isUnreadOnly || read_at === null) ?? []
  return {
    items: held || pages ? [...newest, ...older] : null,
    failure,
    again: () => setAttempt(attempt + 1),
    more: pages?.cursor ? more : null,
  }
}

/** Marks some notifications, or all, as read. */
export async function readNotifications(ids: readonly number[] | 'all'): Promise<void> {
  const body = ids === 'all' ? { all: true as const } : { ids: [...ids] }
  await client.request('POST /api/notifications/read/', { body })
}
