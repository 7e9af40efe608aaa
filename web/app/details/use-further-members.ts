import { useEffect, useState } from 'preact/hooks'
import type { Member } from '../../../src/client/index.ts'
import { client } from '../chat/client.ts'
import { cursorOf } from '../chat/paging.ts'
import { type Task, useTask } from '../parts/use-task.ts'

interface Further {
  readonly members: readonly Member[]
  readonly isWhole: boolean
  /** Fetches this many further pages of members. */
  readonly more: Task<[pages: number]>
}

const pageSize = 100

/**
 * The members of a large room beyond those that the client library loads and follows. They are fetched in pages,
 * and not followed. The first time, the pages before them are read, because only a page tells where the next one
 * begins.
 */
export function useFurtherMembers(
  roomId: number,
  heldMembers: readonly Member[],
  hasMore: boolean,
): Further {
  const [pages, setPages] = useState<{ members: readonly Member[]; cursor: string | null } | null>(
    null,
  )
  useEffect(() => setPages(null), [roomId])
  const held = new Set(heldMembers.map(({ user_id }) => user_id))
  const more = useTask(async (wanted: number) => {
    const fetched: Member[] = [...(pages?.members ?? [])]
    let left = wanted
    let cursor = pages ? pages.cursor : undefined
    do {
      const page = await client.request('GET /api/rooms/{room_id}/members/', {
        params: { room_id: roomId },
        query: { limit: pageSize, ...(cursor && { cursor }) },
      })
      const others = page.results.filter(({ user_id }) => !held.has(user_id))
      fetched.push(...others)
      cursor = cursorOf(page.next)
      if (others.length > 0) left--
    } while (left > 0 && cursor !== null)
    setPages({ members: fetched, cursor })
  })
  const further = hasMore ? (pages?.members ?? []) : []
  return {
    members: further.filter(({ user_id }) => !held.has(user_id)),
    isWhole: pages !== null && pages.cursor === null,
    more,
  }
}
