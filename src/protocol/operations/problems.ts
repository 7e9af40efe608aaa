import { errorCode } from '../errors.ts'
import type { Operation, Problems } from './operation.ts'

/** Returns every error code that an operation may refuse with, and when: its own codes, and the common ones. */
export function problemsOf(operation: Operation): Problems {
  const { isOpen, isForSuspended, params, query, body, neverFails } = operation
  const implied: Problems = {
    ...((query || body) && { bad_request: 'the request does not match this description' }),
    ...(!isOpen && {
      unauthenticated: 'the access token is missing, invalid or expired',
      session_revoked: 'the session has ended',
    }),
    ...(!isOpen && !isForSuspended && { forbidden: 'the account is suspended' }),
    ...(params && { not_found: 'it does not exist, or the caller may not see it' }),
    ...(body && {
      too_large: 'the body has more than 64 KB',
      unsupported_media_type: 'the body has a `Content-Encoding`',
    }),
    rate_limited: 'there are too many requests',
    ...(!neverFails && {
      internal: 'an internal error of the server',
      unavailable: 'the database does not answer at the moment',
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
