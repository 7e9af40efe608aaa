import { isUtf8 } from 'node:buffer'
import type { Context } from 'hono'
import type { APIGatewayProxyEventV2 } from 'aws-lambda'
import type * as z from 'zod'
import { bodyMaxBytes } from '../../src/protocol/limits.ts'
import type { Cursor } from '../../src/protocol/fields.ts'
import type { Client } from '../../src/core/identity/session.ts'
import {
  ChatError,
  noSuchMessage,
  noSuchRoom,
  noSuchSession,
  noSuchUser,
  ValidationError,
} from '../../src/core/errors.ts'
import type { PageRequest } from '../../src/core/paging.ts'
import { parseJson, parseOrThrow } from '../parse.ts'
import type { Viewer } from '../viewer.ts'

export interface Env {
  Bindings: { event: APIGatewayProxyEventV2 }
  Variables: { viewer: Viewer }
}
export type RequestContext = Context<Env>

/** Throws for a body with a Content-Encoding. Decoding could turn a small body into a very large one. */
export function refuseEncoded(c: RequestContext): void {
  const encoding = c.req.header('content-encoding')?.trim().toLowerCase()
  if (!encoding || encoding === 'identity') return
  c.header('Accept-Encoding', 'identity')
  throw new ChatError(
    'unsupported_media_type',
    'a body with a Content-Encoding is not accepted: send it without encoding',
  )
}

/** Reads the body with the schema. A missing body counts as an empty object. */
export async function readBody<T>(c: RequestContext, schema: z.ZodType<T>): Promise<T> {
  refuseEncoded(c)
  const bytes = await c.req.arrayBuffer()
  if (bytes.byteLength > bodyMaxBytes) {
    throw new ChatError(
      'too_large',
      `the body is too large: send at most ${bodyMaxBytes / 1024} KB`,
    )
  }
  // Otherwise invalid bytes would be replaced, and a text would be stored that nobody wrote.
  if (!isUtf8(bytes)) throw new ChatError('bad_request', 'the body is not UTF-8: send it as UTF-8')
  const text = new TextDecoder().decode(bytes)
  return parseOrThrow(schema, text.trim() === '' ? {} : parseJson(text))
}

/** [C4] Reads the query string with the schema. A parameter that is given twice is refused. */
export function readQuery<T>(c: RequestContext, schema: z.ZodType<T>): T {
  // hono's own parser returns a plain object, which loses a parameter called __proto__.
  const query = new Map<string, string>()
  for (const [name, value] of readSearch(c)) {
    if (query.has(name)) {
      throw new ValidationError([{ field: name.slice(0, 64), message: 'is given more than once' }])
    }
    query.set(name, value)
  }
  return parseOrThrow(schema, Object.fromEntries(query))
}

/** The parameters of the query, decoded. What follows a `#` belongs to no query. */
export function readSearch(c: RequestContext): URLSearchParams {
  return new URLSearchParams(c.env.event.rawQueryString.split('#', 1)[0])
}

/** Reads the parameters of the path. An impossible id or name gets the same answer as an unknown one [C7]. */
export function readParams(
  c: RequestContext,
  schemas: Readonly<Record<string, z.ZodType>>,
): Record<string, unknown> {
  const read = Object.entries(schemas).map(([name, schema]) => {
    const value = schema.safeParse(c.req.param(name))
    if (!value.success) throw noSuch(name)
    return [name, value.data]
  })
  return Object.fromEntries(read)
}

function noSuch(param: string): ChatError {
  switch (param) {
    case 'room_id':
      return noSuchRoom()
    case 'seq':
      return noSuchMessage()
    case 'emoji':
      return new ValidationError([{ field: 'emoji', message: 'must be one emoji' }])
    case 'username':
      return noSuchUser()
    case 'session_id':
      return noSuchSession()
    default:
      throw new Error(`name the error for an invalid ${param} here`)
  }
}

/** A requested page, with the common parts of its links. */
export interface ListRequest<K = number> extends PageRequest<K> {
  /** The path of the list. */
  readonly path: string
  /** The filter of the list. */
  readonly query: Readonly<Record<string, string>>
}

export function readListPath(c: RequestContext): string {
  return c.req.path.endsWith('/') ? c.req.path : `${c.req.path}/`
}

/** Returns the page of a list. Its links have this filter. */
export function readPageRequest<Key = number>(
  c: RequestContext,
  { limit, cursor }: { limit: number; cursor?: Cursor<Key> | undefined },
  filter: Record<string, string> = {},
): ListRequest<Key> {
  return { path: readListPath(c), query: filter, limit, cursor }
}

export function readClient(c: RequestContext): Client {
  return { address: readAddress(c), userAgent: c.req.header('user-agent') }
}

/** The address of the viewer. */
export function readAddress(c: RequestContext): string {
  return c.get('viewer').address
}

/** The host that the viewer has asked for, with its port. */
export function readHost(c: RequestContext): string | undefined {
  return c.get('viewer').host
}

export function readRequestId(c: RequestContext): string {
  return c.env.event.requestContext.requestId
}
