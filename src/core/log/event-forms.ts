/**
 * [M6] Events in the form of the wire. The form is the same for new events and for events that are read from the log.
 */
import { messageMaxCodePoints } from '../../protocol/limits.ts'
import type { Role, Room } from '../../protocol/rooms.ts'
import type { DurableEvent } from '../../protocol/socket.ts'
import { wireTime } from '../time.ts'

/** The place of an event in its log, and its time. */
export interface EventPlace {
  readonly room_id: number
  readonly seq: number
  readonly at: Date
}

/** A user whom an event names. A deleted account has no names. */
export interface EventUser {
  readonly id: number
  readonly username: string | null
  readonly display_name: string | null
}

export function placeForm({ room_id, seq, at }: EventPlace) {
  return { room_id, seq, timestamp: wireTime(at) }
}

export function userForm({ id, username, display_name }: EventUser) {
  return { user_id: id, username, display_name }
}

/** The user who did this to `user`; null if `user` did it themselves. */
export function actorForm(user: { readonly id: number }, actor: EventUser) {
  return actor.id === user.id ? null : userForm(actor)
}

export function memberEvent(
  type: 'member.joined' | 'member.updated',
  place: EventPlace,
  member: EventUser,
  role: Role,
): DurableEvent {
  return { type, ...placeForm(place), ...userForm(member), role }
}

export function memberLeft(
  place: EventPlace,
  member: EventUser,
  actor: EventUser,
): Extract<DurableEvent, { type: 'member.left' }> {
  return {
    type: 'member.left',
    ...placeForm(place),
    ...userForm(member),
    removed_by: actorForm(member, actor),
  }
}

export function roomUpdated(
  place: EventPlace,
  room: Pick<Room, 'title' | 'description' | 'archived_at' | 'text_max' | 'send_limit'>,
): DurableEvent {
  const { title, description, archived_at, text_max, send_limit } = room
  return {
    type: 'room.updated',
    ...placeForm(place),
    title,
    description,
    archived_at,
    text_max,
    send_limit,
  }
}

/** The limits of a room in its columns. null: the limits of all rooms apply. */
export interface LimitColumns {
  readonly text_max: number | null
  readonly send_count: number | null
  readonly send_seconds: number | null
}

/** [S3] The limits of a room, as its members see them. */
export function limitsForm({
  text_max,
  send_count: count,
  send_seconds: seconds,
}: LimitColumns): Pick<Room, 'text_max' | 'send_limit'> {
  return {
    text_max: text_max ?? messageMaxCodePoints,
    send_limit: count === null || seconds === null ? null : { count, seconds },
  }
}

export function roomDeleted(place: EventPlace): DurableEvent {
  return { type: 'room.deleted', ...placeForm(place) }
}
