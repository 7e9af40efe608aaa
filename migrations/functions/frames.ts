/** The frames hello, heads and typing [W3], each one call, and the charge for every frame [W9]. */
export const functions = [
  // [W9] Records that a connection was seen, says whose it is, and charges the frame to that user. All sockets of
  // the user share this limit. status: ok, unknown, limited, revoked or suspended.
  `create or replace function frame_v2(p_connection_id text, p_limit bigint, p_seconds bigint,
    out status text, out user_id bigint, out username text, out display_name text, out room_id bigint,
    out simple boolean, out retry_after_ms bigint)
  language plpgsql volatile as $$
  declare
    v_session_id bigint;
  begin
    update connections c set seen_at = now()
     where c.id = p_connection_id and c.expires_at > now()
    returning c.session_id, c.room_id, c.simple into v_session_id, room_id, simple;
    if not found then
      status := 'unknown';
      return;
    end if;
    select s.status, s.user_id, s.username, s.display_name into status, user_id, username, display_name
      from session_status_v2(v_session_id) s;
    if status <> 'ok' then return; end if;
    insert into user_limits as l (user_id, frames_full_at)
      values (frame_v2.user_id, spend_v1('-infinity', p_limit, p_seconds))
      on conflict on constraint user_limits_pkey do update
        set frames_full_at = spend_v1(l.frames_full_at, p_limit, p_seconds)
        where spend_v1(l.frames_full_at, p_limit, p_seconds) is not null;
    if not found then
      status := 'limited';
      select spend_again_in_ms_v1(l.frames_full_at, p_limit, p_seconds) into retry_after_ms
        from user_limits l where l.user_id = frame_v2.user_id;
    end if;
  end $$`,

  /*
   * [W3] hello and heads: where the rooms of a socket stand. It returns at most p_rooms rooms, those with the newest
   * events first. The first row is the frame's status.
   *
   * It also repairs what a race left: a membership that began while the socket was being accepted gets its subscription
   * here. The commit does not wait for the disk. After a crash of the database the next heads restores what was lost.
   * When a crowd says hello, waiting commits would keep the disk busy, and messages would wait for it.
   *
   * [W11] partner_online is for direct chats: whether the other user is online. It corrects a presence push that was
   * lost, and shows the end of a socket that nobody saw. It repeats the conditions of is_online_v1 and are_apart_v1,
   * because calls of these for each chat would cost more. [M9] partner_read_seq is how far the other user has read, or
   * null when they do not show it. Without a partner both are null. [A6] hidden: the user has blocked the other one, so
   * the list of rooms does not have the chat.
   */
  `create or replace function heads_v5(p_connection_id text, p_limit bigint, p_seconds bigint, p_rooms bigint,
    p_online_seconds bigint)
  returns table (status text, retry_after_ms bigint, user_id bigint, username text, display_name text,
    simple boolean, room_id bigint, last_seq bigint, last_read_seq bigint, partner_online boolean,
    partner_read_seq bigint, hidden boolean)
  language plpgsql volatile as $$
  #variable_conflict use_column
  declare
    v_one_room bigint;
    v_receipts boolean;
  begin
    select f.status, f.retry_after_ms, f.user_id, f.username, f.display_name, f.simple, f.room_id
      into status, retry_after_ms, user_id, username, display_name, simple, v_one_room
      from frame_v2(p_connection_id, p_limit, p_seconds) f;
    perform set_config('synchronous_commit', 'off', true);
    return next;
    if status <> 'ok' then return; end if;
    perform sweep_connections_v1();
    insert into subscriptions (room_id, connection_id)
      select m.room_id, p_connection_id from memberships m
       where m.user_id = heads_v5.user_id and (v_one_room is null or m.room_id = v_one_room)
         and not exists (
           select from subscriptions s
            where s.room_id = m.room_id and s.connection_id = p_connection_id)
      on conflict do nothing;
    select u.read_receipts into v_receipts from users u where u.id = heads_v5.user_id;
    return query
      select cast(null as text), cast(null as bigint), cast(null as bigint), cast(null as text),
             cast(null as text), cast(null as boolean), r.id, r.last_seq, m.last_read_seq,
             partner.online and not partner.apart,
             case when v_receipts and partner.read_receipts and not partner.apart then partner.last_read_seq end,
             coalesce(partner.is_blocked, false)
        from memberships m join rooms r on r.id = m.room_id and r.deleted_at is null
        left join lateral (
          select exists (
                   select from connections c
                    where c.user_id = o.user_id and c.expires_at > now()
                      and c.seen_at > now() - make_interval(secs => p_online_seconds)) as online,
                 blocks.mine as is_blocked, blocks.mine or blocks.theirs as apart, u.read_receipts, o.last_read_seq
            from memberships o join users u on u.id = o.user_id,
                 lateral (
                   select exists (
                            select from blocks b where b.user_id = m.user_id and b.blocked_id = o.user_id) as mine,
                          exists (
                            select from blocks b where b.user_id = o.user_id and b.blocked_id = m.user_id) as theirs
                 ) blocks
           where r.kind = 'direct' and o.room_id = r.id and o.user_id <> m.user_id
           limit 1) partner on true
       where m.user_id = heads_v5.user_id and (v_one_room is null or m.room_id = v_one_room)
       order by r.last_event_at desc, r.id
       limit p_rooms;
  end $$`,

  // [W3] typing: the sockets to tell. The first row is the frame's status; not_found when the user is not a member. A
  // room that the user may not write to (may_write_v1) gets no typing either. [R5] Members are read with the room
  // locked. When another transaction holds the lock, nobody is told: typing may be dropped, and is not worth a wait.
  `create or replace function typing_v3(p_connection_id text, p_room_id bigint, p_limit bigint, p_seconds bigint,
    p_recipients bigint)
  returns table (status text, retry_after_ms bigint, user_id bigint, username text, display_name text,
    room_id bigint, connection_id text)
  language plpgsql volatile as $$
  #variable_conflict use_column
  begin
    select f.status, f.retry_after_ms, f.user_id, f.username, f.display_name, coalesce(p_room_id, f.room_id)
      into status, retry_after_ms, user_id, username, display_name, room_id
      from frame_v2(p_connection_id, p_limit, p_seconds) f;
    if status = 'ok' then
      perform 1 from memberships m join rooms r on r.id = m.room_id and r.deleted_at is null
        where m.room_id = typing_v3.room_id and m.user_id = typing_v3.user_id;
      if not found then
        status := case when room_id is null then 'no_room' else 'not_found' end;
      else
        status := coalesce(may_write_v1(room_id, user_id), 'ok');
      end if;
    end if;
    return next;
    if status <> 'ok' then return; end if;
    perform 1 from rooms r where r.id = typing_v3.room_id and r.deleted_at is null
      for share skip locked;
    if not found then return; end if;
    perform 1 from memberships m
      where m.room_id = typing_v3.room_id and m.user_id = typing_v3.user_id;
    if not found then return; end if;
    return query
      select cast(null as text), cast(null as bigint), cast(null as bigint), cast(null as text),
             cast(null as text), cast(null as bigint), r.connection_id
        from recipients_v1(room_id, '', false, p_recipients) r
       where not exists (
         select from connections c
          where c.id = r.connection_id and c.user_id = typing_v3.user_id
         offset 0);
  end $$`,
]
