/**
 * People have names to show, beside the username that is theirs alone. And upper and lower case mean the same whatever
 * the locale of the database is: each index names its collation (src/core/names/fold-case.ts has the same expressions).
 */
export const statements = [
  `alter table users
    add column display_name text,
    -- What a deleted account was called is not kept.
    add constraint users_display_name_check check (deleted_at is null or display_name is null)`,
  `comment on column users.display_name is
    'what a person calls themselves, in any script and not unique; null: nothing but the username'`,

  // Login, registering, members by name; and the search for users: a range of names, in the order of its pages.
  `drop index users_username, users_by_name`,
  `create unique index users_username on users (lower(username collate "C")) where deleted_at is null`,
  // The search for the beginning of a display name.
  `create index users_by_display_name on users (
    lower(upper(normalize(
      regexp_replace(normalize(display_name, nfkd), '[\\u0300-\\u036f]+', '', 'g'), nfkc) collate pg_c_utf8)), id)
    where deleted_at is null and display_name is not null`,
  // An address belongs to whoever proved it first.
  `drop index users_verified_email, users_by_email`,
  `create unique index users_verified_email on users (lower(email collate pg_c_utf8))
    where email_verified_at is not null`,
  // The admin's search for the beginning of an email address.
  `create index users_by_email on users (lower(email collate pg_c_utf8)) where deleted_at is null`,
  // A room by the word in the socket's path. A deleted room's name is free again.
  `drop index rooms_name`,
  `create unique index rooms_name on rooms (lower(name collate "C")) where deleted_at is null`,

  `alter type log_row_v1
    add attribute actor_display_name text,
    add attribute subject_display_name text,
    add attribute author_display_name text`,
  `alter type sent_v2 add attribute display_name text`,

  `drop function if exists session_status_v1(bigint)`,
  `drop function if exists charge_caller_v1(bigint, text, bigint, bigint)`,
  `drop function if exists enter_room_v1(bigint, bigint)`,
  `drop function if exists remove_member_v2(bigint, bigint, bigint)`,
  `drop function if exists frame_v1(text, bigint, bigint)`,
  `drop function if exists charge_send_v1`,
  `drop function if exists enter_message_v1`,
  `drop function if exists send_messages_v2`,
  `drop function if exists disconnect_v1(text, bigint, bigint)`,
  `drop function if exists heads_v1(text, bigint, bigint, bigint)`,
  `drop function if exists typing_v2(text, bigint, bigint, bigint, bigint)`,
]
