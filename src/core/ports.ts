/** What the chat needs of where it runs, beside its database. */
import type { Message } from '../protocol/messages.ts'
import type { DurableEvent } from '../protocol/socket.ts'

/** Pushes frames to sockets. A socket that is gone is a value, not an error. */
export interface Poster {
  /** Sends one frame to many sockets; gives the ids of those that are gone. Others that failed are logged by it. */
  post(connectionIds: readonly string[], frame: string, options?: PostOptions): Promise<string[]>
}

export interface PostOptions {
  /**
   * The clients cannot see that a frame is missing: a socket that this one does not reach is closed, or given as
   * gone where that fails. A function that may not close sockets sends no such frames.
   */
  readonly closeMissed?: boolean
  /** [W4] Nobody misses a frame that is not sent: it is the first to go when there is more to push than can be. */
  readonly mayBeDropped?: boolean
}

export interface Sender extends Poster {
  /** Closes sockets; gives the ids of those that are gone already, or not yet there. */
  close(connectionIds: readonly string[]): Promise<string[]>
}

/**
 * Makes the pushes that are too many for a handler: itself, or by a worker that a durable queue wakes. Each
 * gives whether they were made or handed over [W5]; if not, it has logged that.
 */
export interface FanOut {
  /**
   * Events of a room, in the order of its log, to the sockets of its members. `isAgain`: they may have been pushed
   * before, and are not for simple clients, which would show them twice.
   */
  toRoom(roomId: number, events: readonly DurableEvent[], isAgain?: boolean): Promise<boolean>
  /** [N1] The notifications of some messages, to the sockets of those who have not read them yet. */
  toNotified(messages: readonly Notifying[]): Promise<boolean>
  /** [N1] That the notifications of a message were taken back, to the sockets of those who had them. */
  toTakenBack(roomId: number, seq: number): Promise<boolean>
}

/** A message that may have notified users; `n` is its place among those of its call. */
export interface Notifying {
  readonly n: number
  readonly message: Message
  /** null for a direct chat, which is called what the sender is called. */
  readonly roomTitle: string | null
}

/** Hashes passwords with bcrypt, where that does not hold up other requests. */
export interface PasswordHasher {
  hash(password: string): Promise<string>
  /** With no hash (no such user) it does the same work, and gives false. */
  verify(password: string, hash: string | undefined): Promise<boolean>
  /** Whether a hash was made at another cost than hashes are made at now. */
  isOutdated(hash: string): boolean
}

export interface JwtKey {
  readonly kid: string
  readonly secret: string
}

/** The first key signs; all of them verify, so that one can be rotated out. */
export type JwtKeys = readonly [JwtKey, ...JwtKey[]]

/** The keys as they are now. With the `kid` of a token: looked up anew when it is none of those known. */
export type JwtKeySource = (kid?: string) => Promise<JwtKeys>

/** Structured logging. Never a password, a token or a message's text. */
export interface Log {
  info(message: string, fields?: Record<string, unknown>): void
  warn(message: string, fields?: Record<string, unknown>): void
  error(message: string, fields?: Record<string, unknown>): void
}

/** What an operator watches. Each is of all rooms and users together: none has a number of its own. */
export interface Metrics {
  add(metric: Metric, value: number): void
}

export type Metric =
  /** Sockets that a frame was pushed to, or that were gone, would not take it in time, or failed otherwise. */
  | 'PushesSent'
  | 'PushesGone'
  | 'PushesThrottled'
  | 'PushesFailed'
  /** Milliseconds from when a message was stored until it was pushed. */
  | 'SendToPushLatency'
  /** Calls that found the database paused. */
  | 'DatabaseResuming'
