/** The hot path: one call stores one send or many, and makes their notifications. */
export const functions = [
  /*
   * p_sends is a JSON array of {session_id | connection_id, room_id?, text, client_id?, reply_to?, mentions?}. n in the
   * answer is the place in that array, from 1. The answer has three kinds of rows, in this order:
   * - One row for each send, with its outcome, and how many more its user may send, unless the session has ended.
   * - Rows with only room_id and audience: the sockets of rooms that got a message, at most p_recipients for each room,
   *   as audience_page_v1 returns them. p_known has the states that the caller knows, as a JSON object by room id.
   * - Rows with user_id, connection_id, unread and notifications (a JSON array of {n, id, kind}): the sockets of users
   *   who were notified, at most p_recipients in all.
   *
   * Locks are taken in the order connections, sessions, limits of users, rooms, users, and each kind in the order of
   * its keys. So no deadlock is possible. [W9] A user over a limit is refused before a room is locked for them.
   *
   * Each table is read and written once for all sends. In between, two loops decide about one send after the other, and
   * keep what is left of the limits in variables. So each send sees what the sends before it have used. The first loop
   * decides before the rooms are locked, and the second one under the locks, where the answer is final. Rows are looked
   * up by their keys, whatever the statistics say ("offset 0"). The plans are kept, because planning takes longer than
   * running. held_words has no index for its query, so its cost looks so high that PostgreSQL would compile the plan at
   * each call. So jit is off.
   */
  `create or replace function send_messages_v4(
    p_sends text,
    p_frame_limit bigint, p_frame_seconds bigint,
    p_send_limit bigint, p_send_seconds bigint,
    p_repeat_limit bigint, p_repeat_seconds bigint,
    p_recipients bigint, p_unread_max bigint, p_known text)
  returns setof sent_v2 language plpgsql volatile
  set plan_cache_mode = force_generic_plan set enable_seqscan = off set jit = off as $$
  declare
    v_sends jsonb := cast(p_sends as jsonb);
    v_known jsonb := cast(p_known as jsonb);
    v_send record;
    -- The row of the first decision about the last send that locks its room, and whether it still holds under the lock.
    v_before record;
    v_is_current boolean := false;
    v_is_followed boolean;
    v_has_words boolean := exists (select from held_words);
    -- The connections that are still open, those of them that were last seen some time ago, and the sessions that are
    -- locked.
    v_open_ids text[];
    v_unseen_ids text[];
    v_session_ids bigint[];
    -- The users of connections, and when their buckets of frames are full.
    v_speaker_ids bigint[];
    v_frames timestamptz[];
    v_have_limits boolean;
    v_has_left boolean;
    v_frame_spent boolean := false;
    v_place bigint;
    v_full_at timestamptz;
    v_cost bigint;
    v_refusal text;
    v_out sent_v2[];
    -- How many sends lock their room, and by the places of these, what is not in v_out.
    v_count bigint := 0;
    v_mentions text[];
    v_are_held boolean[];
    v_room_ids bigint[];
    v_user_ids bigint[];
    v_index bigint;
    -- The users whose sends are charged, and when their buckets are full.
    v_payer_ids bigint[];
    v_payer_full timestamptz[];
    -- The rooms whose sockets are returned.
    v_told_ids bigint[];
    -- The rooms that get a message: their last number before this call, their last number after it, and the time of the
    -- new messages.
    v_written_ids bigint[];
    v_old_seqs bigint[];
    v_new_seqs bigint[];
    v_times timestamptz[];
    -- The messages that are stored: their places, and the keys that identify a repeat.
    v_stored_ns bigint[];
    v_stored_keys text[];
    -- The places of the messages that may notify somebody.
    v_notifying bigint[];
    v_first sent_v2;
    v_key text;
    v_told jsonb := '[]';
    v sent_v2;
    -- What the second decision reads.
    v_final cursor for
      select g.n, p.sends_full_at, r.is_there, r.kind, r.title, r.archived_at, r.text_max, r.send_count,
             r.last_seq, r.last_event_at, r.is_public, m.is_member,
             d.id as message_id, d.seq, d.text, d.reply_to, d.created_at, d.edited_at, d.deleted_at,
             g.reply_to is null or a.is_there as has_reply_to,
             exists (select from memberships k where k.room_id = g.room_id and k.notify = 'all' offset 0) as is_followed
        from unnest(v_out) g
        join lateral (select u.sends_full_at from users u where u.id = g.user_id offset 0) p on true
        left join lateral (
          select true as is_there, o.kind, o.title, o.archived_at, o.text_max, o.send_count, o.last_seq,
                 o.last_event_at, o.kind = 'public' as is_public
            from rooms o where o.id = g.room_id and o.deleted_at is null offset 0) r on true
        left join lateral (
          select true as is_member from memberships o
           where o.room_id = g.room_id and o.user_id = g.user_id offset 0) m on true
        left join lateral (
          select * from messages o
           where o.room_id = g.room_id and o.user_id = g.user_id and o.client_id = g.client_id
          offset 0) d on true
        left join lateral (
          select true as is_there from messages o
           where o.room_id = g.room_id and o.seq = g.reply_to offset 0) a on true
       where g.status = 'ok'
       order by g.n;
  begin
    select array_agg(case when x.connection_id is null then x.session_id else c.session_id end), array_agg(c.id),
           array_agg(c.id) filter (where c.seen_at < now() - interval '10 seconds'),
           array_agg(distinct c.user_id) filter (where c.user_id is not null), bool_and(c.has_limits)
      into v_session_ids, v_open_ids, v_unseen_ids, v_speaker_ids, v_have_limits
      from jsonb_to_recordset(v_sends) as x(session_id bigint, connection_id text)
      left join lateral (
        select k.id, k.session_id, k.user_id, k.seen_at,
               exists (select from user_limits l where l.user_id = k.user_id offset 0) as has_limits
          from (select * from connections o where o.id = x.connection_id offset 0) k
         where k.expires_at > now()
        offset 0) c on true;
    -- [W11] Being online is a matter of minutes. So a connection that sends often is not written each time: a write costs
    -- more than a read.
    if v_unseen_ids is not null then
      perform 1 from connections c where c.id = any (v_unseen_ids) order by c.id for no key update;
      update connections c set seen_at = now() where c.id = any (v_unseen_ids);
    end if;
    perform 1 from sessions s where s.id = any (v_session_ids) order by s.id for share;
    if v_speaker_ids is not null then
      if not v_have_limits then
        insert into user_limits (user_id) select x.id from unnest(v_speaker_ids) as x(id) order by x.id
          on conflict do nothing;
      end if;
      select array_agg(l.user_id), array_agg(l.frames_full_at) into v_speaker_ids, v_frames
        from (select o.user_id, o.frames_full_at from user_limits o
               where o.user_id = any (v_speaker_ids)
               order by o.user_id for no key update) l;
    end if;

    -- Decides what can be decided before a room is locked. So neither an outsider nor a user over a limit makes a room
    -- wait.
    for v_send in
      select x.n, coalesce(x.text, '') as text, x.client_id, x.connection_id, c.simple, x.reply_to,
             coalesce(x.mentions, '[]') as mentions,
             s.status, s.user_id, s.username, s.display_name, s.sends_full_at, s.repeats_full_at, s.user_version,
             w.room_id, r.id is not null as is_there, r.kind, r.title, r.deleted_at, r.archived_at, r.text_max,
             r.send_count, r.last_seq, r.last_event_at, r.kind = 'public' as is_public, r.version as room_version,
             m.is_member, d.message_id, d.message_id is not null as is_repeat,
             x.reply_to is null or a.is_there as has_reply_to
        from rows from (
          jsonb_to_recordset(v_sends) as (
            session_id bigint, connection_id text, room_id bigint, text text, client_id text, reply_to bigint,
            mentions text)
        ) with ordinality as x(session_id, connection_id, room_id, text, client_id, reply_to, mentions, n)
        left join lateral (
          select k.session_id, k.room_id, k.simple from connections k
           where k.id = x.connection_id and k.id = any (v_open_ids)
          offset 0) c on true
        left join lateral (
          select case when o.revoked_at is not null or o.expires_at <= now() or u.deleted_at is not null
                      then 'revoked'
                      when suspended_since_v1(u.suspended_at, u.suspended_until) is not null then 'suspended'
                      else 'ok' end as status,
                 u.id as user_id, u.username, u.display_name, u.sends_full_at, u.repeats_full_at,
                 u.version as user_version
            from (select * from sessions a
                   where a.id = case when x.connection_id is null then x.session_id else c.session_id end
                  offset 0) o
            join lateral (select *, b.xmin as version from users b where b.id = o.user_id offset 0) u on true
          offset 0) s on true
        cross join lateral (select coalesce(x.room_id, c.room_id) as room_id) w
        left join lateral (select *, o.xmin as version from rooms o where o.id = w.room_id offset 0) r on true
        left join lateral (
          select true as is_member from memberships o
           where o.room_id = w.room_id and o.user_id = s.user_id offset 0) m on true
        left join lateral (
          select o.id as message_id from messages o
           where o.room_id = w.room_id and o.user_id = s.user_id and o.client_id = x.client_id
          offset 0) d on true
        -- [C7] For an outsider nothing is looked up in the room.
        left join lateral (
          select true as is_there from messages o
           where m.is_member and o.room_id = w.room_id and o.seq = x.reply_to offset 0) a on true
       order by x.n
    loop
      v := null;
      v.n := v_send.n;
      v.client_id := v_send.client_id;
      v.room_id := v_send.room_id;
      v.simple := v_send.simple;
      v.user_id := v_send.user_id;
      v.username := v_send.username;
      v.display_name := v_send.display_name;
      v.status := coalesce(
        v_send.status, case when v_send.connection_id is not null and v_send.simple is null then 'unknown' else 'revoked' end);
      if v.status = 'ok' and v_send.connection_id is not null then
        v_place := array_position(v_speaker_ids, v.user_id);
        v_full_at := spend_v1(v_frames[v_place], p_frame_limit, p_frame_seconds);
        if v_full_at is null then
          v.status := 'limited';
          v.retry_after_ms := spend_again_in_ms_v1(v_frames[v_place], p_frame_limit, p_frame_seconds);
        else
          v_frames[v_place] := v_full_at;
          v_frame_spent := true;
        end if;
      end if;
      v_has_left := v.status in ('ok', 'suspended');

      if v.status = 'ok' then
        if v.room_id is null then
          v.status := 'no_room';
        elsif v_send.is_member is null then
          v.status := case when v_send.kind = 'public' and v_send.deleted_at is null then 'not_a_member'
                           else 'not_found' end;
        else
          -- [M3] The first few repeats are free. Each further one costs as much as the shortest message.
          v_cost := case
            when not v_send.is_repeat then send_cost_v1(v_send.text, p_send_limit)
            when spend_v1(v_send.repeats_full_at, p_repeat_limit, p_repeat_seconds) is null then 1
            else 0 end;
          if v_cost > 0 and spend_v2(v_send.sends_full_at, p_send_limit, p_send_seconds, v_cost) is null then
            v.status := 'limited';
            v.retry_after_ms := spend_again_in_ms_v2(v_send.sends_full_at, p_send_limit, p_send_seconds, v_cost);
          elsif not v_send.is_repeat
                and (v_send.send_count is not null or char_length(v_send.text) > v_send.text_max) then
            -- [S3] The room's own limits, which do not apply to repeats. They are checked again under the lock.
            select j.status, j.retry_after_ms, j.limit_count, j.limit_seconds
              into v_refusal, v.retry_after_ms, v.limit_count, v.limit_seconds
              from judge_room_limits_v1(v.room_id, v.user_id, v_send.text) j;
            v.status := coalesce(v_refusal, v.status);
          end if;
        end if;
      end if;

      if v.status = 'ok' then
        v_count := v_count + 1;
        v.text := v_send.text;
        v.reply_to := v_send.reply_to;
        v_mentions[v.n] := v_send.mentions;
        v_are_held[v.n] := v_has_words and not v_send.is_repeat and has_held_word_v1(v_send.text);
        v_before := v_send;
      elsif v_has_left then
        v.sends_left := tokens_left_v1(v_send.sends_full_at, p_send_limit, p_send_seconds);
      end if;
      v_out[v.n] := v;
    end loop;

    if v_frame_spent then
      update user_limits l set frames_full_at = v_frames[array_position(v_speaker_ids, l.user_id)]
       where l.user_id = any (v_speaker_ids);
    end if;
    -- Locks the rooms, and then the users in a statement of its own. So the next statement reads what was committed
    -- during the wait.
    if v_count = 1 then
      -- A single send is not read again when the rows of its room and its user still have the version that the first
      -- decision read. Each change of what it read also writes one of these rows, in the same transaction:
      -- - a new or ended membership writes rooms.members_version,
      -- - a stored message, which a repeat or reply_to may find, writes rooms.last_seq,
      -- - the deletion, the archiving and the limits of the room are columns of the room,
      -- - what the user has spent is a column of the user.
      -- The rest is always read under the locks: who is notified of everything (below), may_write_v1, and what a member
      -- has spent of the room's limit (judge_room_limits_v1). A repeat is always read again: it returns the first
      -- message with its reactions.
      select r.xmin = v_before.room_version and not v_before.is_repeat into v_is_current
        from rooms r where r.id = v_before.room_id and r.deleted_at is null for no key update;
      select v_is_current is true and u.xmin = v_before.user_version,
             exists (select from memberships k where k.room_id = v_before.room_id and k.notify = 'all' offset 0)
        into v_is_current, v_is_followed
        from users u where u.id = v_before.user_id for no key update;
    elsif v_count > 1 then
      select array_agg(o.room_id), array_agg(o.user_id) into v_room_ids, v_user_ids
        from unnest(v_out) o where o.status = 'ok';
      perform 1 from rooms r
        where r.id = any (v_room_ids) and r.deleted_at is null order by r.id for no key update;
      perform 1 from users u where u.id = any (v_user_ids) order by u.id for no key update;
    end if;

    -- Decides again under the locks.
    if v_is_current then
      v_send := v_before;
    elsif v_count > 0 then
      open v_final;
    end if;
    while v_count > 0 loop
      if v_is_current is not true then
        fetch v_final into v_send;
        exit when not found;
        v_is_followed := v_send.is_followed;
      end if;
      v := v_out[v_send.n];
      v_place := array_position(v_payer_ids, v.user_id);
      if v_place is null then
        v_payer_ids := v_payer_ids || v.user_id;
        v_payer_full := v_payer_full || v_send.sends_full_at;
        v_place := cardinality(v_payer_ids);
      end if;
      v_key := case when v_count > 1 then v.room_id || ' ' || v.user_id || ' ' || v.client_id end;
      v_refusal := null;
      if v_send.is_there is not true or v_send.is_member is null then
        v_refusal := case when v_send.is_public then 'not_a_member' else 'not_found' end;
      else
        v.room_title := case when v_send.kind <> 'direct' then v_send.title end;
        if v_send.kind = 'direct' or v_send.archived_at is not null then
          v_refusal := may_write_v1(v.room_id, v.user_id);
        end if;
      end if;

      v_cost := null;
      if v_refusal is not null then
        -- The send is refused. Nothing more is checked.
      elsif v_send.message_id is not null then
        -- [M3] A repeat returns the first message, whatever text the repeat has. It is looked up here, because the
        -- first message may have been stored while the repeat waited.
        v.status := 'duplicate';
        v.seq := v_send.seq;
        v.message_id := v_send.message_id;
        v.text := v_send.text;
        v.reply_to := v_send.reply_to;
        v.created_at := v_send.created_at;
        v.edited_at := v_send.edited_at;
        v.deleted_at := v_send.deleted_at;
        v.reactions := reactions_v1(v.message_id, v.user_id);
      elsif v_key = any (v_stored_keys) then
        -- The first message is in this same call.
        v_first := v_out[v_stored_ns[array_position(v_stored_keys, v_key)]];
        v.status := 'duplicate';
        v.seq := v_first.seq;
        v.message_id := v_first.message_id;
        v.text := v_first.text;
        v.reply_to := v_first.reply_to;
        v.created_at := v_first.created_at;
        v.reactions := '[]';
      else
        v_cost := send_cost_v1(v.text, p_send_limit);
        if v_send.has_reply_to is not true then
          -- The message may be in this same call.
          v_index := array_position(v_written_ids, v.room_id);
          if (v.reply_to > v_old_seqs[v_index] and v.reply_to <= v_new_seqs[v_index]) is not true then
            v_refusal := 'no_such_reply_to';
          end if;
        end if;
        if v_refusal is null and (v_send.send_count is not null or char_length(v.text) > v_send.text_max) then
          select j.status, j.retry_after_ms, j.limit_count, j.limit_seconds
            into v_refusal, v.retry_after_ms, v.limit_count, v.limit_seconds
            from judge_room_limits_v1(v.room_id, v.user_id, v.text) j;
        end if;
        if v_refusal is null and v_are_held[v.n]
           and has_too_many_held_v1(v.room_id, v.user_id, v.client_id, null) then
          v_refusal := 'too_many_held';
        end if;
      end if;

      if v.status = 'duplicate' then
        v_cost := case when charge_repeat_v1(v.user_id, p_repeat_limit, p_repeat_seconds) then 0 else 1 end;
      end if;
      if v_refusal is null and v_cost > 0 then
        v_full_at := spend_v2(v_payer_full[v_place], p_send_limit, p_send_seconds, v_cost);
        if v_full_at is null then
          v_refusal := 'limited';
          v.retry_after_ms := spend_again_in_ms_v2(v_payer_full[v_place], p_send_limit, p_send_seconds, v_cost);
        else
          v_payer_full[v_place] := v_full_at;
        end if;
      end if;
      v.sends_left := tokens_left_v1(v_payer_full[v_place], p_send_limit, p_send_seconds);

      if v_refusal is not null then
        v.status := v_refusal;
        v.text := null;
        v.reply_to := null;
      elsif v.status = 'duplicate' then
        v_told := v_told || jsonb_build_object('n', v.n, 'room_id', v.room_id, 'seq', v.seq);
        v_told_ids := array_append(array_remove(v_told_ids, v.room_id), v.room_id);
      else
        if v_send.send_count is not null then perform charge_room_v1(v.room_id, v.user_id); end if;
        if v_are_held[v.n] then
          -- [S2] A held message costs as much as a published one.
          insert into held_messages (room_id, user_id, client_id, text, reply_to, mentions)
            values (v.room_id, v.user_id, v.client_id, v.text, v.reply_to, v_mentions[v.n])
            on conflict do nothing;
          v.status := 'held';
          v.text := null;
          v.reply_to := null;
        else
          v_index := array_position(v_written_ids, v.room_id);
          if v_index is null then
            v_index := coalesce(cardinality(v_written_ids), 0) + 1;
            v_written_ids[v_index] := v.room_id;
            v_old_seqs[v_index] := v_send.last_seq;
            v_new_seqs[v_index] := v_send.last_seq;
            -- The clock is read under the lock, and the time never runs backwards.
            v_times[v_index] := greatest(v_send.last_event_at, clock_timestamp());
          end if;
          v_new_seqs[v_index] := v_new_seqs[v_index] + 1;
          v.status := 'sent';
          v.seq := v_new_seqs[v_index];
          v.message_id := nextval('messages_id_seq');
          v.created_at := cast(v_times[v_index] as timestamptz(3));
          v_stored_ns := v_stored_ns || v.n;
          v_stored_keys := v_stored_keys || v_key;
          if v_is_followed or v_mentions[v.n] <> '[]' then v_notifying := v_notifying || v.n; end if;
          v_told_ids := array_append(array_remove(v_told_ids, v.room_id), v.room_id);
        end if;
      end if;
      v_out[v.n] := v;
      exit when v_is_current;
    end loop;
    if v_final is not null then close v_final; end if;

    if v_payer_ids is not null then
      update users u set sends_full_at = v_payer_full[array_position(v_payer_ids, u.id)]
       where u.id = any (v_payer_ids)
         and u.sends_full_at <> v_payer_full[array_position(v_payer_ids, u.id)];
    end if;
    if v_stored_ns is not null then
      update rooms r
         set last_seq = v_new_seqs[array_position(v_written_ids, r.id)],
             last_event_at = v_times[array_position(v_written_ids, r.id)]
       where r.id = any (v_written_ids);
      with stored as (
        insert into messages (id, room_id, seq, user_id, text, client_id, reply_to, created_at)
          overriding system value
          select o.message_id, o.room_id, o.seq, o.user_id, o.text, o.client_id, o.reply_to, o.created_at
            from unnest(v_out) o where o.status = 'sent'
        returning id, room_id, seq, user_id, created_at)
      insert into room_events (room_id, seq, kind, created_at, actor_id, message_id)
        select o.room_id, o.seq, 'message', o.created_at, o.user_id, o.id from stored o;
    end if;
    if v_notifying is not null then
      foreach v_index in array v_notifying loop
        v := v_out[v_index];
        -- Only a direct chat has no title.
        if notify_of_message_v1(v.room_id, case when v.room_title is null then 'direct' else 'group' end, v.seq,
             v.created_at, v.user_id, cast(v_mentions[v_index] as jsonb)) > 0 then
          v_told := v_told || jsonb_build_object('n', v.n, 'room_id', v.room_id, 'seq', v.seq);
        end if;
      end loop;
    end if;

    return query select * from unnest(v_out);

    -- The locks are held to the end. So all messages of a room have the same members.
    if v_told_ids is not null then
      v := null;
      foreach v.room_id in array v_told_ids loop
        v.audience := audience_page_v1(v.room_id, 1, 0, '', p_recipients, v_known ->> cast(v.room_id as text));
        return next v;
      end loop;
    end if;

    if v_told = '[]' then return; end if;
    v := null;
    for v.user_id, v.connection_id, v.unread, v.notifications in
      select h.user_id, h.connection_id, h.unread, h.notifications
        from notified_v1(v_told, '', p_recipients, p_unread_max) h
    loop
      return next v;
    end loop;
  end $$`,

  // Does the same for sends of several rooms. It fails when it has to wait for a lock for more than p_lock_ms
  // milliseconds. So a locked room does not make the other rooms wait for long.
  `create or replace function send_together_v1(
    p_lock_ms bigint, p_sends text,
    p_frame_limit bigint, p_frame_seconds bigint,
    p_send_limit bigint, p_send_seconds bigint,
    p_repeat_limit bigint, p_repeat_seconds bigint,
    p_recipients bigint, p_unread_max bigint, p_known text)
  returns setof sent_v2 language plpgsql volatile as $$
  begin
    perform set_config('lock_timeout', cast(p_lock_ms as text), true);
    return query
      select * from send_messages_v4(p_sends, p_frame_limit, p_frame_seconds, p_send_limit, p_send_seconds,
        p_repeat_limit, p_repeat_seconds, p_recipients, p_unread_max, p_known);
  end $$`,
]
