import { computed, effect, signal, useComputed } from '@preact/signals'
import { useEffect } from 'preact/hooks'
import { client, connection, rooms } from './client.ts'

/** How many members of a room are online, and who, from the last answer. */
export interface OnlineCount {
  readonly roomId: number
  readonly count: number
  /** Whether there may be more. */
  readonly hasMore: boolean
  /** The ids of the counted members. */
  readonly ids: ReadonlySet<number>
}

/** No event reports the number, so it is requested again and again while it is shown. */
const everyMs = 60_000
/** A user who only passes through a room makes no request. */
const pauseMs = 400

const isConnected = computed(() => connection.value.name === 'connected')

export const onlineCount = signal<OnlineCount | null>(null)

/** Keeps `onlineCount` up to date for a room, as long as the calling component is shown. null means no room. */
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
        // The next round requests it again.
      }
    }
    // Once when there is a connection, and again after each gap.
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

/** The users who are known to be online, from the open room and the direct chats. */
const onlinePeople = computed<ReadonlySet<number>>(() => {
  const partners = (rooms.value ?? []).flatMap(({ partner }) => (partner?.online ? partner.id : []))
  return new Set([...(onlineCount.value?.ids ?? []), ...partners])
})

/** Whether a user is known to be online. The caller renders again only when this changes. */
export function useIsOnline(userId: number | null): boolean {
  return useComputed(() => userId !== null && onlinePeople.value.has(userId)).value
}
