/**
 * Tables, indexes and types of rows: the schema of the first release. Times are kept to the millisecond, as the wire
 * shows them. The comment of each index names the query that needs it.
 */
export const statements = [
  `create table users (
    id bigint generated always as identity primary key,
    username text not null,
    email text,
    email_verified_at timestamptz(3),
    password_hash text not null,
    is_admin boolean not null default false,
    created_at timestamptz(3) not null default now(),
    suspended_at timestamptz(3),
    deleted_at timestamptz(3),
    sends_full_at timestamptz not null default '-infinity',
    bio text not null default '',
    erased_at timestamptz(3),
    -- What a deleted account was called is not kept, and is anybody's.
    constraint users_username_check
      check (case when deleted_at is null then username ~ '^[A-Za-z0-9_]{1,32}$' else username = '' end)
  ) with (fillfactor = 80)`,
  `comment on column users.sends_full_at is
    'when the bucket of sends is full again: see spend_v1'`,
  `comment on column users.erased_at is
    'when a deleted account had left its last room: until then there is something to finish'`,
  // An address belongs to the first user who verified it.
  `create unique index users_verified_email on users (lower(email)) where email_verified_at is not null`,
  // Login, registering, and members by name.
  `create unique index users_username on users (lower(username)) where deleted_at is null`,
  // The search for users: a range of names, in the order of its pages.
  `create index users_by_name on users (lower(username) collate "C") where deleted_at is null`,
  // Deleted accounts that have rooms to leave yet.
  `create index users_to_erase on users (deleted_at) where deleted_at is not null and erased_at is null`,
  // The count of new users.
  `create index users_created on users (created_at) where deleted_at is null`,
  // The admin's search for the beginning of an email address.
  `create index users_by_email on users (lower(email) collate "C") where deleted_at is null`,
  // The check whether an admin is the last one.
  `create index users_admins on users (id) where is_admin`,

  `create table sessions (
    id bigint generated always as identity primary key,
    user_id bigint not null references users on delete cascade,
    created_at timestamptz(3) not null default now(),
    used_at timestamptz(3) not null default now(),
    expires_at timestamptz(3) not null,
    revoked_at timestamptz(3),
    address text,
    user_agent text,
    refresh_family text not null,
    refresh_current text not null,
    refresh_previous text
  )`,
  `comment on column sessions.refresh_family is
    'SHA-256 of the part that all refresh tokens of the session share: it finds the session of a token used again'`,
  // The session of a refresh token.
  `create unique index sessions_refresh_family on sessions (refresh_family)`,
  // The purge of expired sessions.
  `create index sessions_expires on sessions (expires_at)`,
  // A user's sessions, in the order of their pages.
  `create index sessions_user on sessions (user_id, id)`,

  `create table rooms (
    id bigint generated always as identity primary key,
    kind text not null check (kind in ('public', 'private', 'direct')),
    name text not null check (name ~ '^[A-Za-z0-9_]{1,64}$'),
    title text not null,
    description text not null default '',
    direct_key text,
    created_by bigint references users on delete set null,
    created_at timestamptz(3) not null default now(),
    last_seq bigint not null default 0,
    last_event_at timestamptz(3) not null default now(),
    member_count bigint not null default 0,
    deleted_at timestamptz(3)
  ) with (fillfactor = 70)`,
  `comment on column rooms.direct_key is
    'the two user ids of a direct chat, the lower first: one room for the two, from whichever side'`,
  // A room by the word in the socket's path. A deleted room's name is free again.
  `create unique index rooms_name on rooms (lower(name)) where deleted_at is null`,
  // The only direct chat of two users.
  `create unique index rooms_direct on rooms (direct_key) where deleted_at is null`,
  // The list of public rooms.
  `create index rooms_public on rooms (id) where kind = 'public' and deleted_at is null`,
  // The count of rooms by kind.
  `create index rooms_by_kind on rooms (kind) where deleted_at is null`,

  `create table memberships (
    room_id bigint not null references rooms on delete cascade,
    user_id bigint not null references users on delete cascade,
    role text not null check (role in ('owner', 'moderator', 'member')),
    joined_at timestamptz(3) not null default now(),
    last_read_seq bigint not null default 0,
    notify text not null default 'mentions' check (notify in ('all', 'mentions', 'none')),
    primary key (room_id, user_id)
  )`,
  // The rooms of a user.
  `create index memberships_user on memberships (user_id, room_id)`,
  // The members who are notified of every message of a room.
  `create index memberships_notify_all on memberships (room_id, user_id) where notify = 'all'`,
  // The check whether a room has another owner, when an owner leaves or gets another role.
  `create index memberships_owner on memberships (room_id) where role = 'owner'`,

  `create table messages (
    id bigint generated always as identity primary key,
    room_id bigint not null references rooms on delete cascade,
    seq bigint not null,
    user_id bigint references users on delete set null,
    text text,
    client_id text,
    reply_to bigint,
    created_at timestamptz(3) not null,
    edited_at timestamptz(3),
    deleted_at timestamptz(3),
    search tsvector
  )`,
  // Pages of a room's history, and the count of unread messages.
  `create unique index messages_room_seq on messages (room_id, seq)`,
  // [M3] A send that is repeated with its client_id.
  `create unique index messages_client_id on messages (room_id, user_id, client_id)
    where client_id is not null`,
  // [M7] Messages by their words. With "fastupdate" each search would also have to scan the messages that were just
  // sent.
  `create index messages_search on messages using gin (search) with (fastupdate = off)`,
  // The count of new messages. Rows are stored in the order of their times, so a BRIN index serves. A send must not pay
  // for a larger index.
  `create index messages_created on messages using brin (created_at) with (autosummarize = on)`,

  `create table room_events (
    room_id bigint not null references rooms on delete cascade,
    seq bigint not null,
    kind text not null check (kind in (
      'message', 'message.edited', 'message.deleted', 'reaction',
      'member.joined', 'member.left', 'member.updated', 'room.updated', 'room.deleted'
    )),
    created_at timestamptz(3) not null,
    actor_id bigint references users on delete set null,
    subject_id bigint references users on delete set null,
    message_id bigint references messages on delete set null,
    role text check (role in ('owner', 'moderator', 'member')),
    emoji text,
    primary key (room_id, seq),
    check (role is not null or kind not in ('member.joined', 'member.updated')),
    check (emoji is not null or kind <> 'reaction')
  )`,
  `comment on table room_events is
    'the log [M2]: it refers to what it tells of, and is rendered when read [M6]'`,
  `comment on column room_events.role is
    'what the event made its subject; what a message or room is now is read where it stands'`,

  `create table rate_limits (
    key text primary key,
    full_at timestamptz not null
  ) with (fillfactor = 70)`,
  // The purge of full buckets.
  `create index rate_limits_full on rate_limits (full_at)`,

  `create table connections (
    id text primary key,
    user_id bigint not null references users on delete cascade,
    session_id bigint not null references sessions on delete cascade,
    room_id bigint references rooms on delete cascade,
    simple boolean not null,
    connected_at timestamptz(3) not null default now(),
    expires_at timestamptz(3) not null,
    seen_at timestamptz(3) not null default now(),
    frames_full_at timestamptz not null default '-infinity'
  ) with (fillfactor = 50)`,
  `comment on column connections.room_id is
    'the room of a one-room socket; null for a socket of all the rooms of its user'`,
  // A user's sockets: presence, the user's own events, the limit of sockets.
  `create index connections_user on connections (user_id)`,
  // The sockets that a revoked session leaves.
  `create index connections_session on connections (session_id)`,
  // The sweep of expired connections.
  `create index connections_expires on connections (expires_at)`,
  // The one-room sockets of a room, when it is deleted.
  `create index connections_room on connections (room_id) where room_id is not null`,

  `create table subscriptions (
    room_id bigint not null references rooms on delete cascade,
    connection_id text not null references connections on delete cascade,
    primary key (room_id, connection_id)
  )`,
  // The subscriptions of a connection, when it is removed.
  `create index subscriptions_connection on subscriptions (connection_id)`,

  `create table blocks (
    user_id bigint not null references users on delete cascade,
    blocked_id bigint not null references users on delete cascade,
    created_at timestamptz(3) not null default now(),
    primary key (user_id, blocked_id)
  )`,
  // The blocks that end with the account of the blocked user.
  `create index blocks_blocked on blocks (blocked_id)`,

  `create table reactions (
    message_id bigint not null references messages on delete cascade,
    emoji text not null check (octet_length(emoji) between 1 and 64),
    user_id bigint not null references users on delete cascade,
    first_seq bigint not null,
    primary key (message_id, emoji, user_id)
  )`,
  `comment on column reactions.first_seq is
    'the event with which the emoji came to the message, whoever brought it: emojis stand in this order'`,
  // The reactions that are removed with a user.
  `create index reactions_user on reactions (user_id)`,

  `create table notifications (
    id bigint generated always as identity,
    user_id bigint not null references users on delete cascade,
    kind text not null check (kind in ('mention', 'direct', 'message', 'invitation', 'notice')),
    room_id bigint references rooms on delete cascade,
    message_seq bigint,
    actor_id bigint references users on delete set null,
    text text,
    created_at timestamptz(3) not null default now(),
    read_at timestamptz(3),
    -- A user's notifications, in the order of their pages.
    primary key (user_id, id),
    check ((kind = 'notice') = (room_id is null)),
    check ((kind = 'notice') = (text is not null)),
    check ((kind in ('mention', 'direct', 'message')) = (message_seq is not null))
  )`,
  `comment on table notifications is
    'they refer to what they tell of, and are rendered when read; only a notice has a text of its own'`,
  // What a user has not read: in one room when its marker moves, and in all rooms for the count.
  `create index notifications_unread on notifications (user_id, room_id, message_seq)
    where read_at is null`,
  // The users to tell about a message.
  `create index notifications_message on notifications (room_id, message_seq)
    where read_at is null and message_seq is not null`,
  // The purge of notifications that were read long ago.
  `create index notifications_read on notifications (read_at) where read_at is not null`,

  `create table fan_out_cursors (
    room_id bigint not null references rooms on delete cascade,
    shards bigint not null,
    shard bigint not null check (shard between 0 and shards - 1),
    seq bigint not null,
    primary key (room_id, shards, shard)
  ) with (fillfactor = 50)`,
  `comment on column fan_out_cursors.seq is
    'the last event of the log that was pushed to the sockets of this shard, of so many shards'`,

  `create table admin_sessions (
    id bigint generated always as identity primary key,
    user_id bigint not null references users on delete cascade,
    token_hash text not null,
    password_hash text not null,
    created_at timestamptz(3) not null default now(),
    expires_at timestamptz(3) not null
  )`,
  `comment on column admin_sessions.password_hash is
    'of the password that it was begun with: another password ends it'`,
  // The session of a cookie.
  `create unique index admin_sessions_token on admin_sessions (token_hash)`,
  // The sessions that end with their user's other sessions.
  `create index admin_sessions_user on admin_sessions (user_id)`,
  // The purge of expired sessions.
  `create index admin_sessions_expires on admin_sessions (expires_at)`,

  `create table notices (
    id bigint generated always as identity primary key,
    form_key text not null,
    text text not null,
    actor_id bigint references users on delete set null,
    subject_id bigint references users on delete set null,
    created_at timestamptz(3) not null default now(),
    after_user_id bigint not null,
    until_user_id bigint not null,
    reached bigint not null default 0
  )`,
  `comment on column notices.after_user_id is
    'users up to this one have it, and those up to until_user_id are to get it: see deliver_notice_v1'`,
  // A form that is sent twice makes one notice.
  `create unique index notices_form_key on notices (form_key)`,

  `create table audit_log (
    id bigint generated always as identity primary key,
    at timestamptz(3) not null default now(),
    actor_id bigint references users on delete set null,
    action text not null check (action in (
      'sign_in', 'sign_out', 'suspend', 'reinstate', 'make_admin', 'unmake_admin', 'end_sessions', 'notice'
    )),
    subject_id bigint references users on delete set null,
    reason text,
    notice_id bigint references notices
  )`,
  `comment on table audit_log is
    'what admins did, written with it; names are looked up when it is read, so that a deleted one is nowhere'`,
  // The pages of entries with one action.
  `create index audit_log_action on audit_log (action, id)`,
  // The entries about a user.
  `create index audit_log_subject on audit_log (subject_id, id)`,

  `create type log_row_v1 as (
    room_id bigint, seq bigint, kind text, created_at timestamptz,
    actor_id bigint, actor_username text, subject_id bigint, subject_username text, role text,
    title text, description text,
    message_id bigint, message_seq bigint, author_id bigint, author_username text, text text,
    client_id text, reply_to bigint, sent_at timestamptz, edited_at timestamptz, deleted_at timestamptz,
    reactions text, emoji text, emoji_count bigint, emoji_first_seq bigint, reacted boolean
  )`,

  `create type changed_v1 as (
    status text,
    retry_after_ms bigint,
    sends_left bigint,
    connection_id text,
    event log_row_v1
  )`,

  `create type sent_v2 as (
    n bigint,
    status text,
    retry_after_ms bigint,
    room_id bigint,
    seq bigint,
    message_id bigint,
    user_id bigint,
    username text,
    text text,
    client_id text,
    reply_to bigint,
    created_at timestamptz,
    edited_at timestamptz,
    deleted_at timestamptz,
    reactions text,
    room_title text,
    simple boolean,
    sends_left bigint,
    connection_id text,
    unread bigint,
    notifications text
  )`,
]
