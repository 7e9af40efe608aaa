/** Sockets of a user counted under a lock, and typing with the room locked. */
export const statements = [
  `drop function connect_v1(text, bigint, text, boolean, bigint, bigint, bigint, bigint)`,

  /*
   * [W1, W2] Lets a socket in, for one room (joined when it is public) or for all rooms of its user.
   * The first row says how it went: ok, revoked, suspended, not_found or limited. Rows with only
   * event and connection_id name the sockets that are told: 'joined' of the new member (seq and at
   * are the event's), 'room.added' the new member's other sockets, 'presence' of a user who was not
   * online before.
   */
  `create function connect_v2(
    p_connection_id text, p_session_id bigint, p_room_name text, p_simple boolean,
    p_life_seconds bigint, p_online_seconds bigint, p_max_connections bigint, p_recipients bigint)
  returns table (status text, user_id bigint, username text, room_id bigint, seq bigint, at timestamptz,
    role text, event text, connection_id text)
  language plpgsql volatile as $$
  #variable_conflict use_column
  declare
    v_room record;
    v_is_member boolean;
    v_was_online boolean;
    v_count bigint;
  begin
    perform sweep_connections_v1();
    select s.status, s.user_id, s.username into status, user_id, username
      from session_status_v1(p_session_id) s;
    if status <> 'ok' then
      return next;
      return;
    end if;

    if p_room_name is not null then
      select r.id, r.kind, m.user_id is not null as is_member into v_room
        from rooms r
        left join memberships m on m.room_id = r.id and m.user_id = connect_v2.user_id
       where lower(r.name) = lower(p_room_name) and r.deleted_at is null;
      -- Under the room's lock: a removal or deletion comes first, or else finds this socket and closes it.
      if (v_room.is_member or v_room.kind = 'public') and lock_room_v1(v_room.id) then
        select m.user_id is not null into v_is_member
          from rooms r
          left join memberships m on m.room_id = r.id and m.user_id = connect_v2.user_id
         where r.id = v_room.id;
        if v_is_member or v_room.kind = 'public' then room_id := v_room.id; end if;
      end if;
      if room_id is null then
        status := 'not_found';
        return next;
        return;
      end if;
    end if;

    -- Counted under a lock: sockets that come at once are not more than may be, either.
    perform 1 from users u where u.id = connect_v2.user_id for no key update;
    select count(*) into v_count from connections c
      where c.user_id = connect_v2.user_id and c.expires_at > now();
    if v_count >= p_max_connections then
      status := 'limited';
      room_id := null;
      return next;
      return;
    end if;
    if room_id is not null and not v_is_member then
      select a.seq, a.at, a.role into seq, at, role
        from add_member_v1(room_id, user_id, 'member', user_id) a;
    end if;

    v_was_online := is_online_v1(user_id, '', p_online_seconds);
    -- A socket never outlives its session.
    insert into connections (id, user_id, session_id, room_id, simple, expires_at)
      select p_connection_id, connect_v2.user_id, s.id, connect_v2.room_id, p_simple,
             least(now() + make_interval(secs => p_life_seconds), s.expires_at)
        from sessions s where s.id = p_session_id;
    insert into subscriptions (room_id, connection_id)
      select m.room_id, p_connection_id from memberships m
       where m.user_id = connect_v2.user_id
         and (connect_v2.room_id is null or m.room_id = connect_v2.room_id);
    return next;

    if seq is not null then
      return query
        select cast(null as text), cast(null as bigint), cast(null as text), cast(null as bigint),
               cast(null as bigint), cast(null as timestamptz), cast(null as text), 'joined', r.connection_id
          from recipients_v1(room_id, '', false, p_recipients) r
         where r.connection_id <> p_connection_id;
      return query
        select cast(null as text), cast(null as bigint), cast(null as text), cast(null as bigint),
               cast(null as bigint), cast(null as timestamptz), cast(null as text), 'room.added', c.id
          from connections c
         where c.user_id = connect_v2.user_id and c.id <> p_connection_id
           and not c.simple and c.expires_at > now()
         limit p_recipients;
    end if;
    if not v_was_online then
      return query
        select cast(null as text), cast(null as bigint), cast(null as text), cast(null as bigint),
               cast(null as bigint), cast(null as timestamptz), cast(null as text), 'presence', p.connection_id
          from partner_connections_v1(user_id, p_recipients) p;
    end if;
  end $$`,

  `drop function typing_v1(text, bigint, bigint, bigint, bigint)`,

  // [W3] typing: who is told. The first row is the frame's status; not_found when not a member.
  // What may not be written to (may_write_v1, of the next migration) is not typed in either.
  // [R5] Members are read with the room locked. Where somebody writes to it just now nobody is told:
  // typing may be dropped, and is not worth a wait.
  `create function typing_v2(p_connection_id text, p_room_id bigint, p_limit bigint, p_seconds bigint,
    p_recipients bigint)
  returns table (status text, retry_after_ms bigint, user_id bigint, username text, room_id bigint,
    connection_id text)
  language plpgsql volatile as $$
  #variable_conflict use_column
  begin
    select f.status, f.retry_after_ms, f.user_id, f.username, coalesce(p_room_id, f.room_id)
      into status, retry_after_ms, user_id, username, room_id
      from frame_v1(p_connection_id, p_limit, p_seconds) f;
    if status = 'ok' then
      perform 1 from memberships m join rooms r on r.id = m.room_id and r.deleted_at is null
        where m.room_id = typing_v2.room_id and m.user_id = typing_v2.user_id;
      if not found then
        status := case when room_id is null then 'no_room' else 'not_found' end;
      else
        status := coalesce(may_write_v1(room_id, user_id), 'ok');
      end if;
    end if;
    return next;
    if status <> 'ok' then return; end if;
    perform 1 from rooms r where r.id = typing_v2.room_id and r.deleted_at is null
      for share skip locked;
    if not found then return; end if;
    perform 1 from memberships m
      where m.room_id = typing_v2.room_id and m.user_id = typing_v2.user_id;
    if not found then return; end if;
    return query
      select cast(null as text), cast(null as bigint), cast(null as bigint), cast(null as text),
             cast(null as bigint), r.connection_id
        from recipients_v1(room_id, '', false, p_recipients) r
       where not exists (
         select from connections c
          where c.id = r.connection_id and c.user_id = typing_v2.user_id
         offset 0);
  end $$`,
]
