import type { ErrorCode } from '../errors.ts'
import type { ClientFrame, ServerEvent } from '../socket.ts'
import type { Json } from './json-schema.ts'

export const asyncApiIntroduction = `The WebSocket sends all events of the rooms live. For everything else there is the
[HTTP API](/api/docs/). The codes in brackets, such as [W5], are rules of [the protocol](/docs/protocol), which
has more details.

**Authentication.** Send the header \`Authorization: Bearer <access token>\`. Browsers cannot set a header. There a
client offers two subprotocols, \`quick-connect.v1\` and the access token, and the server selects the first [W2].
Never put the token into the URL. The server can refuse a connection before the upgrade, with an HTTP status:

- 401: the client is not authenticated
- 403: the Origin is not allowed, the account is suspended, or the user is kept out of the room
- 404: the room does not exist for the caller
- 409: the user is in too many rooms to join this one
- 429: the user has too many sockets
- 503: the database does not answer

A socket stays open after its access token expires. It closes when its session ends.

**Frames.** A client sends one JSON object in each frame of at most 16 KB. \`action\` names the request. The
answer repeats its \`id\` [W3]. The server sends objects with a \`type\`, or arrays of such objects, in frames of at
most 28 KB [W4]. Ignore types and fields that you do not know. An \`error\` tells what was wrong with a frame, and the
socket stays open [W10].

**Simple clients** offer no subprotocol, or another one than \`quick-connect.v1\`. The server sends them only
\`message\` and \`error\`, one object in each frame. On a one-room socket they may leave out \`action\`:
\`{"message": "hi"}\` sends a message.`

interface Action {
  readonly summary: string
  /** The possible answers when all is well. An `error` is always possible. */
  readonly answers: readonly ServerEvent['type'][]
}

export const actions: Readonly<Record<ClientFrame['action'], Action>> = {
  sendmessage: {
    summary: 'Sends a message. On a one-room socket `room_id` may be left out [M1, W3]',
    answers: ['ack'],
  },
  hello: {
    summary:
      "The first frame of a v1 client. Asks for the positions of the caller's rooms, and for the missed events [W3, W6]",
    answers: ['hello', 'resync', 'room.removed'],
  },
  heads: {
    summary:
      "Asks for the positions of the caller's rooms, 5 s after each `hello` and then every 5 minutes. It also keeps the socket open [W3]",
    answers: ['heads', 'bye'],
  },
  typing: {
    summary: 'Shows the other members that the caller is typing. It has no answer [W3]',
    answers: [],
  },
  read: {
    summary: "Moves the caller's read marker forward. All their sockets get this event [M8]",
    answers: ['read'],
  },
}

/** For each error code, when a frame is answered with it. */
export const frameErrors: Readonly<Partial<Record<ErrorCode, string>>> = {
  bad_request: 'the frame is not JSON, its action is unknown, or a field is wrong',
  session_revoked: 'the session has ended; the socket is closed',
  forbidden:
    'the account is suspended, the caller has not joined the room, or one user of the direct chat has blocked the other',
  not_found: 'the room does not exist, or the caller may not see it',
  conflict:
    'the partner of the direct chat has deleted their account, the room is archived [R9], or 20 messages of the caller are held already',
  held: 'the message contains a word that needs approval: it is published after an admin has approved it [S2]',
  too_large: 'the frame has more than 16 KB',
  rate_limited:
    'the user sends too many frames or messages; `retry_after_ms` says when to try again',
  internal: 'an internal error of the server',
  unavailable: 'the database does not answer at the moment',
}

/** What each event means. */
export const events: Readonly<Record<ServerEvent['type'], string>> = {
  message: 'A user sent a message [M2]',
  'message.edited': 'A message was edited [M5]',
  'message.deleted': 'A message was deleted [M5]',
  reaction: 'A user added or removed a reaction [M5]',
  'member.joined': 'A user became a member [R2]',
  'member.left': 'A member left, or was removed [R5]',
  'member.updated': 'The role of a member changed [R2]',
  'room.updated':
    'The title, the description [R2] or the limits [S3] changed, or the room was archived or restored [R9]',
  'room.deleted': 'The room was deleted. This is the last event of its log [R6]',
  typing: 'A user is typing. This event may be dropped',
  presence:
    'The partner of a direct chat came online or went offline. This event may be dropped [W11]',
  read: "The caller's read marker moved, through any of their clients [M8]",
  seen: 'How far the partner of a direct chat has read. This event may be dropped [M9]',
  notification: 'The caller has a new notification [N1]',
  'notifications.read': 'The caller has read notifications, in any of their clients [N1]',
  'notifications.removed': 'Notifications were removed, because their subject was deleted [N1]',
  'room.added':
    'The caller is now a member of this room, or an admin has changed the limits of this direct chat',
  'room.removed': 'The caller is not a member of this room any more, or may not read it [R5, W6]',
  resync: 'The missed events of the room are not replayed: fetch the room again [W6]',
  announcement: 'An admin has published an announcement, or has ended it [N3]',
  ack: 'The message is stored and published [W5]',
  error: 'The frame was wrong, and changed nothing [W10]',
  hello:
    "The positions of the caller's rooms, in one or more frames. The last frame has `done: true`",
  heads: 'The same as `hello`, without the user, the connection and the time',
  bye: 'The server is about to close the socket. `reconnect` says whether to connect again [W8]',
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
          '`quick-connect.v1`. Without Authorization, a comma and the access token follow',
      },
      Origin: {
        type: 'string',
        description:
          'Browsers set it. It must be the host itself, or an origin that the installation allows',
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
