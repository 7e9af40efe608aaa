import type { ErrorCode } from '../errors.ts'
import type { ClientFrame, ServerEvent } from '../socket.ts'
import type { Json } from './json-schema.ts'

export const introduction = `Everything that happens in rooms, live. What is done otherwise than live goes over
[HTTP](/api/docs/). The words in brackets, such as [W5], are rules of
[the protocol](/docs/protocol), which says more than fits here.

**Who.** \`Authorization: Bearer <access token>\`; browsers, which cannot set a header, offer two subprotocols,
\`quick-connect.v1\` and the access token, of which the first comes back [W2]. The token never goes into the
URL. Refused before the upgrade, as HTTP status: 401 not authenticated, 403 a bad Origin, a suspended account, or
kept out of the room, 404 no such room for the caller, 409 in too many rooms to join this one, 429 too many
sockets, 503 the database does not answer. A socket outlives its
access token, and never its session.

**Frames.** A client sends one JSON object a frame, of at most 16 KB, whose \`action\` says what to do; its
\`id\` comes back in the answer [W3]. It is sent objects with a \`type\`, or arrays of them, at most 28 KB a frame
[W4]; types and fields that it does not know are to be ignored. What is wrong with a frame is told in an
\`error\`, and the socket stays [W10].

**Simple clients** have another word of their own instead of \`quick-connect.v1\`, or none. They are sent only
\`message\` and \`error\`, one object a frame, and may leave out \`action\` on a one-room socket:
\`{"message": "hi"}\` sends.`

interface Action {
  readonly summary: string
  /** What may come when all is well; an `error` always may. */
  readonly answers: readonly ServerEvent['type'][]
}

export const actions: Readonly<Record<ClientFrame['action'], Action>> = {
  sendmessage: {
    summary: 'Sends a message; `room_id` may be left out on a one-room socket [M1, W3]',
    answers: ['ack'],
  },
  hello: {
    summary:
      "The first frame of a v1 client: asks where the caller's rooms stand, and for what was missed [W3, W6]",
    answers: ['hello', 'resync', 'room.removed'],
  },
  heads: {
    summary: 'Asks the same, 5 s after each `hello` and every 5 minutes; also the keep-alive [W3]',
    answers: ['heads', 'bye'],
  },
  typing: {
    summary: 'Shows the others that the caller is typing; it has no answer [W3]',
    answers: [],
  },
  read: {
    summary: "Moves the caller's marker forward; all their sockets hear of it [M8]",
    answers: ['read'],
  },
}

/** When a frame is answered with which error. */
export const frameErrors: Readonly<Partial<Record<ErrorCode, string>>> = {
  bad_request: 'it is not JSON, of no known action, or not of its form',
  session_revoked: 'the session has ended; the socket is closed',
  forbidden:
    'the account is suspended, the caller has not joined the room, or one of a direct chat has blocked the other',
  not_found: 'there is no such room, or the caller may not see it',
  conflict:
    'the other one of the direct chat has deleted their account, the room is archived [R9], or 20 messages of the caller are held already',
  held: 'the message has a word that admins look at first: it is published when one of them has approved it [S2]',
  too_large: 'the frame has more than 16 KB',
  rate_limited: 'too many frames, or messages; `retry_after_ms` says when to try again',
  internal: 'something went wrong on our side',
  unavailable: 'the database does not answer just now',
}

/** What each event tells. */
export const events: Readonly<Record<ServerEvent['type'], string>> = {
  message: 'Somebody sent a message [M2]',
  'message.edited': 'A message has another text [M5]',
  'message.deleted': 'A message was deleted [M5]',
  reaction: 'Somebody reacted to a message, or took it back [M5]',
  'member.joined': 'Somebody is a member now [R2]',
  'member.left': 'Somebody left, or was removed [R5]',
  'member.updated': 'Somebody has another role [R2]',
  'room.updated':
    'The title or the description changed [R2], or the room was archived or restored [R9]',
  'room.deleted': 'The room is gone: the last event of its log [R6]',
  typing: 'Somebody is typing; may be dropped',
  presence: 'The partner of a direct chat came or went; may be dropped [W11]',
  read: "The caller's marker moved, here or elsewhere [M8]",
  seen: 'The partner of a direct chat has read so far; may be dropped [M9]',
  notification: 'The caller was mentioned, written to, invited or told something [N1]',
  'notifications.read': 'The caller has read notifications, here or elsewhere [N1]',
  'notifications.removed': 'Notifications are gone with what they told of [N1]',
  'room.added': 'The caller is a member of this room now',
  'room.removed': 'The caller is no member of this room any more, or may not read it [R5, W6]',
  resync: 'More was missed than is replayed: the room has to be fetched anew [W6]',
  announcement: 'An admin says something to everybody for a time, or has ended that [N3]',
  ack: 'The message is stored, and was pushed [W5]',
  error: 'What was wrong with a frame, which changed nothing [W10]',
  hello:
    "Where the caller's rooms stand, in as many frames as it takes, the last with `done: true`",
  heads: 'The same, without who and where the caller is',
  bye: 'The socket is about to be closed, and whether to connect again [W8]',
}

export const handshake: Json = {
  bindingVersion: '0.1.0',
  method: 'GET',
  headers: {
    type: 'object',
    properties: {
      Authorization: { type: 'string', description: '`Bearer <access token>`' },
      'Sec-WebSocket-Protocol': {
        type: 'string',
        description:
          '`quick-connect.v1`, and after a comma the access token if there is no Authorization',
      },
      Origin: {
        type: 'string',
        description: 'Browsers set it: the host itself, or one that the installation allows',
      },
    },
  },
}

export const securitySchemes: Json = {
  accessToken: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
  subprotocol: {
    type: 'httpApiKey',
    in: 'header',
    name: 'Sec-WebSocket-Protocol',
    description: 'For browsers: the access token, as the second subprotocol',
  },
}
