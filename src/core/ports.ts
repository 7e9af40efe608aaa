/** What the chat needs of where it runs, beside its database. */

/** Pushes frames to sockets. A socket that is gone is a value, not an error. */
export interface Sender {
  /** Sends one frame to many sockets; gives the ids of those that are gone. Others that failed are logged by it. */
  post(connectionIds: readonly string[], frame: string): Promise<string[]>
  /** Closes sockets; gives the ids of those that are gone already, or not yet there. */
  close(connectionIds: readonly string[]): Promise<string[]>
}

/** Hashes passwords with bcrypt, where that does not hold up other requests. */
export interface PasswordHasher {
  hash(password: string): Promise<string>
  /** With no hash (no such user) it does the same work, and gives false. */
  verify(password: string, hash: string | undefined): Promise<boolean>
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
