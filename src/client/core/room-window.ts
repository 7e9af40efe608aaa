/**
 * Applies events to a room and to its window, the loaded part of its messages [M6, W7]. Events carry states, so an event
 * may be applied twice, if all later events are applied, too. No event has the notification setting of the user, or who
 * is online.
 */
import {
  type DurableEvent,
  type LastMessage,
  type Member,
  type Message,
  type Reaction,
  type Room,
  previewMaxCodePoints,
  unreadMax,
} from '../wire.ts'
import { merge } from './merge.ts'
import type { RoomWindow } from './state.ts'

type EventOf<Type extends DurableEvent['type']> = Extract<DurableEvent, { type: Type }>

/** Applies an event to a room, except for `unread` and the effects of the user's own role. */
export function applyToRoom(room: Room, event: DurableEvent): Room {
  const next = {
    ...room,
    last_seq: event.seq,
    last_event_at: event.timestamp,
    last_message: applyToLast(room.last_message, event),
  }
  switch (event.type) {
    case 'room.updated':
      // Everything else in the event is the state of the room.
      const { type: _, room_id: _r, seq: _s, timestamp: _t, ...changed } = event
      return { ...next, ...changed }
    case 'member.joined':
      return { ...next, member_count: room.member_count + 1 }
    case 'member.left':
      return { ...next, member_count: Math.max(0, room.member_count - 1) }
    default:
      return next
  }
}

/** Makes the last message for the list of rooms. If it is shown already, it stays the same object. */
function applyToLast(last: LastMessage | null, event: DurableEvent): LastMessage | null {
  if (event.type === 'message') {
    const { seq, user_id, username, display_name, message, timestamp } = event
    return { seq, user_id, username, display_name, text: preview(message), timestamp }
  }
  if (!last || last.text === null || !('message_seq' in event) || last.seq !== event.message_seq) {
    return last
  }
  if (event.type === 'message.deleted') return { ...last, text: null }
  return event.type === 'message.edited' ? { ...last, text: preview(event.message) } : last
}

function preview(text: string | null): string | null {
  const points = Array.from(text ?? '')
  return points.length > previewMaxCodePoints
    ? `${points.slice(0, previewMaxCodePoints).join('')}…`
    : text
}

export function applyToWindow(window: RoomWindow, event: DurableEvent, myId: number): RoomWindow {
  switch (event.type) {
    case 'message':
      return addMessage(window, event)
    case 'message.edited':
      return changeMessage(window, event.message_seq, (message) =>
        message.deleted_at
          ? message
          : { ...message, message: event.message, edited_at: event.edited_at },
      )
    case 'message.deleted':
      return changeMessage(window, event.message_seq, (message) => ({
        ...message,
        message: null,
        deleted_at: event.deleted_at,
        reactions: [],
      }))
    case 'reaction':
      return changeMessage(window, event.message_seq, (message) => ({
        ...message,
        reactions: message.deleted_at ? [] : applyReaction(message.reactions, event, myId),
      }))
    case 'member.joined':
    case 'member.updated':
    case 'member.left':
      return {
        ...window,
        messages: event.username === null ? forgetAuthor(window.messages, event) : window.messages,
        members: window.members && applyToMembers(window.members, event),
      }
    default:
      return window
  }
}

/** Adds a message. A message that is loaded already stays, because each later change has its own event. */
function addMessage(window: RoomWindow, event: EventOf<'message'>): RoomWindow {
  const { type: _, ...message } = event
  // While the window is fetched again, messages before this one are missing.
  if (message.seq < window.heldFrom || !window.atEnd || !window.whole) return window
  const at = window.messages.findLastIndex(({ seq }) => seq <= message.seq)
  if (window.messages[at]?.seq === message.seq) return window
  return { ...window, messages: window.messages.toSpliced(at + 1, 0, message) }
}

function changeMessage(
  window: RoomWindow,
  seq: number,
  change: (message: Message) => Message,
): RoomWindow {
  const at = window.messages.findLastIndex((message) => message.seq === seq)
  const message = window.messages[at]
  return message ? { ...window, messages: window.messages.with(at, change(message)) } : window
}

function applyReaction(
  reactions: readonly Reaction[],
  { emoji, count, first_seq, reacted, user_id }: EventOf<'reaction'>,
  myId: number,
): Reaction[] {
  const before = reactions.find((reaction) => reaction.emoji === emoji)
  const others = reactions.filter((reaction) => reaction !== before)
  if (first_seq === null) return others
  const mine = user_id === myId ? reacted : (before?.mine ?? false)
  return merge('first_seq', others, [{ emoji, count, mine, first_seq }])
}

type OfMember = EventOf<'member.joined' | 'member.updated' | 'member.left'>

/** A user who deletes their account leaves the rooms. Their messages stay without a name. */
function forgetAuthor(messages: readonly Message[], { type, user_id }: OfMember) {
  return type === 'member.left'
    ? messages.map((message) =>
        message.user_id === user_id
          ? { ...message, user_id: null, username: null, display_name: null }
          : message,
      )
    : messages
}

function applyToMembers(members: readonly Member[], event: OfMember): readonly Member[] {
  const { user_id, username, display_name, timestamp } = event
  const before = members.find((member) => member.user_id === user_id)
  if (event.type === 'member.left') return members.filter((member) => member !== before)
  // The account was deleted, or the message is not loaded.
  if (username === null || (!before && event.type === 'member.updated')) return members
  const joined_at = before?.joined_at ?? timestamp
  return merge('user_id', members, [
    { user_id, username, display_name, role: event.role, joined_at },
  ])
}

/** Counts unread messages if the window reaches back to the marker. Otherwise returns undefined. */
export function countUnread(
  { messages, heldFrom, atEnd, whole }: RoomWindow,
  marker: number,
  myId: number,
): number | undefined {
  if (!whole || !atEnd || heldFrom > marker + 1) return undefined
  let count = 0
  for (let at = messages.length - 1; at >= 0; at--) {
    const { seq, user_id, deleted_at } = messages[at]!
    if (seq <= marker || count === unreadMax) break
    if (user_id !== myId && deleted_at === null) count++
  }
  return count
}
