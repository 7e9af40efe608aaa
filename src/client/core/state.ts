import type { ChatError } from '../errors.ts'
import type { DurableEvent, Member, Message, Notification, Room, RoomHead } from '../wire.ts'

/** The whole state of a client. A step works on a copy. Parts that do not change stay the same objects. */
export interface CoreState {
  me: Me | null
  connection: Connection
  /** Whether the client should be connected. */
  wanted: boolean
  current: Socket | null
  /** The socket that will replace `current`. */
  next: Socket | null
  /** The number of sockets that were opened. */
  sockets: number
  /** The number of failed attempts since the last answered `hello`. */
  failures: number
  /** When `heads` was sent, while it is not answered. */
  askedAt: number | null
  /** When the last frame came on the current socket. */
  heardAt: number
  /** The time of the last beat, by the wall clock. */
  beatAt: number
  /** The parts so far of a listing that comes in several frames. */
  heads: readonly RoomHead[]
  readonly rooms: Map<number, RoomState>
  /** Rooms whose messages are to be loaded. The error says why that failed. */
  readonly opened: Map<number, ChatError | null>
  /** Whether the list of rooms has been fetched. */
  listed: boolean
  /** The rooms that the running fetch of the list has returned so far; null when no fetch is running. */
  listing: ReadonlySet<number> | null
  /** [A6] Rooms that are loaded, but not in the user's list. */
  readonly unlisted: Set<number>
  outbox: readonly Outgoing[]
  /** Rooms whose next send waits for a timer. */
  readonly held: Set<number>
  notifications: NotificationsState
  /** Whether the notifications changed while they were being fetched. */
  notifyAgain: boolean
  /** The HTTP requests that are not answered yet, with their numbers. */
  readonly calls: Map<string, number>
  /** The number of HTTP requests so far. By its number, an outdated answer can be recognized. */
  turns: number
}

export interface Me {
  readonly id: number
  readonly username: string
}

/** The state of the connection, for users. */
export interface Connection {
  readonly name: 'offline' | 'connecting' | 'connected'
  /** Why the client is not connected. */
  readonly error: ChatError | null
  /** Milliseconds from the beginning of this state to the next attempt; null when there will be none. */
  readonly retryInMs: number | null
}

export interface Socket {
  readonly id: number
  /** Whether the `hello` of the socket was answered. */
  readonly isReady: boolean
}

export interface RoomState {
  /** The room after the events that are applied. */
  room: Room
  /** All events up to this `seq` are applied to `room`, and to `window` if there is one. */
  applied: number
  /** The log has at least this many events. */
  known: number
  /** Events that came too early, in order. */
  early: readonly DurableEvent[]
  /** A fetched room that is newer than the applied events. */
  ahead: Room | null
  window: RoomWindow | null
  /** Events that were applied while a request about the room was running. */
  since: readonly DurableEvent[]
  /** Whether `room` must be fetched again, because events do not contain everything. */
  stale: boolean
  /** Whether the room and its messages must be fetched again, because too much is missing. */
  reload: boolean
  /** The timer that is set. */
  timer: 'gap' | 'stale' | null
  failures: number
  /** The read marker that the server has confirmed. */
  confirmed: number
  typing: readonly Typing[]
  /** When the server was last told that the user is typing. */
  typedAt: number
}

export interface Typing {
  readonly userId: number
  readonly username: string
  /** When the display of typing ends. */
  readonly until: number
}

/** The loaded part of a room's messages, without a gap, and the room's members. */
export interface RoomWindow {
  readonly messages: readonly Message[]
  /** The `seq` from which messages are loaded; 0 when the first message is loaded. */
  readonly heldFrom: number
  /** Whether the window reaches the newest message, and grows with each new one. */
  readonly atEnd: boolean
  /** Whether the window was fetched, and all later events were applied. */
  readonly whole: boolean
  /** null when they were not requested. */
  readonly members: readonly Member[] | null
  /** Whether `members` has all members. */
  readonly allMembers: boolean
}

/** A message that this client sends. */
export interface Outgoing {
  readonly clientId: string
  readonly roomId: number
  readonly text: string
  readonly replyTo: number | null
  /** The order of the sends. It is approximately the time in milliseconds since 1970. */
  readonly order: number
  /** `saving`: it is not in the storage yet. `waiting`: it waits for its turn or for a connection. */
  readonly status: 'saving' | 'waiting' | 'sending' | 'sent' | 'failed'
  /** The `seq` of the stored message. */
  readonly seq: number | null
  /** Why it has failed, or why it waits to be sent again. */
  readonly error: ChatError | null
  readonly failures: number
}

export interface NotificationsState {
  readonly unread: number
  /** The newest notifications, the newest first; null when they are not fetched yet. */
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
