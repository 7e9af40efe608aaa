/** Bans [R7], the number of rooms that a user is in [R8], and notifications that were taken back [N1]. */
export const statements = [
  `create table bans (
    room_id bigint not null references rooms on delete cascade,
    user_id bigint not null references users on delete cascade,
    banned_by bigint references users on delete set null,
    reason text not null default '',
    created_at timestamptz(3) not null default now(),
    expires_at timestamptz(3),
    -- Whether a user is banned from a room, and the bans of a room, in the order of their pages.
    primary key (room_id, user_id)
  )`,
  `comment on column bans.expires_at is
    'null for a ban; who was removed from a public room is kept out of it until then'`,
  // The bans that end with a deleted account.
  `create index bans_user on bans (user_id)`,
  // The purge of expired rows.
  `create index bans_expires on bans (expires_at) where expires_at is not null`,

  `create table membership_counts (
    user_id bigint primary key references users on delete cascade,
    rooms bigint not null,
    directs bigint not null
  ) with (fillfactor = 70)`,
  `comment on table membership_counts is
    'how many memberships a user has; one of a deleted room counts until it is forgotten: see count_membership_v1'`,
  `insert into membership_counts (user_id, rooms, directs)
    select m.user_id, count(*) filter (where r.kind <> 'direct'), count(*) filter (where r.kind = 'direct')
      from memberships m join rooms r on r.id = m.room_id
     group by m.user_id`,
  // The count of rooms that a user has made.
  `create index rooms_created_by on rooms (created_by) where deleted_at is null and kind <> 'direct'`,

  `alter table notifications add column removed_at timestamptz(3)`,
  `comment on column notifications.removed_at is
    'when its message was deleted, or did not mention the user any more: it is shown nowhere'`,
  `drop index notifications_message`,
  // The notifications of a message: to send them, and to take them back.
  `create index notifications_message on notifications (room_id, message_seq)
    where message_seq is not null`,

  `drop index blocks_blocked`,
  // The blocks that end with the account of the blocked user. Also the check whether one of several users has blocked a
  // user, whom many may have blocked.
  `create index blocks_blocked on blocks (blocked_id, user_id)`,

  // The parameters and rows of these functions have changed.
  `drop function if exists add_member_v1(bigint, bigint, text, bigint)`,
  `drop function if exists connect_v2(text, bigint, text, boolean, bigint, bigint, bigint, bigint)`,
  `drop function if exists change_message_v1(
    bigint, bigint, bigint, text, text, text, boolean, bigint, bigint, bigint, bigint)`,
]
