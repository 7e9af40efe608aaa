/** Functions that only the release before calls. A migration drops them after the next release. */
export const functions = [
  // A search of the release before ranks messages by the column `search` of messages. PostgreSQL reads `m.search` as
  // this function, since there is no such column any more.
  `create or replace function search(p_message messages)
  returns tsvector language plpgsql volatile as $$
  begin
    return (select w.words from message_words w where w.message_id = p_message.id);
  end $$`,

  `create or replace function find_messages_v1(p_user_id bigint, p_query text, p_room_id bigint, p_window bigint)
  returns table (message_id bigint, scope text) language plpgsql volatile as $$
  begin
    while not index_words_v2(p_user_id, p_room_id, 250, 2000) loop end loop;
    return query select f.message_id, f.scope from find_messages_v2(p_user_id, p_query, p_room_id, p_window) f;
  end $$`,
]
