import type { Json } from './json-schema.ts'

export const introduction = `JSON in and out, \`snake_case\`; ids are integers below 2^53, times are UTC with
milliseconds and \`Z\`. Every path works with and without its trailing slash; another spelling of it is refused
with 400 [C2], and a method that it does not have with 405 and \`Allow\` [C3]. The words in brackets, such as
[C5], are rules of [the protocol](/docs/protocol), which says more than fits here. What happens live goes
over [a WebSocket](/api/docs/websocket/).

**Lists** are pages: \`next\` and \`previous\` are paths to ask for, or null. A query parameter that is not
known, or given twice, is refused; an unknown field of a body is ignored. Fields may be added to answers:
ignore those that you do not know.

**Pages of other origins** may call it when the server allows their origin [C9]: with preflights, without
credentials, and with the same headers on refusals.

**Problems** are RFC 9457. Go by \`code\`, of which each response below lists those that it may have. What a
user may not see answers as what does not exist.

**The gateway** in front answers some requests by itself: 404 for a path outside of \`/api/\`, 408 for a
body that does not come, 413 for one over 10 MB, 429 beyond what an account may send it, 431 for headers over
10 KB, 500, 503 and 504 when there is no answer to pass on. That is \`{"message": …}\`, and no problem document
(\`FromGateway\` among the responses).`

const text = (description: string, example: string): Json => ({
  description,
  schema: { type: 'string' },
  example,
})
const count = (description: string): Json => ({
  description,
  schema: { type: 'integer', minimum: 0 },
})

export const headers: Json = {
  'Cache-Control': text('Nothing is kept [C4]', 'no-store'),
  'X-Request-Id': text('Under which the log has this request [C3]', 'JKJaXmPLvHcESHA='),
  'WWW-Authenticate': text('How to authenticate', 'Bearer'),
  'Retry-After': count('Seconds, after which to try again [C6]'),
  'RateLimit-Limit': count('How many requests there may be at once [C6]'),
  'RateLimit-Remaining': count('How many are left'),
  'RateLimit-Reset': count('Seconds until none is used'),
}

export const gatewayAnswer: Json = {
  description: 'By the gateway, before or instead of a handler',
  content: {
    'application/json': {
      schema: {
        type: 'object',
        properties: { message: { type: 'string' } },
        required: ['message'],
      },
      example: { message: 'Service Unavailable' },
    },
  },
}
