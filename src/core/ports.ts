/** What the chat needs from its environment, apart from the database. */
import type { Message } from '../protocol/messages.ts'
import type { DurableEvent } from '../protocol/socket.ts'

/** Posts frames to sockets. A socket that is gone is part of the result, not an error. */
export interface Poster {
  /** Sends one frame to many sockets. Returns the ids of those that are gone. It logs other failures. */
  post(connectionIds: readonly string[], frame: string, options?: PostOptions): Promise<string[]>
}

export interface PostOptions {
  /**
   * For clients that cannot see that a frame is missing. A socket that the frame does not reach is closed, or returned
   * as gone if it cannot be closed. A function that may not close sockets does not send such frames.
   */
  readonly closeMissed?: boolean
  /** [W4] Clients do not need this frame. It is the first to be dropped if there is more to send than possible. */
  readonly mayBeDropped?: boolean
}

export interface Sender extends Poster {
  /** Closes sockets. Returns the ids of those that are already gone, or not connected yet. */
  close(connectionIds: readonly string[]): Promise<string[]>
}

export interface Recipient {
  readonly connectionId: string
  /** A simple client: it knows only messages, one in each frame [W2]. */
  readonly isSimple: boolean
}

/**
 * Sends to audiences that are too large for a handler: by itself, or by workers that a durable queue wakes up. Each
 * method returns whether the events were sent or handed over [W5]. If not, it has logged the failure.
 */
export interface FanOut {
  /**
   * How many recipients of a room, and how many notified connections, the statement of a send asks for. By default it
   * is one more than a handler sends to. A fan-out that sends by itself gets a larger audience from that statement, and
   * need not read it again.
   */
  readonly recipientsAsked?: number
  /**
   * Delivers events of a room to the connections of its members, in the order of its log. `isAgain`: the events may
   * have been sent before. They do not go to simple clients, which would show them twice. `recipients`: all of them, if
   * the statement that made the events has returned them.
   */
  toRoom(
    roomId: number,
    events: readonly DurableEvent[],
    isAgain?: boolean,
    recipients?: readonly Recipient[],
  ): Promise<boolean>
  /** [N1] Tells users of their notifications of some messages, unless they have read them already. */
  toNotified(messages: readonly Notifying[]): Promise<boolean>
  /** [N1] Tells the users whose notifications of a message were taken back. */
  toTakenBack(roomId: number, seq: number): Promise<boolean>
}

/** A message that may have notified users; `n` is its place among those of its call. */
export interface Notifying {
  readonly n: number
  readonly message: Message
  /** null for a direct chat, whose title for the recipient is the sender's name. */
  readonly roomTitle: string | null
}

/** Hashes passwords with bcrypt, without delaying other requests. */
export interface PasswordHasher {
  hash(password: string): Promise<string>
  /** Without a hash (there is no such user) it does the same work and returns false. */
  verify(password: string, hash: string | undefined): Promise<boolean>
  /** Whether a hash has another cost than new hashes have. */
  isOutdated(hash: string): boolean
}

export interface JwtKey {
  readonly kid: string
  readonly secret: string
}

/** The first key signs. All keys verify, so that keys can be rotated. */
export type JwtKeys = readonly [JwtKey, ...JwtKey[]]

/** Returns the current keys. If `kid` (of a token) is not among the known keys, it reads the keys again. */
export type JwtKeySource = (kid?: string) => Promise<JwtKeys>

/** Structured logging. Never log a password, a token or a message's text. */
export interface Log {
  info(message: string, fields?: Record<string, unknown>): void
  warn(message: string, fields?: Record<string, unknown>): void
  error(message: string, fields?: Record<string, unknown>): void
}

/** Metrics for the operator. Each counts all rooms and users together; none is kept for a single room or user. */
export interface Metrics {
  add(metric: Metric, value: number): void
}

export type Metric =
  /** Sockets that got a frame, were gone, did not take the frame in time, or failed in another way. */
  | 'PushesSent'
  | 'PushesGone'
  | 'PushesThrottled'
  | 'PushesFailed'
  /** Milliseconds from the storing of a message until it is sent. */
  | 'SendToPushLatency'
  /** Calls that found the database paused. */
  | 'DatabaseResuming'
