import { signal } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { client, connection } from './client.ts'

/** How many members of a room are online, as it was counted last. */
export interface OnlineCount {
  readonly roomId: number
  readonly count: number
  /** There may be more. */
  readonly hasMore: boolean
}

/** It is told by no event, so it is asked for again and again while it is shown. */
const everyMs = 60_000
/** Who only goes past a room asks for nothing. */
const pauseMs = 400

export const onlineCount = signal<OnlineCount | null>(null)

/** Keeps `onlineCount` for a room, as long as the component that calls it is shown. null: for none. */
export function useOnlineCount(roomId: number | null): void {
  useEffect(() => {
    if (roomId === null) return
    let isHere = true
    const count = async () => {
      if (document.hidden || connection.peek().name !== 'connected') return
      try {
        const params = { room_id: roomId }
        const room = await client.request('GET /api/rooms/{room_id}/', { params })
        const { online_count, online_more } = room
        if (isHere) onlineCount.value = { roomId, count: online_count, hasMore: online_more }
      } catch {
        // The next time it is asked for again.
      }
    }
    const first = setTimeout(() => void count(), pauseMs)
    const timer = setInterval(() => void count(), everyMs)
    return () => {
      isHere = false
      clearTimeout(first)
      clearInterval(timer)
    }
  }, [roomId])
}
