/** Words that hold a message until an admin has reviewed it, and limits of single rooms. */
export const statements = [
  `create table held_words (
    word text primary key,
    compared text not null
  )`,
  `comment on column held_words.compared is
    'the word as texts are compared with it: see compared_words_v1'`,

  `create table held_messages (
    id bigint generated always as identity primary key,
    room_id bigint not null references rooms on delete cascade,
    user_id bigint not null references users on delete cascade,
    message_seq bigint,
    client_id text,
    text text not null,
    reply_to bigint,
    mentions text not null,
    created_at timestamptz(3) not null default now(),
    check ((message_seq is null) <> (client_id is null))
  )`,
  `comment on table held_messages is
    'texts that no log has: new messages, and with message_seq other texts for messages that are there'`,
  // A send that is repeated, and the only held edit that a message may have.
  `create unique index held_messages_client_id on held_messages (room_id, user_id, client_id)
    where client_id is not null`,
  `create unique index held_messages_edit on held_messages (room_id, message_seq)
    where message_seq is not null`,
  // The count of a user's held messages, and the messages that are removed with the account.
  `create index held_messages_user on held_messages (user_id)`,

  `alter table rooms
    add column text_max bigint check (text_max between 1 and 4000),
    add column send_count bigint check (send_count > 0),
    add column send_seconds bigint check (send_seconds > 0),
    add constraint rooms_send_check check ((send_count is null) = (send_seconds is null))`,
  `comment on column rooms.text_max is
    'how many characters a text may have here; null: as many as anywhere'`,
  `comment on column rooms.send_count is
    'how many messages and edits a member may send here in send_seconds; null: as many as anywhere'`,
  `alter table memberships add column sends_full_at timestamptz not null default '-infinity'`,
  `comment on column memberships.sends_full_at is
    'when the bucket of sends of the member in a room with a limit of its own is full again: see spend_v1'`,

  // The room's own limit, for a user whose text it refuses.
  `alter type sent_v2
    add attribute limit_count bigint,
    add attribute limit_seconds bigint`,
  `alter type changed_v1
    add attribute limit_count bigint,
    add attribute limit_seconds bigint`,
]
