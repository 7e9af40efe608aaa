import { computed, effect, signal } from '@preact/signals'
import type { Room } from '../../../src/client/index.ts'
import { client, notifications, rooms } from '../chat/client.ts'
import { navigate, openRoomId, paths } from '../shell/router.ts'
import { attentionOf, mentionsOf, sectionsOf } from './room-order.ts'

/** Unread mentions by room. */
export const mentions = computed(() => mentionsOf(notifications.value.items))

/** The room that was unread when it was opened. */
const keptId = signal<number | null>(null)

effect(() => {
  const id = openRoomId.value
  const room = rooms.peek()?.find((each) => each.id === id)
  keptId.value = room && attentionOf(room, mentions.peek()).isUnread ? room.id : null
})

export const sections = computed(() => sectionsOf(rooms.value ?? [], mentions.value, keptId.value))

/** The rooms in the order of the list, for the keys that go to the next or previous room. */
export const listedRooms = computed<readonly Room[]>(() => {
  const { unread, rooms, direct } = sections.value
  return [...unread, ...rooms, ...direct]
})

/** How many mentions and direct messages are unread in all rooms, for the title and the icon of the page. */
export const attention = computed(() => {
  let [count, isUnread] = [0, false]
  for (const room of rooms.value ?? []) {
    const each = attentionOf(room, mentions.value)
    count += each.count
    isUnread ||= each.isUnread
  }
  return { count, isUnread }
})

/** The open dialog about rooms. */
export const dialog = signal<'room' | 'direct' | null>(null)

/** Opens the direct chat with a user. */
export async function openDirect(username: string): Promise<void> {
  const room = await client.request('POST /api/direct/', { body: { username } })
  navigate(paths.room(room.id))
}
