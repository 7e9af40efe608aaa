import type { Json } from './json-schema.ts'

export const openApiIntroduction = `Requests and responses are JSON, with names in \`snake_case\`. Ids are integers below
2^53. Times are in UTC, with milliseconds and \`Z\`. Every path works with and without its trailing slash. Any other
spelling of a path is refused with 400 [C2]. A method that a path does not have is refused with 405 and \`Allow\`
[C3]. The codes in brackets, such as [C5], are rules of [the protocol](/docs/protocol), which has more details. Live
events come over [a WebSocket](/api/docs/websocket/).

**Lists** are pages. \`next\` and \`previous\` are the paths of other pages, or null. An unknown query parameter, or one
that is given twice, is refused. An unknown field of a body is ignored. Responses may get new fields: ignore those
that you do not know.

**Pages of other origins** may call the API when the server allows their origin [C9]. The server answers
preflights, uses no credentials, and sends the same headers with errors.

**Errors** are problem documents (RFC 9457). Programs should use \`code\`. Each response below lists its possible
codes. Something that the caller may not see gets the same answer as something that does not exist.

**The gateway** in front of the server answers some requests by itself: 404 for a path outside of \`/api/\`, 408 for a
body that does not arrive, 413 for a body over 10 MB, 429 for more requests than the account may make, 431 for headers
over 10 KB, and 500, 503 and 504 when the server gives no answer. Such an answer is \`{"message": …}\`, not a problem
document (see \`FromGateway\` among the responses).`

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
  'Cache-Control': text('Answers must not be cached [C4]', 'no-store'),
  'X-Request-Id': text('The id of this request in the log [C3]', 'JKJaXmPLvHcESHA='),
  'WWW-Authenticate': text('How to authenticate', 'Bearer'),
  'Retry-After': count('Seconds to wait before trying again [C6]'),
  'RateLimit-Limit': count('How many requests are allowed in a burst [C6]'),
  'RateLimit-Remaining': count('How many requests are left'),
  'RateLimit-Reset': count('Seconds until all requests are available again'),
}

export const gatewayAnswer: Json = {
  description: 'The gateway answers, before or instead of the server',
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
