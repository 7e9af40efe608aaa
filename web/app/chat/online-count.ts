import { computed, effect, signal, useComputed } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { client, connection, rooms } from './client.ts'

/** How many members of a room are online, and who they are, as it was asked last. */
export interface OnlineCount {
  readonly roomId: number
  readonly count: number
  /** There may be more. */
  readonly hasMore: boolean
  /** The ids of those that were counted. */
  readonly ids: ReadonlySet<number>
}

/** It is told by no event, so it is asked for again and again while it is shown. */
const everyMs = 60_000
/** Who only goes past a room asks for nothing. */
const pauseMs = 400

const isConnected = computed(() => connection.value.name === 'connected')

export const onlineCount = signal<OnlineCount | null>(null)

/** Keeps `onlineCount` for a room, as long as the component that calls it is shown. null: for none. */
export function useOnlineCount(roomId: number | null): void {
  useEffect(() => {
    if (roomId === null) return
    let isHere = true
    const count = async () => {
      if (document.hidden || !isConnected.peek()) return
      try {
        const params = { room_id: roomId }
        const room = await client.request('GET /api/rooms/{room_id}/', { params })
        const { online_count, online_more, online_ids } = room
        if (!isHere) return
        onlineCount.value = {
          roomId,
          count: online_count,
          hasMore: online_more,
          ids: new Set(online_ids),
        }
      } catch {
        // The next time it is asked for again.
      }
    }
    // Once there is a connection, and again after each gap.
    const stop = effect(() => {
      if (!isConnected.value) return
      const first = setTimeout(() => void count(), pauseMs)
      return () => clearTimeout(first)
    })
    const timer = setInterval(() => void count(), everyMs)
    return () => {
      isHere = false
      stop()
      clearInterval(timer)
      if (onlineCount.peek()?.roomId === roomId) onlineCount.value = null
    }
  }, [roomId])
}

/** Who is known to be online: of the room that is open, and of the direct chats. */
const onlinePeople = computed<ReadonlySet<number>>(() => {
  const partners = (rooms.value ?? []).flatMap(({ partner }) => (partner?.online ? partner.id : []))
  return new Set([...(onlineCount.value?.ids ?? []), ...partners])
})

/** Whether somebody is known to be online. What calls it is rendered anew when that changes, and only then. */
export function useIsOnline(userId: number | null): boolean {
  return useComputed(() => userId !== null && onlinePeople.value.has(userId)).value
}
