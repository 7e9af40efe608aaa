/**
 * The types of the wire. scripts/client/wire.ts writes this file from the schemas of
 * src/protocol: do not edit it.
 */
export const protocolV1 = 'quick-connect.v1'
export const frameInMaxBytes = 16384
export const headsMaxRooms = 5000
export const helloMaxRooms = 200
export const previewMaxCodePoints = 200
export const unreadMax = 100

export type Announcement = {
  id: number
  text: string
  severity: 'info' | 'warning' | 'critical'
  /** Whether a client lets the user hide it */
  dismissible: boolean
  begins_at: string
  /** When clients stop showing it; in the past after an admin has ended it */
  ends_at: string
}

export type AnnouncementPage = {
  results: Announcement[]
  next: string | null
  previous: string | null
}

export type AsyncApiDocument = { asyncapi: string; [name: string]: unknown }

export type Ban = {
  user_id: number
  username: string
  /** The user's display name; null when not set */
  display_name: string | null
  reason: string
  /** null when their account is deleted */
  banned_by: string | null
  /** The user's display name; null when not set */
  banned_by_display_name: string | null
  banned_at: string
}

export type BanPage = { results: Ban[]; next: string | null; previous: string | null }

export type BanRequest = {
  /** For owners and moderators to read. Without it, an existing ban keeps its reason */
  reason?: string
}

export type BeginSecondFactorRequest = { password: string }

export type BlockPage = { results: BlockedUser[]; next: string | null; previous: string | null }

export type BlockedUser = {
  id: number
  username: string
  /** The user's display name; null when not set */
  display_name: string | null
  bio: string
  blocked_at: string
}

export type ChangePasswordRequest = {
  current_password: string
  /** At least 8 characters and at most 72 bytes in UTF-8, after normalization */
  new_password: string
}

export type ConfirmSecondFactorRequest = {
  /** The six digits that the app shows */
  code: string
}

export type CreateRoomRequest = {
  /** One line: line breaks become spaces, control characters are removed, and the text is put into NFC */
  title: string
  description?: string
  name?: string
  kind?: 'public' | 'private'
}

export type DeleteAccountRequest = {
  password: string
  /** Whether to delete the messages and reactions, too; by default they stay, without a name */
  delete_messages?: boolean
}

export type DirectRequest = { username: string }

export type EditRequest = {
  /** Must have a visible character. Empty lines before the text and white space after it are removed */
  message: string
}

export type ErrorCode =
  | 'bad_request'
  | 'unauthenticated'
  | 'session_revoked'
  | 'code_required'
  | 'forbidden'
  | 'not_found'
  | 'method_not_allowed'
  | 'conflict'
  | 'held'
  | 'too_large'
  | 'unsupported_media_type'
  | 'rate_limited'
  | 'internal'
  | 'unavailable'

export type EventPage = {
  results: (
    | {
        id: number
        room_id: number
        seq: number
        user_id: number | null
        username: string | null
        /** The user's display name; null when not set */
        display_name: string | null
        /** Null when the message is deleted */
        message: string | null
        client_id: string | null
        reply_to: number | null
        timestamp: string
        edited_at: string | null
        deleted_at: string | null
        reactions: Reaction[]
        type: 'message'
      }
    | {
        type: 'message.edited'
        room_id: number
        seq: number
        timestamp: string
        message_seq: number
        message_id: number
        message: string | null
        edited_at: string
      }
    | {
        type: 'message.deleted'
        room_id: number
        seq: number
        timestamp: string
        message_seq: number
        message_id: number
        deleted_at: string
        deleted_by: {
          user_id: number
          username: string | null
          /** The user's display name; null when not set */
          display_name: string | null
        } | null
      }
    | {
        type: 'reaction'
        room_id: number
        seq: number
        timestamp: string
        message_seq: number
        message_id: number
        user_id: number
        username: string | null
        /** The user's display name; null when not set */
        display_name: string | null
        emoji: string
        reacted: boolean
        count: number
        first_seq: number | null
      }
    | {
        type: 'member.joined'
        room_id: number
        seq: number
        timestamp: string
        user_id: number
        username: string | null
        /** The user's display name; null when not set */
        display_name: string | null
        role: Role
      }
    | {
        type: 'member.left'
        room_id: number
        seq: number
        timestamp: string
        user_id: number
        username: string | null
        /** The user's display name; null when not set */
        display_name: string | null
        removed_by: {
          user_id: number
          username: string | null
          /** The user's display name; null when not set */
          display_name: string | null
        } | null
      }
    | {
        type: 'member.updated'
        room_id: number
        seq: number
        timestamp: string
        user_id: number
        username: string | null
        /** The user's display name; null when not set */
        display_name: string | null
        role: Role
      }
    | {
        type: 'room.updated'
        room_id: number
        seq: number
        timestamp: string
        title: string
        description: string
        archived_at: string | null
        /** The characters (code points) that a text may have: 4,000, or fewer as an admin has set */
        text_max: number
        /** So many messages and edits each member may send in so many seconds; null: no own limit */
        send_limit: { count: number; seconds: number } | null
      }
    | { type: 'room.deleted'; room_id: number; seq: number; timestamp: string }
  )[]
  next: string | null
  previous: string | null
}

export type ExportPage = {
  profile?: User[]
  sessions?: {
    id: number
    created_at: string
    used_at: string
    expires_at: string
    address: string | null
    user_agent: string | null
    ended_at: string | null
  }[]
  rooms?: {
    room_id: number
    kind: RoomKind
    /** In a direct chat, the partner's username; empty when their account is deleted */
    title: string
    role: Role
    joined_at: string
    last_read_seq: number
    notify: 'all' | 'mentions' | 'none'
  }[]
  /** Rooms that the user may not join; after a removal `until` says how long */
  bans?: { room_id: number; banned_at: string; until: string | null }[]
  /** Users whom the user has blocked */
  blocks?: {
    user_id: number
    username: string
    /** The user's display name; null when not set */
    display_name: string | null
    blocked_at: string
  }[]
  /** Reports that the user made */
  reports?: {
    room_id: number | null
    message_seq: number | null
    /** The user who is reported, or whose message is reported */
    user_id: number | null
    reason: ReportReason
    text: string
    created_at: string
  }[]
  /** Texts that wait for an admin */
  held_messages?: {
    room_id: number | null
    message_seq: number | null
    message: string
    created_at: string
  }[]
  notifications?: {
    id: number
    kind:
      | 'mention'
      | 'direct'
      | 'message'
      | 'invitation'
      | 'notice'
      | 'opened'
      | 'report_handled'
      | 'message_discarded'
    room_id: number | null
    message_seq: number | null
    user_id: number | null
    /** Only for notifications that only this user gets, such as a notice */
    text: string | null
    created_at: string
    read_at: string | null
  }[]
  /** Messages of the user that are not deleted, room by room, in no order within a room */
  messages?: {
    id: number
    room_id: number
    seq: number
    message: string
    client_id: string | null
    reply_to: number | null
    timestamp: string
    edited_at: string | null
  }[]
  /** Reactions of the user to messages */
  reactions?: { message_id: number; room_id: number; seq: number; emoji: string }[]
  next: string | null
}

export type FieldError = {
  /** Empty when the error concerns the whole request */
  field: string
  message: string
}

export type Found = {
  id: number
  room_id: number
  seq: number
  user_id: number | null
  username: string | null
  /** The user's display name; null when not set */
  display_name: string | null
  /** Null when the message is deleted */
  message: string | null
  client_id: string | null
  reply_to: number | null
  timestamp: string
  edited_at: string | null
  deleted_at: string | null
  reactions: Reaction[]
  room: { id: number; name: string; title: string; kind: RoomKind }
  rank: number
  highlights: { start: number; end: number }[]
}

export type FoundPage = { results: Found[]; next: string | null; previous: string | null }

export type Health = { status: 'ok' | 'degraded'; database: 'ok' | 'resuming' | 'unavailable' }

export type LastMessage = {
  seq: number
  user_id: number | null
  username: string | null
  /** The user's display name; null when not set */
  display_name: string | null
  /** The first 200 characters; `…` follows when there are more */
  text: string | null
  timestamp: string
}

export type LoginRequest = {
  username: string
  password: string
  /** The six digits that the app shows, or a recovery code. Each code works once */
  code?: string
  /** Where the refresh token goes: `body` (the default), or `cookie` (only for pages of this host) */
  refresh_in?: 'body' | 'cookie'
}

export type LogoutRequest = {
  /** `cookie` also clears the cookie of the refresh token */
  refresh_in?: 'body' | 'cookie'
}

export type Member = {
  user_id: number
  username: string
  /** The user's display name; null when not set */
  display_name: string | null
  role: Role
  joined_at: string
}

export type MemberPage = { results: Member[]; next: string | null; previous: string | null }

export type Message = {
  id: number
  room_id: number
  seq: number
  user_id: number | null
  username: string | null
  /** The user's display name; null when not set */
  display_name: string | null
  /** Null when the message is deleted */
  message: string | null
  client_id: string | null
  reply_to: number | null
  timestamp: string
  edited_at: string | null
  deleted_at: string | null
  reactions: Reaction[]
}

export type MessagePage = { results: Message[]; next: string | null; previous: string | null }

export type Notification = {
  id: number
  kind:
    | 'mention'
    | 'direct'
    | 'message'
    | 'invitation'
    | 'notice'
    | 'opened'
    | 'report_handled'
    | 'message_discarded'
  room_id: number | null
  room_title: string | null
  message_seq: number | null
  message_id: number | null
  user_id: number | null
  username: string | null
  /** The user's display name; null when not set */
  display_name: string | null
  text: string | null
  created_at: string
  read_at: string | null
}

export type NotificationPage = {
  results: Notification[]
  next: string | null
  previous: string | null
  unread: number
}

export type NotifyRequest = { notify: 'all' | 'mentions' | 'none' }

export type NotifyState = { room_id: number; notify: 'all' | 'mentions' | 'none' }

export type OpenApiDocument = { openapi: string; [name: string]: unknown }

export type OtherUser = {
  id: number
  username: string
  /** The user's display name; null when not set */
  display_name: string | null
  bio: string
}

export type PasswordLinkRequest = {
  /** The part of the link after `#` */
  token: string
  /** At least 8 characters and at most 72 bytes in UTF-8, after normalization */
  new_password: string
}

export type PasswordSet = {
  username: string
  /** The user's display name; null when not set */
  display_name: string | null
}

export type Problem = {
  type: string
  title: string
  status: number
  /** For people: what was wrong, and what to do */
  detail: string
  /** For programs: what was wrong */
  code: ErrorCode
  /** Only with `unavailable`. `resuming`: the database was paused, and is resuming. `indexing`: many new messages have to be indexed before this search */
  reason?: 'resuming' | 'indexing'
  errors?: FieldError[]
}

export type PutMemberRequest = {
  /** Without it, a new member gets the role `member`, and a member keeps their role */
  role?: Role
}

export type Reaction = { emoji: string; count: number; mine: boolean; first_seq: number }

export type ReadNotificationsRequest = { ids?: number[]; all?: true }

export type ReadRequest = { seq: number }

export type ReadState = { room_id: number; last_read_seq: number; unread: number }

export type RecoveryCodes = {
  /** 10 codes. Each works for one login without the app. They are not shown again */
  recovery_codes: string[]
}

export type RefreshRequest = {
  /** Without it, the server uses the token of the cookie */
  refresh?: string
}

export type RegisterRequest = {
  username: string
  /** At least 8 characters and at most 72 bytes in UTF-8, after normalization */
  password: string
  email: string
  display_name?: string | null
  /** Where the refresh token goes: `body` (the default), or `cookie` (only for pages of this host) */
  refresh_in?: 'body' | 'cookie'
}

export type RemoveSecondFactorRequest = { password: string }

export type RenewRecoveryCodesRequest = { password: string }

export type Report = { reason: ReportReason; text: string; created_at: string }

export type ReportReason = 'spam' | 'harassment' | 'hate' | 'violence' | 'sexual' | 'other'

export type ReportRequest = {
  reason: ReportReason
  /** For the admins to read */
  text?: string
}

export type Role = 'owner' | 'moderator' | 'member'

export type Room = {
  id: number
  name: string
  title: string
  description: string
  kind: RoomKind
  created_at: string
  created_by: string | null
  /** The user's display name; null when not set */
  created_by_display_name: string | null
  last_seq: number
  /** When the last event of its log happened */
  last_event_at: string
  /** Null when the room has no messages */
  last_message: LastMessage | null
  member_count: number
  /** Since when the room is archived. Nobody can write to an archived room */
  archived_at: string | null
  /** The characters (code points) that a text may have: 4,000, or fewer as an admin has set */
  text_max: number
  /** So many messages and edits each member may send in so many seconds; null: no own limit */
  send_limit: { count: number; seconds: number } | null
  /** The caller's role; null in a public room that they have not joined */
  role: Role | null
  last_read_seq: number | null
  /** Counted up to 100. Clients show 100 as 99+ */
  unread: number | null
  /** Which messages the caller is notified of; null when they are not a member */
  notify: 'all' | 'mentions' | 'none' | null
  /** The other user of a direct chat */
  partner: {
    id: number
    username: string
    /** The user's display name; null when not set */
    display_name: string | null
    online: boolean
    /** How far they have read; null when the caller may not know it */
    read_seq: number | null
  } | null
}

export type RoomDetail = {
  id: number
  name: string
  title: string
  description: string
  kind: RoomKind
  created_at: string
  created_by: string | null
  /** The user's display name; null when not set */
  created_by_display_name: string | null
  last_seq: number
  /** When the last event of its log happened */
  last_event_at: string
  /** Null when the room has no messages */
  last_message: LastMessage | null
  member_count: number
  /** Since when the room is archived. Nobody can write to an archived room */
  archived_at: string | null
  /** The characters (code points) that a text may have: 4,000, or fewer as an admin has set */
  text_max: number
  /** So many messages and edits each member may send in so many seconds; null: no own limit */
  send_limit: { count: number; seconds: number } | null
  /** The caller's role; null in a public room that they have not joined */
  role: Role | null
  last_read_seq: number | null
  /** Counted up to 100. Clients show 100 as 99+ */
  unread: number | null
  /** Which messages the caller is notified of; null when they are not a member */
  notify: 'all' | 'mentions' | 'none' | null
  /** The other user of a direct chat */
  partner: {
    id: number
    username: string
    /** The user's display name; null when not set */
    display_name: string | null
    online: boolean
    /** How far they have read; null when the caller may not know it */
    read_seq: number | null
  } | null
  online_count: number
  /** There may be more than `online_count`: only the first 1,000 sockets are counted */
  online_more: boolean
  /** The ids of the members that `online_count` counts; null when the caller is not a member */
  online_ids: number[] | null
}

export type RoomHead = {
  room_id: number
  last_seq: number
  last_read_seq: number
  partner_online?: boolean
  partner_read_seq?: number | null
  hidden?: true
}

export type RoomKind = 'public' | 'private' | 'direct'

export type RoomPage = { results: Room[]; next: string | null; previous: string | null }

export type SecondFactor = {
  /** Whether a login asks for a code */
  enabled: boolean
  enabled_at: string | null
  recovery_codes_left: number
}

export type SecondFactorBegun = {
  /** In Base32, to type into an app that cannot scan the QR code */
  secret: string
  /** The contents of the QR code: `otpauth://totp/…` */
  uri: string
  /** The QR code, as an SVG document */
  qr_svg: string
}

export type SendRequest = {
  /** Must have a visible character. Empty lines before the text and white space after it are removed */
  message: string
  client_id?: string
  reply_to?: number
  room_id: number
}

export type Session = {
  id: number
  created_at: string
  used_at: string
  expires_at: string
  address: string | null
  user_agent: string | null
  current: boolean
}

export type SessionPage = { results: Session[]; next: string | null; previous: string | null }

export type SignedIn = {
  /** A JWT of less than 1 KB, valid for 15 minutes */
  access: string
  /** Gets the next pair of tokens. Absent when the token is in the cookie */
  refresh?: string
  user: User
}

export type Tokens = {
  /** A JWT of less than 1 KB, valid for 15 minutes */
  access: string
  /** Gets the next pair of tokens. Absent when the token is in the cookie */
  refresh?: string
}

export type UnreadCount = { unread: number }

export type UpdateProfileRequest = {
  email?: string
  bio?: string
  /** null removes it */
  display_name?: string | null
  /** Whether the user and the partners of their direct chats see how far the other has read */
  read_receipts?: boolean
}

export type UpdateRoomRequest = {
  /** One line: line breaks become spaces, control characters are removed, and the text is put into NFC */
  title?: string
  description?: string
}

export type User = {
  id: number
  username: string
  /** The user's display name; null when not set */
  display_name: string | null
  email: string
  bio: string
  /** Whether the user and the partners of their direct chats see how far the other has read */
  read_receipts: boolean
  is_admin: boolean
  created_at: string
}

export type UserPage = { results: OtherUser[]; next: string | null; previous: string | null }

export type DurableEvent =
  | {
      id: number
      room_id: number
      seq: number
      user_id: number | null
      username: string | null
      /** The user's display name; null when not set */
      display_name: string | null
      /** Null when the message is deleted */
      message: string | null
      client_id: string | null
      reply_to: number | null
      timestamp: string
      edited_at: string | null
      deleted_at: string | null
      reactions: Reaction[]
      type: 'message'
    }
  | {
      type: 'message.edited'
      room_id: number
      seq: number
      timestamp: string
      message_seq: number
      message_id: number
      message: string | null
      edited_at: string
    }
  | {
      type: 'message.deleted'
      room_id: number
      seq: number
      timestamp: string
      message_seq: number
      message_id: number
      deleted_at: string
      deleted_by: {
        user_id: number
        username: string | null
        /** The user's display name; null when not set */
        display_name: string | null
      } | null
    }
  | {
      type: 'reaction'
      room_id: number
      seq: number
      timestamp: string
      message_seq: number
      message_id: number
      user_id: number
      username: string | null
      /** The user's display name; null when not set */
      display_name: string | null
      emoji: string
      reacted: boolean
      count: number
      first_seq: number | null
    }
  | {
      type: 'member.joined'
      room_id: number
      seq: number
      timestamp: string
      user_id: number
      username: string | null
      /** The user's display name; null when not set */
      display_name: string | null
      role: Role
    }
  | {
      type: 'member.left'
      room_id: number
      seq: number
      timestamp: string
      user_id: number
      username: string | null
      /** The user's display name; null when not set */
      display_name: string | null
      removed_by: {
        user_id: number
        username: string | null
        /** The user's display name; null when not set */
        display_name: string | null
      } | null
    }
  | {
      type: 'member.updated'
      room_id: number
      seq: number
      timestamp: string
      user_id: number
      username: string | null
      /** The user's display name; null when not set */
      display_name: string | null
      role: Role
    }
  | {
      type: 'room.updated'
      room_id: number
      seq: number
      timestamp: string
      title: string
      description: string
      archived_at: string | null
      /** The characters (code points) that a text may have: 4,000, or fewer as an admin has set */
      text_max: number
      /** So many messages and edits each member may send in so many seconds; null: no own limit */
      send_limit: { count: number; seconds: number } | null
    }
  | { type: 'room.deleted'; room_id: number; seq: number; timestamp: string }

export type OtherEvent =
  | {
      type: 'typing'
      room_id: number
      user_id: number
      username: string
      /** The user's display name; null when not set */
      display_name: string | null
    }
  | {
      type: 'presence'
      user_id: number
      username: string
      /** The user's display name; null when not set */
      display_name: string | null
      online: boolean
    }
  | { type: 'read'; room_id: number; last_read_seq: number; unread: number }
  | { type: 'seen'; room_id: number; partner_read_seq: number }
  | {
      id: number
      kind:
        | 'mention'
        | 'direct'
        | 'message'
        | 'invitation'
        | 'notice'
        | 'opened'
        | 'report_handled'
        | 'message_discarded'
      room_id: number | null
      room_title: string | null
      message_seq: number | null
      message_id: number | null
      user_id: number | null
      username: string | null
      /** The user's display name; null when not set */
      display_name: string | null
      text: string | null
      created_at: string
      read_at: string | null
      type: 'notification'
      unread: number
    }
  | { type: 'notifications.read'; ids?: number[]; all?: true; unread: number }
  | { type: 'notifications.removed'; ids: number[]; unread: number }
  | { type: 'room.added'; room: Room }
  | { type: 'room.removed'; room_id: number }
  | { type: 'resync'; room_id: number; reason: 'too_many' | 'too_much' | 'too_often' | 'ahead' }
  | {
      id: number
      text: string
      severity: 'info' | 'warning' | 'critical'
      /** Whether a client lets the user hide it */
      dismissible: boolean
      begins_at: string
      /** When clients stop showing it; in the past after an admin has ended it */
      ends_at: string
      type: 'announcement'
    }
  | {
      type: 'ack'
      id?: string | number
      room_id: number
      seq: number
      message_id: number
      timestamp: string
      duplicate: boolean
    }
  | {
      type: 'error'
      id?: string | number
      code: ErrorCode
      message: string
      retryable: boolean
      retry_after_ms?: number
    }
  | {
      type: 'hello'
      connection_id: string
      user: {
        id: number
        username: string
        /** The user's display name; null when not set */
        display_name: string | null
      }
      server_time: string
      id?: string | number
      rooms: RoomHead[]
      done: boolean
    }
  | { type: 'heads'; id?: string | number; rooms: RoomHead[]; done: boolean }
  | {
      type: 'bye'
      code:
        | 'unknown_connection'
        | 'session_revoked'
        | 'suspended'
        | 'removed'
        | 'room_deleted'
        | 'closed'
        | 'rotate'
      /** Only with `suspended`: why, and until when */
      message?: string
      reconnect: boolean
      after_ms: number
    }

export type ClientFrame =
  | {
      /** Must have a visible character. Empty lines before the text and white space after it are removed */
      message: string
      client_id?: string
      reply_to?: number
      action: 'sendmessage'
      id?: string | number
      room_id?: number
    }
  | { action: 'hello'; id?: string | number; rooms?: { [name: string]: number } }
  | { action: 'heads'; id?: string | number }
  | { action: 'typing'; id?: string | number; room_id?: number }
  | { action: 'read'; id?: string | number; room_id?: number; seq: number }

export type ServerEvent = DurableEvent | OtherEvent

/** What each operation of the HTTP API takes and answers, by its method and path. */
export interface Operations {
  /** `listAnnouncements` [N3]: List the current and the planned announcements */
  'GET /api/announcements/': { input: Record<string, never>; output: AnnouncementPage }

  /** `readAsyncApi` [C8]: Read the document of the WebSocket */
  'GET /api/asyncapi.json': { input: Record<string, never>; output: AsyncApiDocument }

  /** `openDirect` [R3]: Open the direct chat with a user */
  'POST /api/direct/': { input: { body: DirectRequest }; output: Room }

  /** `readHealth` [C1]: Read whether the server and its database answer */
  'GET /api/health/': { input: Record<string, never>; output: Health }

  /** `login` [A2]: Log in: begin a session */
  'POST /api/login/': { input: { body: LoginRequest }; output: SignedIn }

  /** `logout` [A4]: Log out: end the session */
  'POST /api/logout/': { input: { body: LogoutRequest }; output: undefined }

  /** `sendMessage` [M1]: Send a message */
  'POST /api/messages/': { input: { body: SendRequest }; output: Message }

  /** `listMessages` [M4]: Read the messages of a room */
  'GET /api/messages/{room_id}/': {
    input: {
      params: { room_id: number }
      query?: {
        before?: number
        after?: number
        around?: number
        /** The most entries of a page, by default 50 */
        limit?: number
      }
    }
    output: MessagePage
  }

  /** `deleteMessage` [M5]: Delete a message */
  'DELETE /api/messages/{room_id}/{seq}/': {
    input: { params: { room_id: number; seq: number } }
    output: undefined
  }

  /** `editMessage` [M5]: Edit a message */
  'PATCH /api/messages/{room_id}/{seq}/': {
    input: { params: { room_id: number; seq: number }; body: EditRequest }
    output: Message
  }

  /** `removeReaction` [M5]: Remove a reaction */
  'DELETE /api/messages/{room_id}/{seq}/reactions/{emoji}/': {
    input: {
      params: {
        room_id: number
        seq: number
        /** One emoji, with or without its variation selectors */
        emoji: string
      }
    }
    output: undefined
  }

  /** `addReaction` [M5]: React to a message */
  'PUT /api/messages/{room_id}/{seq}/reactions/{emoji}/': {
    input: {
      params: {
        room_id: number
        seq: number
        /** One emoji, with or without its variation selectors */
        emoji: string
      }
    }
    output: Message
  }

  /** `reportMessage` [S1]: Report a message to the admins */
  'PUT /api/messages/{room_id}/{seq}/report/': {
    input: { params: { room_id: number; seq: number }; body: ReportRequest }
    output: Report
  }

  /** `listNotifications` [N1]: List the caller's notifications, the newest first */
  'GET /api/notifications/': {
    input: {
      query?: {
        unread?: boolean
        /** The most entries of a page, by default 50 */
        limit?: number
        /** Where the page begins. Take it from `next` or `previous` of another page */
        cursor?: string
      }
    }
    output: NotificationPage
  }

  /** `readNotifications` [N1]: Mark notifications as read */
  'POST /api/notifications/read/': {
    input: { body: ReadNotificationsRequest }
    output: UnreadCount
  }

  /** `readOpenApi` [C8]: Read this document */
  'GET /api/openapi.json': { input: Record<string, never>; output: OpenApiDocument }

  /** `usePasswordLink` [A9]: Set a new password with a link from an admin */
  'POST /api/password-link/': { input: { body: PasswordLinkRequest }; output: PasswordSet }

  /** `register` [A1]: Create an account */
  'POST /api/register/': { input: { body: RegisterRequest }; output: SignedIn }

  /** `listRooms` [R1]: List public rooms and the caller's own, the newest first */
  'GET /api/rooms/': {
    input: {
      query?: {
        member?: boolean
        search?: string
        order?: 'newest' | 'activity'
        /** The most entries of a page, by default 50 */
        limit?: number
        /** Where the page begins. Take it from `next` or `previous` of another page */
        cursor?: string
      }
    }
    output: RoomPage
  }

  /** `createRoom` [R1]: Create a room */
  'POST /api/rooms/': { input: { body: CreateRoomRequest }; output: Room }

  /** `deleteRoom` [R2]: Delete a room */
  'DELETE /api/rooms/{room_id}/': { input: { params: { room_id: number } }; output: undefined }

  /** `readRoom` [R1]: Read a room */
  'GET /api/rooms/{room_id}/': { input: { params: { room_id: number } }; output: RoomDetail }

  /** `updateRoom` [R2]: Change the title or the description of a room */
  'PATCH /api/rooms/{room_id}/': {
    input: { params: { room_id: number }; body: UpdateRoomRequest }
    output: Room
  }

  /** `listBans` [R7]: List the bans of a room */
  'GET /api/rooms/{room_id}/bans/': {
    input: {
      params: { room_id: number }
      query?: {
        /** The most entries of a page, by default 50 */
        limit?: number
        /** Where the page begins. Take it from `next` or `previous` of another page */
        cursor?: string
      }
    }
    output: BanPage
  }

  /** `removeBan` [R7]: Lift a ban */
  'DELETE /api/rooms/{room_id}/bans/{username}/': {
    input: { params: { room_id: number; username: string } }
    output: undefined
  }

  /** `putBan` [R7]: Ban a user from a room */
  'PUT /api/rooms/{room_id}/bans/{username}/': {
    input: { params: { room_id: number; username: string }; body: BanRequest }
    output: Ban
  }

  /** `listEvents` [M6]: Read the log of a room */
  'GET /api/rooms/{room_id}/events/': {
    input: {
      params: { room_id: number }
      query?: {
        after?: number
        /** The most entries of a page, by default 50 */
        limit?: number
      }
    }
    output: EventPage
  }

  /** `joinRoom` [R2]: Join a public room */
  'POST /api/rooms/{room_id}/join/': { input: { params: { room_id: number } }; output: Room }

  /** `leaveRoom` [R2]: Leave a room */
  'POST /api/rooms/{room_id}/leave/': { input: { params: { room_id: number } }; output: undefined }

  /** `listMembers` [R2]: List the members of a room */
  'GET /api/rooms/{room_id}/members/': {
    input: {
      params: { room_id: number }
      query?: {
        /** The most entries of a page, by default 50 */
        limit?: number
        /** Where the page begins. Take it from `next` or `previous` of another page */
        cursor?: string
      }
    }
    output: MemberPage
  }

  /** `removeMember` [R2]: Remove a member */
  'DELETE /api/rooms/{room_id}/members/{username}/': {
    input: { params: { room_id: number; username: string } }
    output: undefined
  }

  /** `putMember` [R2]: Invite a user, or change the role of a member */
  'PUT /api/rooms/{room_id}/members/{username}/': {
    input: { params: { room_id: number; username: string }; body: PutMemberRequest }
    output: Member
  }

  /** `setNotify` [N2]: Choose which messages of a room notify the caller */
  'PUT /api/rooms/{room_id}/notify/': {
    input: { params: { room_id: number }; body: NotifyRequest }
    output: NotifyState
  }

  /** `markRead` [M8]: Move the caller's read marker forward */
  'POST /api/rooms/{room_id}/read/': {
    input: { params: { room_id: number }; body: ReadRequest }
    output: ReadState
  }

  /** `searchMessages` [M7]: Search the messages that the caller may read */
  'GET /api/search/': {
    input: {
      query: {
        q: string
        room_id?: number
        /** The most entries of a page, by default 50 */
        limit?: number
        cursor?: string
      }
    }
    output: FoundPage
  }

  /** `endOtherSessions` [A4]: End all sessions of the caller except the present one */
  'DELETE /api/sessions/': { input: Record<string, never>; output: undefined }

  /** `listSessions` [A4]: List the caller's sessions, the newest first */
  'GET /api/sessions/': {
    input: {
      query?: {
        /** The most entries of a page, by default 50 */
        limit?: number
        /** Where the page begins. Take it from `next` or `previous` of another page */
        cursor?: string
      }
    }
    output: SessionPage
  }

  /** `endSession` [A4]: End one of the caller's sessions */
  'DELETE /api/sessions/{session_id}/': {
    input: { params: { session_id: number } }
    output: undefined
  }

  /** `refresh` [A3]: Get the next pair of tokens */
  'POST /api/token/refresh/': { input: { body: RefreshRequest }; output: Tokens }

  /** `listUsers` [A5]: List users by username */
  'GET /api/users/': {
    input: {
      query?: {
        search?: string
        /** The most entries of a page, by default 50 */
        limit?: number
        cursor?: string
      }
    }
    output: UserPage
  }

  /** `deleteAccount` [A5]: Delete the caller's account */
  'DELETE /api/users/me/': { input: { body: DeleteAccountRequest }; output: undefined }

  /** `readProfile` [A5]: Read the caller's profile */
  'GET /api/users/me/': { input: Record<string, never>; output: User }

  /** `updateProfile` [A5]: Change the caller's email address, bio, display name or read receipts */
  'PATCH /api/users/me/': { input: { body: UpdateProfileRequest }; output: User }

  /** `listBlocks` [A6]: List the users whom the caller has blocked */
  'GET /api/users/me/blocks/': {
    input: {
      query?: {
        /** The most entries of a page, by default 50 */
        limit?: number
        /** Where the page begins. Take it from `next` or `previous` of another page */
        cursor?: string
      }
    }
    output: BlockPage
  }

  /** `unblock` [A6]: Unblock a user */
  'DELETE /api/users/me/blocks/{username}/': {
    input: { params: { username: string } }
    output: undefined
  }

  /** `block` [A6]: Block a user */
  'PUT /api/users/me/blocks/{username}/': {
    input: { params: { username: string } }
    output: undefined
  }

  /** `exportData` [A10]: Export the caller's data */
  'GET /api/users/me/export/': {
    input: {
      query?: {
        /** Where the page begins. Take it from `next` of another page */
        cursor?: string
      }
    }
    output: ExportPage
  }

  /** `changePassword` [A5]: Change the caller's password */
  'POST /api/users/me/password/': { input: { body: ChangePasswordRequest }; output: undefined }

  /** `removeSecondFactor` [A8]: Turn the second factor off */
  'DELETE /api/users/me/second-factor/': {
    input: { body: RemoveSecondFactorRequest }
    output: undefined
  }

  /** `readSecondFactor` [A8]: Read the state of the second factor of the caller's account */
  'GET /api/users/me/second-factor/': { input: Record<string, never>; output: SecondFactor }

  /** `beginSecondFactor` [A8]: Begin to set up a second factor */
  'POST /api/users/me/second-factor/': {
    input: { body: BeginSecondFactorRequest }
    output: SecondFactorBegun
  }

  /** `confirmSecondFactor` [A8]: Turn the second factor on */
  'POST /api/users/me/second-factor/confirm/': {
    input: { body: ConfirmSecondFactorRequest }
    output: RecoveryCodes
  }

  /** `renewRecoveryCodes` [A8]: Make new recovery codes */
  'POST /api/users/me/second-factor/recovery-codes/': {
    input: { body: RenewRecoveryCodesRequest }
    output: RecoveryCodes
  }

  /** `reportUser` [S1]: Report a user to the admins */
  'PUT /api/users/{username}/report/': {
    input: { params: { username: string }; body: ReportRequest }
    output: Report
  }
}

export type Operation = keyof Operations
export type Input<O extends Operation> = Operations[O]['input']
export type Output<O extends Operation> = Operations[O]['output']
