/** Links that set a password, erasures of users, and indexes for the export of a user's data. */
export const statements = [
  `create table password_links (
    user_id bigint primary key references users on delete cascade,
    token_hash text not null,
    expires_at timestamptz(3) not null
  )`,
  `comment on table password_links is
    'the one link of a user that sets a new password, until it is used; by the SHA-256 of its token'`,
  // The link of a token.
  `create unique index password_links_token on password_links (token_hash)`,

  `create table erasures (
    user_id bigint primary key references users on delete cascade,
    created_at timestamptz(3) not null default now(),
    continued_at timestamptz(3) not null default now(),
    after_room_id bigint not null default 0,
    after_client_id text not null default '',
    messages bigint not null default 0,
    reactions bigint not null default 0,
    finished_at timestamptz(3)
  )`,
  `comment on table erasures is
    'deleted accounts whose messages and reactions are erased, too, and how far that is: see erase_batch_v1'`,
  // Erasures that have to be continued.
  `create index erasures_unfinished on erasures (continued_at) where finished_at is null`,

  // Messages that were sent without a client_id get one, so that the next index finds all messages of a user.
  `update messages set client_id = 'message-' || id where client_id is null and user_id is not null`,
  `drop index messages_client_id`,
  // [M3] A send that is repeated with its client_id. Also all messages of a user, room by room.
  `create unique index messages_client_id on messages (user_id, room_id, client_id)
    where client_id is not null`,
  `drop index reactions_user`,
  // The reactions of a user, in the order of their export.
  `create index reactions_user on reactions (user_id, message_id, emoji)`,
]
