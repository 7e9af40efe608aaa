import type { Db } from './database.ts'
import type { Limit } from './limits/limit.ts'
import type { FanOut, JwtKeySource, Metrics, PasswordHasher, Sender } from './ports.ts'

/** What the chat's functions work with; made once, by functions/runtime.ts or the local server. */
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

export interface Limits {
  /** [W9] Frames of one connection. */
  readonly frames: Limit
  /** [W9] Messages of one user. */
  readonly sends: Limit
  /** [M7] Searches of one user. */
  readonly searches: Limit
  /** [M7] After which the database ends a search, in milliseconds. */
  readonly searchMs: number
  /** [A2] Attempts to log in from one address, right ones too: each costs a comparison with bcrypt. */
  readonly loginsPerAddress: Limit
  /** [A2] Wrong passwords for one account from one network; it fills again, so nobody is locked out for good. */
  readonly loginsPerAccount: Limit
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
