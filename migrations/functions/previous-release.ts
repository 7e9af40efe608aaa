/** Functions that only the release before calls. A deploy migrates while that release still serves. */
export const functions = [
  /*
   * [W1, W2] Accepts a socket, for one room (which it joins when the room is public) or for all rooms of its user. The
   * first row has the outcome: ok, revoked, suspended, not_found, limited (with retry_after_ms: too many new sockets or
   * joins; without it: too many open sockets), or why the user may not join the room: banned, removed or full, from
   * add_member_v2. The limit is checked before the room and its lock. Rows with only event and connection_id name the
   * sockets that are told: 'joined' of the new member (seq and at are the event's), 'room.added' the new member's other
   * sockets, 'presence' of a user who was not online before.
   */
  `create or replace function connect_v4(
    p_connection_id text, p_session_id bigint, p_room_name text, p_simple boolean,
    p_life_seconds bigint, p_online_seconds bigint, p_max_connections bigint,
    p_connect_limit bigint, p_connect_seconds bigint, p_join_limit bigint, p_join_seconds bigint,
    p_rooms_max bigint, p_recipients bigint, p_address text)
  returns table (status text, retry_after_ms bigint, user_id bigint, username text, display_name text,
    room_id bigint, seq bigint, at timestamptz, role text, again_in_s bigint, event text, connection_id text)
  language plpgsql volatile as $$
  #variable_conflict use_column
  declare
    v_room record;
    v_is_member boolean;
    v_entered text;
    v_was_online boolean;
    v_count bigint;
  begin
    perform sweep_connections_v1();
    select s.status, s.user_id, s.username, s.display_name into status, user_id, username, display_name
      from session_status_v2(p_session_id) s;
    if status <> 'ok' then
      return next;
      return;
    end if;

    insert into user_limits as l (user_id, connects_full_at)
      values (connect_v4.user_id, spend_v1('-infinity', p_connect_limit, p_connect_seconds))
      on conflict on constraint user_limits_pkey do update
        set connects_full_at = spend_v1(l.connects_full_at, p_connect_limit, p_connect_seconds)
        where spend_v1(l.connects_full_at, p_connect_limit, p_connect_seconds) is not null;
    if not found then
      status := 'limited';
      select spend_again_in_ms_v1(l.connects_full_at, p_connect_limit, p_connect_seconds) into retry_after_ms
        from user_limits l where l.user_id = connect_v4.user_id;
      return next;
      return;
    end if;

    if p_room_name is not null then
      select r.id, r.kind, m.user_id is not null as is_member into v_room
        from rooms r
        left join memberships m on m.room_id = r.id and m.user_id = connect_v4.user_id
       where lower(r.name collate "C") = lower(p_room_name collate "C") and r.deleted_at is null;
      -- Limits are checked before the lock, so that a user over a limit makes nobody wait.
      select count(*) into v_count from connections c
        where c.user_id = connect_v4.user_id and c.expires_at > now();
      if v_count >= p_max_connections then
        status := 'limited';
        return next;
        return;
      end if;
      if v_room.kind = 'public' and not v_room.is_member then
        select t.retry_after_ms into retry_after_ms
          from take_token_v1('joins:' || user_id, p_join_limit, p_join_seconds) t;
        if retry_after_ms is not null then
          status := 'limited';
          return next;
          return;
        end if;
      end if;
      -- This runs under the room's lock. A removal or deletion of the room either comes first, or finds this socket and
      -- closes it.
      if (v_room.is_member or v_room.kind = 'public') and lock_room_v1(v_room.id) then
        select m.user_id is not null into v_is_member
          from rooms r
          left join memberships m on m.room_id = r.id and m.user_id = connect_v4.user_id
         where r.id = v_room.id;
        if v_is_member or v_room.kind = 'public' then room_id := v_room.id; end if;
      end if;
      if room_id is null then
        status := 'not_found';
        return next;
        return;
      end if;
    end if;

    -- This counts under a lock, so that concurrent sockets cannot exceed the limit.
    perform 1 from users u where u.id = connect_v4.user_id for no key update;
    select count(*) into v_count from connections c
      where c.user_id = connect_v4.user_id and c.expires_at > now();
    if v_count >= p_max_connections then
      status := 'limited';
      room_id := null;
      return next;
      return;
    end if;
    if room_id is not null and not v_is_member then
      select a.status, a.seq, a.at, a.role, a.again_in_s into v_entered, seq, at, role, again_in_s
        from add_member_v2(room_id, user_id, 'member', user_id, p_rooms_max, 0) a;
      if v_entered in ('banned', 'removed', 'full') then
        status := v_entered;
        room_id := null;
        return next;
        return;
      end if;
    end if;

    v_was_online := is_online_v1(user_id, '', p_online_seconds);
    -- A socket never outlives its session.
    insert into connections (id, user_id, session_id, room_id, simple, address, expires_at)
      select p_connection_id, connect_v4.user_id, s.id, connect_v4.room_id, p_simple, p_address,
             least(now() + make_interval(secs => p_life_seconds), s.expires_at)
        from sessions s where s.id = p_session_id;
    insert into subscriptions (room_id, connection_id)
      select m.room_id, p_connection_id from memberships m
       where m.user_id = connect_v4.user_id
         and (connect_v4.room_id is null or m.room_id = connect_v4.room_id);
    return next;

    if seq is not null then
      return query
        select cast(null as text), cast(null as bigint), cast(null as bigint), cast(null as text),
               cast(null as text), cast(null as bigint), cast(null as bigint), cast(null as timestamptz),
               cast(null as text), cast(null as bigint), 'joined', r.connection_id
          from audience_v1(room_id, p_connection_id, p_recipients) r;
      return query
        select cast(null as text), cast(null as bigint), cast(null as bigint), cast(null as text),
               cast(null as text), cast(null as bigint), cast(null as bigint), cast(null as timestamptz),
               cast(null as text), cast(null as bigint),
               'room.added', c.id
          from connections c
         where c.user_id = connect_v4.user_id and c.id <> p_connection_id
           and not c.simple and c.expires_at > now()
         limit p_recipients;
    end if;
    if not v_was_online then
      return query
        select cast(null as text), cast(null as bigint), cast(null as bigint), cast(null as text),
               cast(null as text), cast(null as bigint), cast(null as bigint), cast(null as timestamptz),
               cast(null as text), cast(null as bigint),
               'presence', p.connection_id
          from partner_connections_v1(user_id, p_recipients) p;
    end if;
  end $$`,

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

  // Removes a socket. When it was the user's last one online, returns the sockets that are told.
  `create or replace function disconnect_v2(p_connection_id text, p_online_seconds bigint, p_recipients bigint)
  returns table (user_id bigint, username text, display_name text, connection_id text) language plpgsql volatile
  set enable_seqscan = off as $$
  #variable_conflict use_column
  declare
    v_user_id bigint;
  begin
    delete from connections c where c.id = p_connection_id returning c.user_id into v_user_id;
    if not found then return; end if;
    -- Without this lock, two sockets that close at the same moment would each see the other as open. No other function
    -- takes this lock, and it is the last one that is taken.
    perform pg_advisory_xact_lock(hashtextextended('offline ' || v_user_id, 0));
    if is_online_v1(v_user_id, '', p_online_seconds) then return; end if;
    return query
      select u.id, u.username, u.display_name, p.connection_id
        from users u, partner_connections_v1(u.id, p_recipients) p
       where u.id = v_user_id;
  end $$`,
]
