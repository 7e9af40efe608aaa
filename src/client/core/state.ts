import type { ChatError } from '../errors.ts'
import type { DurableEvent, Member, Message, Notification, Room, RoomHead } from '../wire.ts'

/** Everything that a client knows. A step works on a copy; parts that did not change stay the same objects. */
export interface CoreState {
  me: Me | null
  connection: Connection
  /** Whether there is to be a connection. */
  wanted: boolean
  current: Socket | null
  /** The socket that is to take the place of `current`. */
  next: Socket | null
  /** Counts the sockets that were opened. */
  sockets: number
  /** Attempts that failed since the last `hello` that was answered. */
  failures: number
  /** When `heads` was asked for, if that is not answered. */
  askedAt: number | null
  /** When something was last heard on the current socket. */
  heardAt: number
  /** When the last beat was, by the wall clock. */
  beatAt: number
  /** What has come of a listing in several frames. */
  heads: readonly RoomHead[]
  readonly rooms: Map<number, RoomState>
  /** Rooms whose messages are to be held; the error is why one cannot be. */
  readonly opened: Map<number, ChatError | null>
  /** Whether the list of rooms was fetched once. */
  listed: boolean
  /** The rooms that the fetch of the list has met so far; null: none is under way. */
  listing: ReadonlySet<number> | null
  /** [A6] Rooms that are held, and that the user's list does not have. */
  readonly unlisted: Set<number>
  outbox: readonly Outgoing[]
  /** Rooms whose next send waits for its timer. */
  readonly held: Set<number>
  notifications: NotificationsState
  /** They changed while they were being fetched. */
  notifyAgain: boolean
  /** What was asked over HTTP and is not answered yet, with the number of the question. */
  readonly calls: Map<string, number>
  /** Counts questions, so that an answer that is not wanted any more is known as such. */
  turns: number
}

export interface Me {
  readonly id: number
  readonly username: string
}

/** What a user may want to know of the connection. */
export interface Connection {
  readonly name: 'offline' | 'connecting' | 'connected'
  /** Why it is not connected. */
  readonly error: ChatError | null
  /** Milliseconds until the next attempt, from when this state began; null: none will be made. */
  readonly retryInMs: number | null
}

export interface Socket {
  readonly id: number
  /** Whether its `hello` was answered. */
  readonly isReady: boolean
}

export interface RoomState {
  /** The room as far as the log is applied. */
  room: Room
  /** All events of the log up to this one are in `room`, and in `window` if there is one. */
  applied: number
  /** The log is known to go at least this far. */
  known: number
  /** Events that came before their time, in order. */
  early: readonly DurableEvent[]
  /** A room that was fetched and is ahead of what is applied. */
  ahead: Room | null
  window: RoomWindow | null
  /** Events that were applied while something of the room was being fetched. */
  since: readonly DurableEvent[]
  /** `room` is to be fetched anew: something of it cannot be known from events. */
  stale: boolean
  /** Room and messages are to be fetched anew: too much is missing. */
  reload: boolean
  /** Which timer is set. */
  timer: 'gap' | 'stale' | null
  failures: number
  /** The server knows that the user has read so far. */
  confirmed: number
  typing: readonly Typing[]
  /** When the server was last told that the user types. */
  typedAt: number
}

export interface Typing {
  readonly userId: number
  readonly username: string
  /** When it ends by itself. */
  readonly until: number
}

/** A stretch of a room's messages without a gap, and its members. */
export interface RoomWindow {
  readonly messages: readonly Message[]
  /** The `seq` from which messages are held; 0: from the first one. */
  readonly heldFrom: number
  /** Whether the stretch reaches the newest message, and grows with each new one. */
  readonly atEnd: boolean
  /** Whether it was fetched, and no event since was left out. */
  readonly whole: boolean
  /** null: not asked for. */
  readonly members: readonly Member[] | null
  /** Whether `members` are all of them. */
  readonly allMembers: boolean
}

/** A message that this client sends. */
export interface Outgoing {
  readonly clientId: string
  readonly roomId: number
  readonly text: string
  readonly replyTo: number | null
  /** Sends go out in this order. It is about the time in milliseconds since 1970. */
  readonly order: number
  /** `saving`: not kept in the storage yet. `waiting`: for its turn, or for a connection. */
  readonly status: 'saving' | 'waiting' | 'sending' | 'sent' | 'failed'
  /** The `seq` that it was stored under. */
  readonly seq: number | null
  /** Why it has failed, or why it waits to be sent again. */
  readonly error: ChatError | null
  readonly failures: number
}

export interface NotificationsState {
  readonly unread: number
  /** The newest ones, the newest first; null: not fetched yet. */
  readonly items: readonly Notification[] | null
}

export const makeState = (): CoreState => ({
  me: null,
  connection: { name: 'offline', error: null, retryInMs: null },
  wanted: false,
  current: null,
  next: null,
  sockets: 0,
  failures: 0,
  askedAt: null,
  heardAt: 0,
  beatAt: 0,
  heads: [],
  rooms: new Map(),
  opened: new Map(),
  listed: false,
  listing: null,
  unlisted: new Set(),
  outbox: [],
  held: new Set(),
  notifications: { unread: 0, items: null },
  notifyAgain: false,
  calls: new Map(),
  turns: 0,
})
