import type { Db } from './database/database.ts'
import type { FanOut, JwtKeySource, Metrics, PasswordHasher, Sender } from './ports.ts'

/** What the chat's functions work with. It is made once, by functions/parts or by the local server. */
export interface ChatContext {
  readonly db: Db
  readonly sender: Sender
  readonly fanOut: FanOut
  readonly limits: Limits
  readonly metrics: Metrics
}

/** What functions work with that check or set passwords, or begin sessions. */
export interface AccountsContext extends ChatContext {
  readonly passwords: PasswordHasher
  readonly keys: JwtKeySource
}

/** A token bucket. It holds `count` tokens. An empty one is full again after `seconds` seconds. */
export interface Limit {
  readonly count: number
  readonly seconds: number
}

export interface Limits {
  /** [C6] Requests of one user. */
  readonly requests: Limit
  /** [C6] Requests from one address that name no user. */
  readonly requestsPerAddress: Limit
  /** Requests and frames of one user that run at the same time. */
  readonly requestsAtOnce: number
  /** [W9] Frames of one user. */
  readonly frames: Limit
  /** [W2] New sockets of one user. */
  readonly connects: Limit
  /** [W6] Events that are replayed to one user after `hello`. */
  readonly replayedEvents: Limit
  /** [W9] Messages of one user. */
  readonly sends: Limit
  /** [M3] Free repeats of messages by one user. */
  readonly repeats: Limit
  /** [C6] Rooms that one user creates, and direct chats that they open. */
  readonly rooms: Limit
  /** [C6] Changes and deletions of rooms by one user. */
  readonly roomChanges: Limit
  /** [C6] Joins and leaves of one user. */
  readonly joins: Limit
  /** [C6] Invitations, roles and removals by one user. */
  readonly memberChanges: Limit
  /** [C6] Changes by one user of their profile, their blocks and their notification settings. */
  readonly settings: Limit
  /** [S1] Reports by one user. */
  readonly reports: Limit
  /** [A10] Pages of exports by one user. */
  readonly exports: Limit
  /** [M7] Searches of one user. */
  readonly searches: Limit
  /** [M7] Milliseconds after which the database ends a search. */
  readonly searchMs: number
  /** [A2] Attempts to log in from one address, successful ones included: each costs a comparison with bcrypt. */
  readonly loginsPerAddress: Limit
  /**
   * [A2] Wrong passwords for one account from one network. The bucket fills again, so nobody is locked out for good.
   */
  readonly loginsPerAccount: Limit
  /**
   * [A8] Wrong codes of a second factor for one account: from one network, and from all networks together that the
   * account does not know.
   */
  readonly codesPerAccount: Limit
  /** [A1] Accounts that are created from one address. */
  readonly registrations: Limit
  /** [A3] Refreshes from one address. */
  readonly refreshes: Limit
  /** [W2] Sockets of one user. */
  readonly connectionsPerUser: number
  /** [R8] Public and private rooms that one user is in. */
  readonly roomsPerUser: number
  /** [R8] Those of them that the user has created. */
  readonly roomsMadePerUser: number
  /** [R8] Direct chats of one user. */
  readonly directChatsPerUser: number
}
