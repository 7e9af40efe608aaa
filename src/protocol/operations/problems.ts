import { errorCode } from '../errors.ts'
import type { Operation, Problems } from './operation.ts'

/** Every code that an operation may refuse with, and when: its own, and what goes without saying. */
export function problemsOf(operation: Operation): Problems {
  const { isOpen, isForSuspended, params, query, body, neverFails } = operation
  const implied: Problems = {
    ...((query || body) && { bad_request: 'the request is not of the form described here' }),
    ...(!isOpen && {
      unauthenticated: 'there is no access token, or it is not valid or has expired',
      session_revoked: 'the session has ended',
    }),
    ...(!isOpen && !isForSuspended && { forbidden: 'the account is suspended' }),
    ...(params && { not_found: 'there is no such thing, or the caller may not see it' }),
    ...(body && {
      too_large: 'the body has more than 64 KB',
      unsupported_media_type: 'the body has a `Content-Encoding`',
    }),
    rate_limited: 'too many requests',
    ...(!neverFails && {
      internal: 'something went wrong on our side',
      unavailable: 'the database does not answer just now',
    }),
  }
  const own = operation.problems ?? {}
  return Object.fromEntries(
    errorCode.options.flatMap((code) => {
      const when = [implied[code], own[code]].filter((text) => text !== undefined)
      return when.length === 0 ? [] : [[code, when.join('; or ')]]
    }),
  )
}
