import type * as z from 'zod'
import type { ErrorCode } from '../errors.ts'

/** Limits per address: what they are set to is an installation's business. */
export type AddressLimit = 'register' | 'login' | 'refresh'

/** Limits per user of what is no send, narrower than that of all requests of a user. */
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
 * An operation of the HTTP API: what goes over the wire, and nothing of how it is done. Its handler is
 * registered with it and typed by it; the OpenAPI document is made of it; every answer that a test gets
 * is checked against it, and every one that it names has to be seen in a test.
 */
export interface Operation {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** As OpenAPI has it, parameters in braces; it works without a trailing slash too [C2]. */
  readonly path: `/api/${string}`
  readonly tag: Tag
  /** Its rule in docs/protocol.md. */
  readonly rule: string
  readonly summary: string
  readonly description?: string
  /** It asks for no access token; all others do [C5]. */
  readonly isOpen?: true
  /** Whoever is suspended may do it yet. */
  readonly isForSuspended?: true
  /** Charged to the caller's address before the body is read. */
  readonly addressLimit?: AddressLimit
  /** Charged to the caller before the rest of the request is read. */
  readonly userLimit?: UserLimit
  /** [W9] Charged to the user by the handler, which sets the headers [C6]. */
  readonly countsAsSend?: true
  /** It needs no database, or says itself that there is none: neither 500 nor 503 come of it. */
  readonly neverFails?: true
  readonly params?: Readonly<Record<string, z.ZodType>>
  readonly query?: z.ZodObject
  readonly body?: z.ZodType
  /** Of the body, for the document. */
  readonly example?: unknown
  readonly responses: Readonly<Partial<Record<ReplyStatus, OperationResponse>>>
  /** When it refuses with which code; what goes without saying is added by `problemsOf`. */
  readonly problems?: Problems
}

/** What is answered otherwise than with a problem. */
export type ReplyStatus = 200 | 201 | 204 | 503

export type Tag = keyof typeof tags

/** The groups of operations, and what each is about. */
export const tags = {
  Accounts: 'Users, their sessions and their tokens',
  Rooms: 'Public and private rooms, direct chats, and who is in them',
  Messages: 'What is said in a room',
  Notifications: 'What the caller is to know of',
  Server: 'The server itself, and the documents of what it offers',
}

export interface OperationResponse {
  readonly description: string
  /** None: it has no body. */
  readonly schema?: z.ZodType
}

export type Problems = Readonly<Partial<Record<ErrorCode, string>>>

/** Keeps what is literal in it, so that handlers are typed by it. */
export function defineOperation<const O extends Operation>(operation: O): O {
  return operation
}
