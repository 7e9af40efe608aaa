/** Words that hold a message until an admin has looked at it [S2]. A held message is in no log, and has no number. */
/** So many of one user's wait at once: as heldMessagesMax in src/protocol/limits.ts. */
const heldMax = 20

export const functions = [
  // Whether a text has one of the words. Without words it reads an empty table.
  `create or replace function has_held_word_v1(p_text text)
  returns boolean language plpgsql stable as $$
  declare
    v_words text;
  begin
    perform 1 from held_words limit 1;
    if not found then return false; end if;
    v_words := compared_words_v1(p_text);
    return exists (select from held_words w where position(w.compared in v_words) > 0);
  end $$`,

  // Whether so many messages of a user wait that no other can: a repeat, and another text for the same message, can.
  `create or replace function has_too_many_held_v1(p_room_id bigint, p_user_id bigint, p_client_id text, p_seq bigint)
  returns boolean language sql stable as $$
    select (select count(*) from held_messages h where h.user_id = p_user_id) >= ${heldMax}
       and not exists (
         select from held_messages h
          where h.room_id = p_room_id and h.user_id = p_user_id
            and (h.client_id = p_client_id or h.message_seq = p_seq))
  $$`,

  /*
   * Publishes a held message that is new: stores it as the next of its room's log. The first row says what came of it,
   * as that of send_messages_v4: sent; duplicate, when its sender has sent it again since, and it was not held then;
   * gone, when it is held no longer; or why it cannot be published. After it come the sockets, as there.
   */
  `create or replace function publish_held_v1(p_held_id bigint, p_recipients bigint, p_unread_max bigint)
  returns setof sent_v2 language plpgsql volatile as $$
  declare
    h held_messages%rowtype;
    v_kind text;
    v_told jsonb := '[]';
    v sent_v2;
  begin
    select * into h from held_messages o where o.id = p_held_id and o.message_seq is null;
    v.status := 'gone';
    if found and lock_room_v1(h.room_id) then
      select * into h from held_messages o where o.id = p_held_id for update;
      if found then
        select r.kind, case when r.kind <> 'direct' then r.title end, u.username, u.display_name
          into v_kind, v.room_title, v.username, v.display_name
          from rooms r
          join memberships m on m.room_id = r.id and m.user_id = h.user_id
          join users u on u.id = h.user_id and u.deleted_at is null
                      and suspended_since_v1(u.suspended_at, u.suspended_until) is null
         where r.id = h.room_id;
        v.status := case when found then coalesce(may_write_v1(h.room_id, h.user_id), 'sent') else 'not_a_member' end;
      end if;
    elsif found then
      v.status := 'not_found';
    end if;
    if v.status = 'sent' then
      perform 1 from messages m
        where m.room_id = h.room_id and m.user_id = h.user_id and m.client_id = h.client_id;
      if found then
        delete from held_messages o where o.id = h.id;
        v.status := 'duplicate';
      end if;
    end if;
    if v.status <> 'sent' then
      return next v;
      return;
    end if;

    v.n := 1;
    v.room_id := h.room_id;
    v.user_id := h.user_id;
    v.text := h.text;
    v.client_id := h.client_id;
    v.reply_to := h.reply_to;
    select s.seq, s.at into v.seq, v.created_at from next_seq_v1(h.room_id) s;
    insert into messages (room_id, seq, user_id, text, client_id, reply_to, created_at)
      values (v.room_id, v.seq, v.user_id, v.text, v.client_id, v.reply_to, v.created_at)
      returning id into v.message_id;
    insert into room_events (room_id, seq, kind, created_at, actor_id, message_id)
      values (v.room_id, v.seq, 'message', v.created_at, v.user_id, v.message_id);
    delete from held_messages o where o.id = h.id;
    if notify_of_message_v1(v.room_id, v_kind, v.seq, v.created_at, v.user_id, cast(h.mentions as jsonb)) > 0 then
      v_told := jsonb_build_array(jsonb_build_object('n', 1, 'room_id', v.room_id, 'seq', v.seq));
    end if;
    return next v;

    v := null;
    v.room_id := h.room_id;
    v.audience := audience_page_v1(h.room_id, 1, 0, '', p_recipients, null);
    return next v;
    if v_told = '[]' then return; end if;
    v := null;
    for v.user_id, v.connection_id, v.unread, v.notifications in
      select t.user_id, t.connection_id, t.unread, t.notifications
        from notified_v1(v_told, '', p_recipients, p_unread_max) t
    loop
      return next v;
    end loop;
  end $$`,

  /*
   * Gives a message the other text that was held. The first row says what came of it: changed, gone, or why it cannot
   * be done. When it was changed the next row has the event, with the status taken_back when notifications were
   * taken back; the rows after it, with only connection_id, are the room's audience.
   */
  `create or replace function publish_held_edit_v1(p_held_id bigint, p_recipients bigint)
  returns setof changed_v1 language plpgsql volatile as $$
  declare
    h held_messages%rowtype;
    v_kind text;
    v_message_id bigint;
    v_seq bigint;
    v_at timestamptz;
    v_row changed_v1;
  begin
    select * into h from held_messages o where o.id = p_held_id and o.message_seq is not null;
    v_row.status := 'gone';
    if found and lock_room_v1(h.room_id) then
      select * into h from held_messages o where o.id = p_held_id for update;
      if found then
        select r.kind, x.id into v_kind, v_message_id
          from rooms r
          join memberships m on m.room_id = r.id and m.user_id = h.user_id
          join users u on u.id = h.user_id and u.deleted_at is null
                      and suspended_since_v1(u.suspended_at, u.suspended_until) is null
          join messages x on x.room_id = r.id and x.seq = h.message_seq and x.user_id = h.user_id
                         and x.deleted_at is null
         where r.id = h.room_id;
        v_row.status := case when found then coalesce(may_write_v1(h.room_id, h.user_id), 'changed')
                             else 'not_a_member' end;
      end if;
    elsif found then
      v_row.status := 'not_found';
    end if;
    if v_row.status <> 'changed' then
      return next v_row;
      return;
    end if;

    select e.seq, e.at into v_seq, v_at
      from append_message_event_v1(h.room_id, 'message.edited', h.user_id, v_message_id, null) e;
    update messages m set text = h.text, edited_at = v_at where m.id = v_message_id;
    delete from held_messages o where o.id = h.id;
    return next v_row;
    v_row.status := null;
    if take_back_notifications_v1(h.room_id, v_kind, h.message_seq, cast(h.mentions as jsonb)) then
      v_row.status := 'taken_back';
    end if;
    select l into v_row.event from log_v1(h.room_id, h.user_id, v_seq - 1, 1) l;
    return next v_row;
    v_row := null;
    for v_row.connection_id in
      select r.connection_id from audience_v1(h.room_id, '', p_recipients) r
    loop
      return next v_row;
    end loop;
  end $$`,
]
