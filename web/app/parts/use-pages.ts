import { useEffect, useRef, useState } from 'preact/hooks'
import { cursorOf } from '../chat/paging.ts'
import { explain, type Task, useTask } from './use-task.ts'

interface Pages<T> {
  /** null until it is known. */
  readonly items: readonly T[] | null
  /** Why the first page could not be fetched. */
  readonly error: string | null
  readonly again: () => void
  /** Fetches the next page; null when there is none. */
  readonly more: Task<[]> | null
  /** Removes or replaces entries. */
  readonly change: (change: (items: readonly T[]) => readonly T[]) => void
}

/**
 * A list of the server that comes in pages. `fetchPage` returns the page at a cursor. A new `key` begins the
 * list again.
 */
export function usePages<T>(
  key: string | number,
  fetchPage: (
    cursor: string | undefined,
  ) => Promise<{ readonly results: readonly T[]; readonly next: string | null }>,
): Pages<T> {
  const [pages, setPages] = useState<{ items: readonly T[]; cursor: string | null } | null>(null)
  const [failure, setFailure] = useState<unknown>(null)
  const [attempt, setAttempt] = useState(0)
  const fetched = useRef(fetchPage)
  fetched.current = fetchPage
  useEffect(() => {
    let isHere = true
    setFailure(null)
    setPages(null)
    const load = async () => {
      try {
        const { results, next } = await fetched.current(undefined)
        if (isHere) setPages({ items: results, cursor: cursorOf(next) })
      } catch (error) {
        if (isHere) setFailure(error)
      }
    }
    void load()
    return () => void (isHere = false)
  }, [key, attempt])
  const more = useTask(async () => {
    if (!pages?.cursor) return
    const { results, next } = await fetched.current(pages.cursor)
    setPages((now) => now && { items: [...now.items, ...results], cursor: cursorOf(next) })
  })
  return {
    items: pages?.items ?? null,
    error: failure === null ? null : explain(failure),
    again: () => setAttempt(attempt + 1),
    more: pages?.cursor ? more : null,
    change: (change) => setPages((now) => now && { ...now, items: change(now.items) }),
  }
}
