import type { Db } from './database/database.ts'
import type { FanOut, JwtKeySource, Metrics, PasswordHasher, Sender } from './ports.ts'

/** What the chat's functions work with; made once, by functions/parts or the local server. */
export interface ChatContext {
  readonly db: Db
  readonly sender: Sender
  readonly fanOut: FanOut
  readonly limits: Limits
  readonly metrics: Metrics
}

/** What those work with that let people in. */
export interface AccountsContext extends ChatContext {
  readonly passwords: PasswordHasher
  readonly keys: JwtKeySource
}

/** At most `count` in any `seconds`, with bursts up to `count`. */
export interface Limit {
  readonly count: number
  readonly seconds: number
}

export interface Limits {
  /** [C6] Requests of one user. */
  readonly requests: Limit
  /** [C6] Requests from one address that name no user. */
  readonly requestsPerAddress: Limit
  /** Requests and frames of one user that are being done at the same time. */
  readonly requestsAtOnce: number
  /** [W9] Frames of one user. */
  readonly frames: Limit
  /** [W2] New sockets of one user. */
  readonly connects: Limit
  /** [W6] Events that are replayed after `hello`. */
  readonly replayedEvents: Limit
  /** [W9] Messages of one user. */
  readonly sends: Limit
  /** [M3] Repeats of messages that cost one user nothing. */
  readonly repeats: Limit
  /** [C6] Rooms that one user makes, and direct chats that they ask for. */
  readonly rooms: Limit
  /** [C6] Changes of rooms, and deletions, by one user. */
  readonly roomChanges: Limit
  /** [C6] Joins and leaves of one user. */
  readonly joins: Limit
  /** [C6] Invitations, roles and removals by one user. */
  readonly memberChanges: Limit
  /** [C6] Changes of one user's profile, blocks and of what they are notified of. */
  readonly settings: Limit
  /** [S1] Reports by one user. */
  readonly reports: Limit
  /** [A10] Pages of exports of one user. */
  readonly exports: Limit
  /** [M7] Searches of one user. */
  readonly searches: Limit
  /** [M7] After which the database ends a search, in milliseconds. */
  readonly searchMs: number
  /** [A2] Attempts to log in from one address, right ones too: each costs a comparison with bcrypt. */
  readonly loginsPerAddress: Limit
  /** [A2] Wrong passwords for one account from one network; it fills again, so nobody is locked out for good. */
  readonly loginsPerAccount: Limit
  /** [A8] Wrong codes of a second factor, for one account from one network; and from all that it does not know. */
  readonly codesPerAccount: Limit
  /** [A1] Accounts made from one address. */
  readonly registrations: Limit
  /** [A3] Refreshes from one address. */
  readonly refreshes: Limit
  /** [W2] Sockets of one user. */
  readonly connectionsPerUser: number
  /** [R8] Public and private rooms that one user is in. */
  readonly roomsPerUser: number
  /** [R8] Of those, the ones that the user has made. */
  readonly roomsMadePerUser: number
  /** [R8] Direct chats of one user. */
  readonly directChatsPerUser: number
}
