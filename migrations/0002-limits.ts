/** Limits of a user that were limits of a socket before, or are new: frames, new sockets, and repeats of messages. */
export const statements = [
  // These rows are locked before rooms, and users are locked after rooms. So they cannot be columns of users.
  `create table user_limits (
    user_id bigint primary key references users on delete cascade,
    frames_full_at timestamptz not null default '-infinity',
    connects_full_at timestamptz not null default '-infinity'
  ) with (fillfactor = 50)`,
  `comment on table user_limits is
    'when the buckets of what a user does by sockets are full again: see spend_v1'`,
  // A connect makes the row, so that the frames of a socket find it.
  `insert into user_limits (user_id) select distinct user_id from connections`,
  `alter table connections drop column frames_full_at`,

  `alter table users add column repeats_full_at timestamptz not null default '-infinity'`,
  `comment on column users.repeats_full_at is
    'when the bucket of repeats that are free is full again [M3]: see spend_v1'`,
]
