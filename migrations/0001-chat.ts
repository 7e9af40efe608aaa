/** Accounts, rooms and their logs. Times are kept to the millisecond that the wire shows. */
export const statements = [
  `create table users (
    id bigint generated always as identity primary key,
    username text not null check (username ~ '^[A-Za-z0-9_]{1,32}$'),
    email text,
    email_verified_at timestamptz(3),
    password_hash text not null,
    is_admin boolean not null default false,
    created_at timestamptz(3) not null default now(),
    suspended_at timestamptz(3),
    deleted_at timestamptz(3),
    sends_full_at timestamptz not null default '-infinity'
  ) with (fillfactor = 80)`,
  `comment on column users.sends_full_at is
    'when the bucket of sends is full again: see spend_v1'`,
  // Login, registering, and members by name.
  `create unique index users_username on users (lower(username))`,
  // An address belongs to whoever proved it first.
  `create unique index users_verified_email on users (lower(email)) where email_verified_at is not null`,

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
  // A refresh token's session.
  `create unique index sessions_refresh_family on sessions (refresh_family)`,
  // A user's sessions.
  `create index sessions_user on sessions (user_id)`,
  // The purge of expired ones.
  `create index sessions_expires on sessions (expires_at)`,

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
  // The one direct chat of two users.
  `create unique index rooms_direct on rooms (direct_key) where deleted_at is null`,
  // The list of public rooms.
  `create index rooms_public on rooms (id) where kind = 'public' and deleted_at is null`,

  `create table memberships (
    room_id bigint not null references rooms on delete cascade,
    user_id bigint not null references users on delete cascade,
    role text not null check (role in ('owner', 'moderator', 'member')),
    joined_at timestamptz(3) not null default now(),
    last_read_seq bigint not null default 0,
    notify text not null default 'all' check (notify in ('all', 'mentions', 'none')),
    primary key (room_id, user_id)
  )`,
  // The rooms of a user.
  `create index memberships_user on memberships (user_id, room_id)`,

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
    deleted_at timestamptz(3)
  )`,
  // Pages of a room's history, and what is unread in it.
  `create unique index messages_room_seq on messages (room_id, seq)`,
  // [M3] A send repeated with its client_id.
  `create unique index messages_client_id on messages (room_id, user_id, client_id)
    where client_id is not null`,

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
    primary key (room_id, seq)
  )`,
  `comment on table room_events is
    'the log [M2]: it refers to what it tells of, and is rendered when read [M6]'`,
]
