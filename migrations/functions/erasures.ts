/** What an erasure does beyond the deletion of an account: it also deletes the account's messages and reactions. */
export const functions = [
  // Deletes an account in the name of an admin, as its owner would [A5], and begins its erasure. False when there is no
  // such account. It is called under the lock of all admin actions.
  `create or replace function erase_account_v1(p_user_id bigint) returns boolean language plpgsql volatile as $$
  begin
    perform lock_account_v1(p_user_id);
    if not exists (select from users u where u.id = p_user_id and u.deleted_at is null) then
      return false;
    end if;
    perform wipe_account_v1(p_user_id);
    insert into erasures (user_id) values (p_user_id);
    return true;
  end $$`,

  /*
   * Erases the next messages and reactions of a deleted account: up to p_limit, all in one room and under its lock.
   * Each makes an event in the room's log, as if the user had deleted it [M5]. events is the number of these events,
   * which come after before_seq. taken_back is a JSON array of the messages whose notifications were taken back [N1]. A
   * deleted room gets no events, because nobody reads its log. room_id is null when nothing was left to do. is_done
   * says that the erasure as a whole is finished. Two calls for one account take turns. The row in erasures says how
   * far the messages are done. Erased reactions need no mark, because their rows are gone.
   */
  `create or replace function erase_batch_v1(p_user_id bigint, p_limit bigint,
    out is_done boolean, out room_id bigint, out before_seq bigint, out events bigint, out taken_back text)
  language plpgsql volatile as $$
  #variable_conflict use_variable
  declare
    v erasures%rowtype;
    m record;
    v_kind text;
    v_is_live boolean;
    v_seq bigint;
    v_at timestamptz;
    v_messages bigint := 0;
    v_reactions bigint := 0;
    v_taken_back bigint[] := '{}';
  begin
    select * into v from erasures e where e.user_id = p_user_id for update;
    is_done := coalesce(v.finished_at is not null, true);
    if is_done then return; end if;

    select x.room_id into room_id from (
      select o.room_id from messages o
       where o.user_id = p_user_id and o.client_id is not null
         and (o.room_id, o.client_id) > (v.after_room_id, v.after_client_id)
       order by o.room_id, o.client_id limit 1) x;
    if room_id is not null then
      v_is_live := lock_room_v1(room_id);
      select r.kind, r.last_seq into v_kind, before_seq from rooms r where r.id = room_id;
      for m in
        select o.id, o.seq, o.client_id, o.deleted_at from messages o
         where o.user_id = p_user_id and o.room_id = room_id and o.client_id is not null
           and (o.room_id, o.client_id) > (v.after_room_id, v.after_client_id)
         order by o.room_id, o.client_id limit p_limit
      loop
        v.after_client_id := m.client_id;
        continue when m.deleted_at is not null;
        if v_is_live then
          select e.at into v_at
            from append_message_event_v1(room_id, 'message.deleted', p_user_id, m.id, null) e;
        end if;
        update messages o set text = null, deleted_at = coalesce(v_at, now()) where o.id = m.id;
        delete from reactions a where a.message_id = m.id;
        delete from held_messages h where h.room_id = room_id and h.message_seq = m.seq;
        if take_back_notifications_v1(room_id, v_kind, m.seq, null) then
          v_taken_back := v_taken_back || m.seq;
        end if;
        v_messages := v_messages + 1;
      end loop;
      v.after_room_id := room_id;
    else
      select o.room_id into room_id
        from (select a.message_id from reactions a
               where a.user_id = p_user_id order by a.message_id, a.emoji limit 1) first
        join messages o on o.id = first.message_id;
      if room_id is not null then
        v_is_live := lock_room_v1(room_id);
        select r.last_seq into before_seq from rooms r where r.id = room_id;
        for m in
          select a.message_id, a.emoji
            from (select b.message_id, b.emoji from reactions b
                   where b.user_id = p_user_id order by b.message_id, b.emoji limit p_limit) a
            join messages o on o.id = a.message_id
           where o.room_id = room_id
           order by a.message_id, a.emoji
        loop
          delete from reactions a
            where a.message_id = m.message_id and a.emoji = m.emoji and a.user_id = p_user_id;
          continue when not found;
          if v_is_live then
            perform append_message_event_v1(room_id, 'reaction', p_user_id, m.message_id, m.emoji);
          end if;
          v_reactions := v_reactions + 1;
        end loop;
      end if;
    end if;

    is_done := room_id is null;
    update erasures e
       set after_room_id = v.after_room_id, after_client_id = v.after_client_id, continued_at = now(),
           messages = e.messages + v_messages, reactions = e.reactions + v_reactions,
           finished_at = case when is_done then now() end
     where e.user_id = p_user_id;
    if v_is_live then
      select r.last_seq - before_seq into events from rooms r where r.id = room_id;
    end if;
    events := coalesce(events, 0);
    taken_back := cast(array_to_json(v_taken_back) as text);
  end $$`,
]
