/**
 * What a client shows of a room is what it once fetched, with the events after that applied [M6, W7].
 * Events carry states: one that is applied twice, or that is older than what was fetched, does no
 * harm once all that follow it were applied, too. No event tells of the reading of a room, of what
 * one is notified of, of who is online, nor of another display name.
 */
import { unreadMax } from '../protocol/limits.ts'
import type { Message, Reaction } from '../protocol/messages.ts'
import { preview } from '../protocol/preview.ts'
import type { LastMessage, Member, Room } from '../protocol/rooms.ts'
import type { DurableEvent } from '../protocol/socket.ts'

/** A room as one user sees it. */
export interface RoomView {
  readonly userId: number
  readonly room: Room
  /** All of its members, by id. */
  readonly members: readonly Omit<Member, 'joined_at'>[]
  /** All of its messages from `heldFrom` on, in the order of the log. */
  readonly messages: readonly Message[]
  /** The `seq` where what is held begins. */
  readonly heldFrom: number
}

type EventOf<Type extends DurableEvent['type']> = Extract<DurableEvent, { type: Type }>

export function applyEvent(view: RoomView, event: DurableEvent): RoomView {
  const changed = applyTo(view, event)
  const { room, members } = changed
  return {
    ...changed,
    room: {
      ...room,
      last_seq: Math.max(room.last_seq, event.seq),
      last_event_at: latest(room.last_event_at, event.timestamp),
      last_message: applyToLast(room.last_message, event),
      member_count: members.length,
      unread: countUnread(changed),
    },
  }
}

/** Times of the wire are in the order of their texts. */
function latest(one: string, other: string): string {
  return one < other ? other : one
}

/** What a list of rooms shows of the last message; one that is shown already stays as it is. */
function applyToLast(last: LastMessage | null, event: DurableEvent): LastMessage | null {
  switch (event.type) {
    case 'message': {
      if (last && last.seq >= event.seq) return last
      const { seq, user_id, username, display_name, message, timestamp } = event
      return { seq, user_id, username, display_name, text: message && preview(message), timestamp }
    }
    case 'message.edited':
      // It is deleted by now.
      if (last?.seq !== event.message_seq || last.text === null) return last
      return { ...last, text: event.message && preview(event.message) }
    case 'message.deleted':
      return last?.seq === event.message_seq ? { ...last, text: null } : last
    default:
      return last
  }
}

function applyTo(view: RoomView, event: DurableEvent): RoomView {
  switch (event.type) {
    case 'message':
      return addMessage(view, event)
    case 'message.edited':
      return changeMessage(view, event.message_seq, (message) =>
        message.deleted_at
          ? message
          : { ...message, message: event.message, edited_at: event.edited_at },
      )
    case 'message.deleted':
      return changeMessage(view, event.message_seq, (message) => ({
        ...message,
        message: null,
        deleted_at: event.deleted_at,
        reactions: [],
      }))
    case 'reaction':
      return changeMessage(view, event.message_seq, (message) => ({
        ...message,
        reactions: message.deleted_at ? [] : applyReaction(message.reactions, event, view.userId),
      }))
    case 'member.joined':
    case 'member.updated':
      return putMember(view, event)
    case 'member.left':
      return removeMember(view, event)
    case 'room.updated': {
      const { title, description } = event
      return { ...view, room: { ...view.room, title, description } }
    }
    case 'room.deleted':
      return view
  }
}

/** A message that is held stays as it is: whatever came to it since has an event of its own. */
function addMessage(view: RoomView, event: EventOf<'message'>): RoomView {
  const { type: _, ...message } = event
  if (message.seq < view.heldFrom) return view
  const at = view.messages.findLastIndex(({ seq }) => seq <= message.seq)
  if (view.messages[at]?.seq === message.seq) return view
  return { ...view, messages: view.messages.toSpliced(at + 1, 0, message) }
}

function changeMessage(
  view: RoomView,
  seq: number,
  change: (message: Message) => Message,
): RoomView {
  const at = view.messages.findLastIndex((message) => message.seq === seq)
  const message = view.messages[at]
  return message ? { ...view, messages: view.messages.with(at, change(message)) } : view
}

function applyReaction(
  reactions: readonly Reaction[],
  { emoji, count, first_seq, reacted, user_id }: EventOf<'reaction'>,
  userId: number,
): Reaction[] {
  const others = reactions.filter((reaction) => reaction.emoji !== emoji)
  if (first_seq === null) return others
  const before = reactions.find((reaction) => reaction.emoji === emoji)
  const mine = user_id === userId ? reacted : (before?.mine ?? false)
  return [...others, { emoji, count, mine, first_seq }].toSorted(
    (a, b) => a.first_seq - b.first_seq,
  )
}

function putMember(
  view: RoomView,
  { type, seq, user_id, username, display_name, role }: EventOf<'member.joined' | 'member.updated'>,
): RoomView {
  // The account is gone.
  if (user_id === null || username === null) return view
  const others = view.members.filter((member) => member.user_id !== user_id)
  const members = [...others, { user_id, username, display_name, role }].toSorted(
    (a, b) => a.user_id - b.user_id,
  )
  if (user_id !== view.userId) return { ...view, members }
  return {
    ...view,
    members,
    room: { ...view.room, role, ...(type === 'member.joined' && joined(view.room, seq)) },
  }
}

/** How a membership begins; one that had begun before stays as it is. */
function joined(
  { kind, last_read_seq, notify }: Room,
  seq: number,
): Pick<Room, 'last_read_seq' | 'notify'> {
  return {
    last_read_seq: Math.max(last_read_seq ?? 0, seq - 1),
    notify: notify ?? (kind === 'direct' ? 'all' : 'mentions'),
  }
}

function removeMember(view: RoomView, { user_id }: EventOf<'member.left'>): RoomView {
  const members = view.members.filter((member) => member.user_id !== user_id)
  if (user_id !== view.userId) return { ...view, members }
  return { ...view, members, room: { ...view.room, role: null, last_read_seq: null, notify: null } }
}

/** [M8] What is unread is derived, as far as what is held goes back to the marker. */
function countUnread({ userId, room, messages, heldFrom }: RoomView): number | null {
  const marker = room.last_read_seq
  if (marker === null) return null
  if (heldFrom > marker + 1) return room.unread
  const unread = messages.filter(
    ({ seq, user_id, deleted_at }) => seq > marker && user_id !== userId && deleted_at === null,
  )
  return Math.min(unread.length, unreadMax)
}
