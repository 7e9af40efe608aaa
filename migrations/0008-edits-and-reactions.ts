/**
 * [M5, M6] What becomes of a message after it was sent, and the log as it is read. A change is one
 * call: its room is locked for no longer than that takes.
 */
export const statements = [
  `create table reactions (
    message_id bigint not null references messages on delete cascade,
    emoji text not null check (octet_length(emoji) between 1 and 64),
    user_id bigint not null references users on delete cascade,
    first_seq bigint not null,
    primary key (message_id, emoji, user_id)
  )`,
  `comment on column reactions.first_seq is
    'the event with which the emoji came to the message, whoever brought it: emojis stand in this order'`,
  // The reactions that go with a user.
  `create index reactions_user on reactions (user_id)`,

  // [M2] The reactions of a message as a user sees them, as the JSON text of a list.
  `create function reactions_v1(p_message_id bigint, p_user_id bigint)
  returns text language sql stable as $$
    select coalesce(json_agg(json_build_object(
             'emoji', e.emoji, 'count', e.count, 'mine', e.mine, 'first_seq', e.first_seq)
             order by e.first_seq)::text, '[]')
      from (select r.emoji, count(*) as count, min(r.first_seq) as first_seq,
                   coalesce(bool_or(r.user_id = p_user_id), false) as mine
              from reactions r
             where r.message_id = p_message_id
             group by r.emoji) e
  $$`,
]
