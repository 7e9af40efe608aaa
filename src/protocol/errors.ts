import * as z from 'zod'

/** [C3] The closed list of error codes. */
export const errorCode = z.enum([
  'bad_request',
  'unauthenticated',
  'session_revoked',
  'code_required',
  'forbidden',
  'not_found',
  'method_not_allowed',
  'conflict',
  'held',
  'too_large',
  'unsupported_media_type',
  'rate_limited',
  'internal',
  'unavailable',
])
export type ErrorCode = z.infer<typeof errorCode>

export const errorStatus = {
  bad_request: 400,
  unauthenticated: 401,
  session_revoked: 401,
  code_required: 401,
  forbidden: 403,
  not_found: 404,
  method_not_allowed: 405,
  conflict: 409,
  held: 409,
  too_large: 413,
  unsupported_media_type: 415,
  rate_limited: 429,
  internal: 500,
  unavailable: 503,
} as const satisfies Record<ErrorCode, number>

/** Whether the same request may succeed later, unchanged. */
export function isRetryable(code: ErrorCode): boolean {
  return code === 'rate_limited' || code === 'unavailable' || code === 'internal'
}

export const fieldError = z.object({
  field: z.string().describe('Empty when the error concerns the whole request'),
  message: z.string(),
})
export type FieldError = z.infer<typeof fieldError>

/** RFC 9457, `application/problem+json`. */
export const problem = z.object({
  type: z.string(),
  title: z.string(),
  status: z.int(),
  detail: z.string().describe('For people: what was wrong, and what to do'),
  code: errorCode.describe('For programs: what was wrong'),
  reason: z
    .enum(['resuming', 'indexing'])
    .optional()
    .describe(
      'Only with `unavailable`. `resuming`: the database was paused, and is resuming. `indexing`: many new messages have to be indexed before this search',
    ),
  errors: z.array(fieldError).optional(),
})
export type Problem = z.infer<typeof problem>
