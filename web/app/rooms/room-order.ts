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
 * The number of a room in the list: mentions, direct messages and other messages that notify the user. Other new
 * messages only make its name bold, unless the user has turned notifications off.
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

/** Counts the unread mentions of each room. */
export function mentionsOf(items: readonly Notification[] | null): ReadonlyMap<number, number> {
  const counts = new Map<number, number>()
  for (const { kind, room_id, read_at } of items ?? []) {
    if (kind !== 'mention' || room_id === null || read_at !== null) continue
    counts.set(room_id, (counts.get(room_id) ?? 0) + 1)
  }
  return counts
}

/**
 * Sorts the list into sections. Unread rooms come first, those with mentions and direct messages at the top. The
 * open room keeps its place among the unread ones until another room is opened, so that nothing moves under the
 * pointer.
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
