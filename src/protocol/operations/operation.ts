import type * as z from 'zod'
import type { ErrorCode } from '../errors.ts'

/** Limits per address. The installation sets their numbers. */
export type AddressLimit = 'register' | 'login' | 'refresh'

/**
 * Limits per user for operations that do not count as sends. They are narrower than the limit of all requests of a
 * user.
 */
export type UserLimit =
  | 'search'
  | 'rooms'
  | 'room-changes'
  | 'joins'
  | 'member-changes'
  | 'settings'
  | 'reports'
  | 'exports'

/**
 * An operation of the HTTP API. It describes only the wire, not the implementation. Its handler is registered with
 * it and gets its types from it. The OpenAPI document is made from it. The tests check every answer against it, and
 * every answer that it names must occur in a test.
 */
export interface Operation {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** The path, with parameters in braces, as in OpenAPI. It also works without its trailing slash [C2]. */
  readonly path: `/api/${string}`
  readonly tag: Tag
  /** The id of its rule in docs/protocol.md. */
  readonly rule: string
  readonly summary: string
  readonly description?: string
  /** It needs no access token. All other operations do [C5]. */
  readonly isOpen?: true
  /** A suspended user may still call it. */
  readonly isForSuspended?: true
  /** The limit that is charged to the caller's address before the body is read. */
  readonly addressLimit?: AddressLimit
  /** The limit that is charged to the caller before the rest of the request is read. */
  readonly userLimit?: UserLimit
  /** [W9] The handler charges a send to the user, and sets the headers [C6]. */
  readonly countsAsSend?: true
  /** It needs no database, or reports its absence itself. So it has no problems 500 and 503. */
  readonly neverFails?: true
  readonly params?: Readonly<Record<string, z.ZodType>>
  readonly query?: z.ZodObject
  readonly body?: z.ZodType
  /** An example of the body, for the document. */
  readonly example?: unknown
  readonly responses: Readonly<Partial<Record<ReplyStatus, OperationResponse>>>
  /** For each error code, when the operation refuses with it. `problemsOf` adds the common ones. */
  readonly problems?: Problems
}

/** The statuses of answers that are not problems. */
export type ReplyStatus = 200 | 201 | 204 | 503

export type Tag = keyof typeof tags

/** The groups of operations, with a description of each. */
export const tags = {
  Accounts: 'Users, their sessions and their tokens',
  Rooms: 'Public and private rooms, direct chats, and their members',
  Messages: 'The messages of a room, reactions, search and reports',
  Notifications: "The caller's notifications, and announcements to everybody",
  Server: 'The state of the server, and the documents of its API',
}

export interface OperationResponse {
  readonly description: string
  /** Absent when the response has no body. */
  readonly schema?: z.ZodType
}

export type Problems = Readonly<Partial<Record<ErrorCode, string>>>

/** Keeps the literal types of an operation, so that handlers get their types from it. */
export function defineOperation<const O extends Operation>(operation: O): O {
  return operation
}
