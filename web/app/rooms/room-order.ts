import type { Notification, Room } from '../../../src/client/index.ts'

export interface Sections {
  readonly unread: readonly Room[]
  readonly rooms: readonly Room[]
  readonly direct: readonly Room[]
}

const activityOf = ({ last_message, last_event_at }: Room): string =>
  last_message?.timestamp ?? last_event_at

const newestFirst = (a: Room, b: Room) =>
  activityOf(a) < activityOf(b) ? 1 : activityOf(a) > activityOf(b) ? -1 : b.id - a.id

/**
 * What a room shows as a number: what speaks to the reader. Messages that only are new make its name bold, unless the
 * reader wants to hear nothing of it.
 */
export interface Attention {
  readonly isUnread: boolean
  readonly count: number
}

export function attentionOf(room: Room, mentions: ReadonlyMap<number, number>): Attention {
  const unread = room.unread ?? 0
  const isMuted = room.notify === 'none'
  const count =
    room.kind === 'direct' ? (isMuted ? 0 : unread) : Math.min(unread, mentions.get(room.id) ?? 0)
  return { isUnread: count > 0 || (unread > 0 && !isMuted), count }
}

/** How many unread mentions there are of each room. */
export function mentionsOf(items: readonly Notification[] | null): ReadonlyMap<number, number> {
  const counts = new Map<number, number>()
  for (const { kind, room_id, read_at } of items ?? []) {
    if (kind !== 'mention' || room_id === null || read_at !== null) continue
    counts.set(room_id, (counts.get(room_id) ?? 0) + 1)
  }
  return counts
}

/**
 * The list in its sections: what is unread first, mentions and direct messages at its top. The room that is open keeps
 * its place among the unread ones until another one is opened, so that nothing moves under the pointer.
 */
export function sectionsOf(
  rooms: readonly Room[],
  mentions: ReadonlyMap<number, number>,
  keptId: number | null,
): Sections {
  const sorted = rooms.toSorted(newestFirst)
  const isListed = (room: Room) => room.id === keptId || attentionOf(room, mentions).isUnread
  const unread = sorted.filter(isListed)
  const others = sorted.filter((room) => !isListed(room))
  return {
    unread: [
      ...unread.filter((room) => attentionOf(room, mentions).count > 0),
      ...unread.filter((room) => attentionOf(room, mentions).count === 0),
    ],
    rooms: others.filter(({ kind }) => kind !== 'direct'),
    direct: others.filter(({ kind }) => kind === 'direct'),
  }
}
