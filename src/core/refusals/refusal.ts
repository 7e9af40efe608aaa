/** The error that a caller gets for each status with which a database function refuses. */
import { emojisPerMessage, heldMessagesMax } from '../../protocol/limits.ts'
import {
  accountSuspended,
  ChatError,
  noSuchMessage,
  noSuchRoom,
  noSuchUser,
  RateLimitedError,
  sessionEnded,
  ValidationError,
} from '../errors.ts'

/** Statuses of may_write_v1 for a member who may not write: to an archived room [R9], or to a direct chat [A6]. */
export type WriteRefusal = 'archived' | 'blocking' | 'blocked' | 'partner_gone'

/** Reasons why a text is not published although its author may write to the room. */
export type TextRefusal = 'too_long' | 'room_limited' | 'held' | 'too_many_held'

/**
 * Reasons why add_member_v2 does not add a user [R7, R8]. With `gone`, the account was deleted after it was looked up.
 */
export type EnterRefusal = 'banned' | 'removed' | 'full' | 'gone'

/** Statuses of frame_v2 for the connection of a frame. */
export type FrameRefusal = 'unknown' | 'limited' | 'revoked' | 'suspended'

export type Refusal =
  | FrameRefusal
  | WriteRefusal
  | TextRefusal
  | EnterRefusal
  | 'no_room'
  | 'not_found'
  | 'not_a_member'
  | 'no_such_message'
  | 'no_such_reply_to'
  | 'not_the_author'
  | 'not_a_moderator'
  | 'deleted'
  | 'too_many_emojis'

/** A row that refuses, with the columns that its status needs. */
export interface RefusalRow {
  readonly status: Refusal
  readonly retry_after_ms?: number | null
  /** The room's own limit: characters of a text, or texts in `limit_seconds`. */
  readonly limit_count?: number | null
  readonly limit_seconds?: number | null
  /** Seconds until a removed user may join again. */
  readonly again_in_s?: number | null
}

/** The parts of the error message that depend on the refused operation. */
export interface Refused {
  /** The things of which there were too many, such as `too many frames`. */
  readonly tooMany?: string
  /** What only members may do in the room. */
  readonly needsMember?: string
  /** The user's limit that is used up: rooms, or direct chats. */
  readonly roomsPerUser?: number
  readonly directChatsPerUser?: number
  /** The username of the user whom the caller adds or bans. Undefined if it is the caller who enters. */
  readonly other?: string | null | undefined
}

/** [W11] The frame came from a connection that is not known, or not any more. Its socket has to be closed. */
export class UnknownConnectionError extends ChatError {
  constructor() {
    super('unauthenticated', 'this connection is not known: connect again')
  }
}

export const tooManyFrames = 'too many frames'
export const tooManyResumes = 'too many hello frames with positions'

export function refusalError(row: RefusalRow, refused: Refused = {}): ChatError {
  switch (row.status) {
    case 'unknown':
      return new UnknownConnectionError()
    case 'revoked':
      return sessionEnded()
    case 'suspended':
      return accountSuspended()
    case 'limited':
      return new RateLimitedError(row.retry_after_ms ?? 1_000, refused.tooMany)
    case 'no_room':
      return new ValidationError([
        { field: 'room_id', message: 'is required on a socket that is not for one room' },
      ])
    case 'not_found':
      return noSuchRoom()
    case 'not_a_member':
      return new ChatError('forbidden', `join the room before you ${refused.needsMember}`)
    case 'no_such_message':
      return noSuchMessage()
    case 'no_such_reply_to':
      return new ValidationError([
        { field: 'reply_to', message: 'is not the seq of a message in this room' },
      ])
    case 'not_the_author':
      return new ChatError('forbidden', 'only the author can edit a message')
    case 'not_a_moderator':
      return new ChatError(
        'forbidden',
        'only the author can delete a message, and in a room an owner or a moderator',
      )
    case 'deleted':
      return new ChatError('conflict', 'this message was deleted')
    case 'too_many_emojis':
      return new ChatError(
        'conflict',
        `a message has at most ${emojisPerMessage} different emojis: choose one of them`,
      )
    case 'archived':
      return new ChatError(
        'conflict',
        'the room is archived: nobody can write to it until an admin restores it',
      )
    case 'blocking':
      return new ChatError('forbidden', 'you have blocked this user: unblock them to write')
    case 'blocked':
      return new ChatError('forbidden', 'this user does not accept messages from you')
    case 'partner_gone':
      return new ChatError(
        'conflict',
        'this user has deleted their account: nobody can write to them any more',
      )
    case 'too_long':
      return new ValidationError([
        {
          field: 'message',
          message: `must be at most ${row.limit_count} characters long in this room`,
        },
      ])
    case 'room_limited':
      return roomLimited(row.limit_count ?? 1, row.limit_seconds ?? 1, row.retry_after_ms ?? 1_000)
    case 'held':
      return new ChatError(
        'held',
        'an admin has to approve this text before others see it: wait, and do not send it again',
      )
    case 'too_many_held':
      return new ChatError(
        'conflict',
        `${heldMessagesMax} of your messages wait for the approval of an admin: send this one later`,
      )
    case 'gone':
      return refused.other === undefined ? sessionEnded() : noSuchUser()
    case 'banned':
      return refused.other === undefined
        ? new ChatError(
            'forbidden',
            'you are banned from this room: an owner or a moderator of the room can lift the ban',
          )
        : mustBeUnbanned(refused.other)
    case 'removed': {
      if (refused.other !== undefined) return mustBeUnbanned(refused.other)
      const minutes = Math.ceil((row.again_in_s ?? 0) / 60)
      return new ChatError(
        'forbidden',
        `you were removed from this room: you can join it again in ${minutes} min, or when you are invited`,
      )
    }
    case 'full':
      return new ChatError('conflict', whatIsFull(refused))
  }
}

/** The first columns of a row about a frame. */
export interface FrameRow {
  readonly status: Refusal | 'ok'
  readonly retry_after_ms: number | null
}

/** Throws the error of a frame that is refused. */
export function throwRefusedFrame({ status, retry_after_ms }: FrameRow): void {
  if (status !== 'ok') throw refusalError({ status, retry_after_ms }, { tooMany: tooManyFrames })
}

/**
 * The error for an admin who approves a text that its author could not send now, either. With `gone`, the text does not
 * wait any more.
 */
export function approvalError(status: string | null): ChatError {
  switch (status) {
    case 'gone':
      return heldNoLonger()
    case 'not_found':
      return new ChatError('conflict', 'the room was deleted: discard the message')
    case 'not_a_member':
      return new ChatError(
        'conflict',
        'the author is suspended or has left the room, or the message to edit was deleted: discard this text',
      )
    default:
      return new ChatError(
        'conflict',
        'the author may not write to this room now: discard the message',
      )
  }
}

export function heldNoLonger(): ChatError {
  return new ChatError(
    'conflict',
    'this message does not wait any more: it was published or discarded',
  )
}

function mustBeUnbanned(username: string | null): ChatError {
  return new ChatError('forbidden', `${username} is banned from this room: lift the ban first`)
}

/** [R8] A direct chat cannot be left, so its texts suggest a private room. */
function whatIsFull({ other, roomsPerUser, directChatsPerUser }: Refused): string {
  if (directChatsPerUser !== undefined) {
    return other === undefined
      ? `you have ${directChatsPerUser} direct chats, and a user cannot have more: create a private room instead`
      : `${other} has too many direct chats: invite them to a private room instead`
  }
  return other === undefined
    ? `you are in ${roomsPerUser} rooms, and a user cannot be in more: leave one first`
    : `${other} is in too many rooms: they have to leave one before you invite them`
}

function roomLimited(count: number, seconds: number, retryAfterMs: number): RateLimitedError {
  const texts = count === 1 ? 'one message' : `${count} messages`
  const error = new RateLimitedError(
    retryAfterMs,
    `a member of this room can send and edit at most ${texts} in ${seconds} s`,
  )
  error.limit = {
    limit: count,
    remaining: 0,
    // A text becomes possible when this much is left until the bucket is full.
    resetMs: retryAfterMs + ((count - 1) * seconds * 1_000) / count,
  }
  return error
}
