/** The hot path: a send, one or many, with the notifications that it makes, is one call. */
export const functions = [
  /*
   * p_sends is a JSON array of {session_id | connection_id, room_id?, text, client_id?, reply_to?,
   * mentions?}; n in the answer is the place in it, from 1. A row for each send says what came of it, and
   * how many more its user may send, unless the session has ended. The rows after those, with only
   * room_id, connection_id and simple, name the sockets of the rooms that got a message, at most
   * p_recipients for a room; the last, with user_id, connection_id, unread and notifications (a JSON array
   * of {n, id, kind}), those of the users who were notified, at most p_recipients in all.
   *
   * Locks are taken in the order connections, sessions, limits of users, rooms, users, and each kind by its key (a
   * batch takes all before it begins), so that nobody waits in a ring. [W9] Whoever is over a limit is refused before
   * a room is locked for them.
   */
  `create or replace function send_messages_v3(
    p_sends text,
    p_frame_limit bigint, p_frame_seconds bigint,
    p_send_limit bigint, p_send_seconds bigint,
    p_repeat_limit bigint, p_repeat_seconds bigint,
    p_recipients bigint, p_unread_max bigint)
  returns setof sent_v2 language plpgsql volatile as $$
  declare
    v_sends jsonb := cast(p_sends as jsonb);
    v_send record;
    v_kind text;
    v_cost bigint;
    v_refusal text;
    v_has_words boolean := exists (select from held_words);
    v_is_held boolean;
    v_text_max bigint;
    v_send_count bigint;
    v_told jsonb := '[]';
    v_room_id bigint;
    v_locked bigint[];
    v_rooms bigint[] := '{}';
    v sent_v2;
  begin
    if jsonb_array_length(v_sends) > 1 then
      perform 1 from connections c
        where c.id in (select x.connection_id from jsonb_to_recordset(v_sends) as x(connection_id text))
        order by c.id for no key update;
      perform 1 from sessions s
        where s.id in (
          select coalesce(x.session_id, c.session_id)
            from jsonb_to_recordset(v_sends) as x(session_id bigint, connection_id text)
            left join connections c on c.id = x.connection_id)
        order by s.id for share;
      insert into user_limits (user_id)
        select distinct c.user_id
          from jsonb_to_recordset(v_sends) as x(connection_id text)
          join connections c on c.id = x.connection_id
         where not exists (select from user_limits l where l.user_id = c.user_id)
         order by c.user_id
        on conflict do nothing;
      perform 1 from user_limits l
        where l.user_id in (
          select c.user_id from jsonb_to_recordset(v_sends) as x(connection_id text)
            join connections c on c.id = x.connection_id)
        order by l.user_id for no key update;
      select coalesce(array_agg(l.id), '{}') into v_locked from (
        select r.id from rooms r
         where r.id in (
           select m.room_id
             from jsonb_to_recordset(v_sends)
                    as x(session_id bigint, connection_id text, room_id bigint, client_id text, text text)
             left join connections c on c.id = x.connection_id
             join sessions s on s.id = coalesce(x.session_id, c.session_id)
             join memberships m on m.room_id = coalesce(x.room_id, c.room_id) and m.user_id = s.user_id
            where sends_short_for_ms_v1(m.user_id, p_send_limit, p_send_seconds,
                    cost_of_send_v1(m.room_id, m.user_id, x.client_id, send_cost_v1(x.text, p_send_limit),
                      p_repeat_limit, p_repeat_seconds)) is null)
         order by r.id for no key update) l;
      perform 1 from users u
        where u.id in (
          select s.user_id
            from jsonb_to_recordset(v_sends) as x(session_id bigint, connection_id text)
            left join connections c on c.id = x.connection_id
            join sessions s on s.id = coalesce(x.session_id, c.session_id))
        order by u.id for no key update;
    end if;

    for v_send in
      select x.n, coalesce(x.send ->> 'text', '') as text, x.send ->> 'client_id' as client_id,
             x.send ->> 'connection_id' as connection_id,
             cast(x.send ->> 'session_id' as bigint) as session_id,
             cast(x.send ->> 'room_id' as bigint) as room_id,
             cast(x.send ->> 'reply_to' as bigint) as reply_to,
             coalesce(x.send -> 'mentions', '[]') as mentions
        from jsonb_array_elements(v_sends) with ordinality as x(send, n)
    loop
      v := null;
      v.n := v_send.n;
      v.client_id := v_send.client_id;

      if v_send.connection_id is not null then
        select f.status, f.user_id, f.username, f.display_name, f.retry_after_ms, f.simple,
               coalesce(v_send.room_id, f.room_id)
          into v.status, v.user_id, v.username, v.display_name, v.retry_after_ms, v.simple, v.room_id
          from frame_v2(v_send.connection_id, p_frame_limit, p_frame_seconds) f;
      else
        v.room_id := v_send.room_id;
        select s.status, s.user_id, s.username, s.display_name
          into v.status, v.user_id, v.username, v.display_name
          from session_status_v2(v_send.session_id) s;
      end if;
      if v.status in ('ok', 'suspended') then
        select tokens_left_v1(u.sends_full_at, p_send_limit, p_send_seconds) into v.sends_left
          from users u where u.id = v.user_id;
      end if;
      if v.status <> 'ok' then
        return next v;
        continue;
      end if;
      if v.room_id is null then
        v.status := 'no_room';
        return next v;
        continue;
      end if;

      -- Looked at before the lock, so that an outsider cannot make a room wait, nor who is over the limit; and again
      -- under it. In a batch whoever has joined since it began is still an outsider: it locks no room any more.
      v_kind := null;
      v_cost := null;
      select cost_of_send_v1(m.room_id, m.user_id, v_send.client_id, send_cost_v1(v_send.text, p_send_limit),
               p_repeat_limit, p_repeat_seconds), r.text_max, r.send_count
        into v_cost, v_text_max, v_send_count
        from memberships m join rooms r on r.id = m.room_id
       where m.room_id = v.room_id and m.user_id = v.user_id;
      v.retry_after_ms := sends_short_for_ms_v1(v.user_id, p_send_limit, p_send_seconds, v_cost);
      if v.retry_after_ms is not null then
        v.status := 'limited';
        return next v;
        continue;
      end if;
      -- [S3] The room's own limits, which hold for no repeat. They are asked again under the lock.
      if v_cost > 0 and (v_send_count is not null or char_length(v_send.text) > v_text_max) then
        perform 1 from messages m
          where m.room_id = v.room_id and m.user_id = v.user_id and m.client_id = v_send.client_id;
        if not found then
          select j.status, j.retry_after_ms, j.limit_count, j.limit_seconds
            into v_refusal, v.retry_after_ms, v.limit_count, v.limit_seconds
            from judge_room_limits_v1(v.room_id, v.user_id, v_send.text) j;
          if v_refusal is not null then
            v.status := v_refusal;
            return next v;
            continue;
          end if;
        end if;
      end if;
      v_is_held := v_has_words and coalesce(v_cost > 0, false) and has_held_word_v1(v_send.text);
      if v_cost is not null and (v_locked is null or v.room_id = any (v_locked)) and lock_room_v1(v.room_id) then
        select r.kind, case when r.kind <> 'direct' then r.title end into v_kind, v.room_title
          from rooms r join memberships m on m.room_id = r.id and m.user_id = v.user_id
         where r.id = v.room_id;
      end if;
      if v_kind is null then
        perform 1 from rooms r
          where r.id = v.room_id and r.kind = 'public' and r.deleted_at is null;
        v.status := case when found then 'not_a_member' else 'not_found' end;
        return next v;
        continue;
      end if;
      v_refusal := may_write_v1(v.room_id, v.user_id);
      if v_refusal is not null then
        v.status := v_refusal;
        return next v;
        continue;
      end if;

      -- [M3] A repeat gives the first message, whatever it says itself. It is found here, since what it repeats may
      -- have been stored while it waited.
      select 'duplicate', m.seq, m.id, m.text, m.reply_to, m.created_at, m.edited_at, m.deleted_at,
             reactions_v1(m.id, v.user_id)
        into v.status, v.seq, v.message_id, v.text, v.reply_to, v.created_at, v.edited_at, v.deleted_at,
             v.reactions
        from messages m
       where m.room_id = v.room_id and m.user_id = v.user_id and m.client_id = v_send.client_id;
      if found then
        v_cost := case when charge_repeat_v1(v.user_id, p_repeat_limit, p_repeat_seconds) then 0 else 1 end;
      else
        v_cost := send_cost_v1(v_send.text, p_send_limit);
        if v_send.reply_to is not null then
          perform 1 from messages m where m.room_id = v.room_id and m.seq = v_send.reply_to;
          if not found then
            v.status := 'no_such_reply_to';
            return next v;
            continue;
          end if;
        end if;
        if v_send_count is not null then
          select j.status, j.retry_after_ms, j.limit_count, j.limit_seconds
            into v_refusal, v.retry_after_ms, v.limit_count, v.limit_seconds
            from judge_room_limits_v1(v.room_id, v.user_id, v_send.text) j;
        end if;
        if v_refusal is null and v_is_held
           and has_too_many_held_v1(v.room_id, v.user_id, v_send.client_id, null) then
          v_refusal := 'too_many_held';
        end if;
        if v_refusal is not null then
          v.status := v_refusal;
          return next v;
          continue;
        end if;
      end if;
      if v_cost > 0 then
        select c.sends_left, c.retry_after_ms into v.sends_left, v.retry_after_ms
          from charge_send_v2(v.user_id, p_send_limit, p_send_seconds, v_cost) c;
        if v.retry_after_ms is not null then
          v.status := 'limited';
          return next v;
          continue;
        end if;
      end if;

      if v.status is null and v_send_count is not null then
        perform charge_room_v1(v.room_id, v.user_id);
      end if;
      -- [S2] It costs as much as if it were published now.
      if v.status is null and v_is_held then
        insert into held_messages (room_id, user_id, client_id, text, reply_to, mentions)
          values (v.room_id, v.user_id, v_send.client_id, v_send.text, v_send.reply_to, cast(v_send.mentions as text))
          on conflict do nothing;
        v.status := 'held';
        return next v;
        continue;
      end if;

      if v.status = 'duplicate' then
        v_told := v_told || jsonb_build_object('n', v.n, 'room_id', v.room_id, 'seq', v.seq);
      else
        v.status := 'sent';
        v.text := v_send.text;
        v.reply_to := v_send.reply_to;
        select s.seq, s.at into v.seq, v.created_at from next_seq_v1(v.room_id) s;
        insert into messages (room_id, seq, user_id, text, client_id, reply_to, created_at)
          values (v.room_id, v.seq, v.user_id, v.text, v.client_id, v.reply_to, v.created_at)
          returning id into v.message_id;
        insert into room_events (room_id, seq, kind, created_at, actor_id, message_id)
          values (v.room_id, v.seq, 'message', v.created_at, v.user_id, v.message_id);
        if notify_of_message_v1(v.room_id, v_kind, v.seq, v.created_at, v.user_id, v_send.mentions) > 0 then
          v_told := v_told || jsonb_build_object('n', v.n, 'room_id', v.room_id, 'seq', v.seq);
        end if;
      end if;

      return next v;
      v_rooms := array_append(array_remove(v_rooms, v.room_id), v.room_id);
    end loop;

    -- The locks are held to the end: for all messages of a room the members are the same.
    foreach v_room_id in array v_rooms loop
      v := null;
      v.room_id := v_room_id;
      for v.connection_id, v.simple in
        select r.connection_id, r.simple from recipients_v1(v_room_id, '', true, p_recipients) r
      loop
        return next v;
      end loop;
    end loop;

    if v_told = '[]' then return; end if;
    v := null;
    for v.user_id, v.connection_id, v.unread, v.notifications in
      select h.user_id, h.connection_id, h.unread, h.notifications
        from notified_v1(v_told, '', p_recipients, p_unread_max) h
    loop
      return next v;
    end loop;
  end $$`,
]
