/** [N1, N2] Notifications: who has them, who is told of them, and how they are read with their room. */
export const statements = [
  // [N2] Of a direct chat its members hear everything, of other rooms what mentions them.
  `alter table memberships alter column notify set default 'mentions'`,
  `update memberships m set notify = 'mentions'
    from rooms r where r.id = m.room_id and r.kind <> 'direct'`,
  // Who is notified of every message of a room.
  `create index memberships_notify_all on memberships (room_id, user_id) where notify = 'all'`,

  `create table notifications (
    id bigint generated always as identity,
    user_id bigint not null references users on delete cascade,
    kind text not null check (kind in ('mention', 'direct', 'message', 'invitation', 'notice')),
    room_id bigint references rooms on delete cascade,
    message_seq bigint,
    actor_id bigint references users on delete set null,
    text text,
    created_at timestamptz(3) not null default now(),
    read_at timestamptz(3),
    -- A user's notifications, in the order of their pages.
    primary key (user_id, id),
    check ((kind = 'notice') = (room_id is null)),
    check ((kind = 'notice') = (text is not null)),
    check ((kind in ('mention', 'direct', 'message')) = (message_seq is not null))
  )`,
  `comment on table notifications is
    'they refer to what they tell of, and are rendered when read; only a notice has a text of its own'`,
  // What a user has not read, of a room when its marker moves, and in all when it is counted.
  `create index notifications_unread on notifications (user_id, room_id, message_seq)
    where read_at is null`,
  // Whom to tell of a message.
  `create index notifications_message on notifications (room_id, message_seq)
    where read_at is null and message_seq is not null`,
  // The purge of those read long ago.
  `create index notifications_read on notifications (read_at) where read_at is not null`,

  // How many of a user's notifications are shown as unread, counted to a limit: a room that is gone, or
  // that they are not in any more, shows none, nor does whom they have blocked.
  `create function unread_notifications_v1(p_user_id bigint, p_max bigint)
  returns bigint language sql stable as $$
    select count(*) from (
      select from notifications n
       where n.user_id = p_user_id and n.read_at is null
         and (n.room_id is null or exists (
           select from memberships m join rooms r on r.id = m.room_id and r.deleted_at is null
            where m.room_id = n.room_id and m.user_id = p_user_id))
         and not exists (
           select from blocks b where b.user_id = p_user_id and b.blocked_id = n.actor_id)
       limit p_max) u
  $$`,

  // Forgets what was read long ago. It rides on what marks as read, and so keeps up with it.
  `create function purge_notifications_v1(p_keep_days bigint) returns bigint language plpgsql volatile as $$
  declare
    v_count bigint;
  begin
    delete from notifications n where (n.user_id, n.id) in (
      select o.user_id, o.id from notifications o
       where o.read_at < now() - make_interval(days => cast(p_keep_days as int))
       order by o.read_at limit 100 for update skip locked);
    get diagnostics v_count = row_count;
    return v_count;
  end $$`,

  // [N1] Makes the notifications of a new message in a locked room; p_mentions is a JSON array of
  // usernames in lower case. Nobody hears of whom they have blocked. "offset 0" keeps the planner from
  // reading all users: a name costs two look-ups, whatever the statistics say.
  `create function notify_of_message_v1(p_room_id bigint, p_room_kind text, p_seq bigint, p_at timestamptz,
    p_actor_id bigint, p_mentions jsonb)
  returns bigint language plpgsql volatile as $$
  declare
    v_count bigint;
  begin
    insert into notifications (user_id, kind, room_id, message_seq, actor_id, created_at)
      select h.user_id,
             case when bool_or(h.is_mentioned) then 'mention'
                  when p_room_kind = 'direct' then 'direct'
                  else 'message' end,
             p_room_id, p_seq, p_actor_id, p_at
        from (
          select m.user_id, false as is_mentioned
            from memberships m where m.room_id = p_room_id and m.notify = 'all'
          union all
          select m.user_id, true
            from jsonb_array_elements_text(p_mentions) x(username)
            cross join lateral (
              select u.id from users u
               where lower(u.username) = x.username and u.deleted_at is null offset 0) u
            cross join lateral (
              select k.user_id from memberships k
               where k.room_id = p_room_id and k.user_id = u.id and k.notify <> 'none' offset 0) m
        ) h
       where h.user_id <> p_actor_id
         and not exists (
           select from blocks b where b.user_id = h.user_id and b.blocked_id = p_actor_id)
       group by h.user_id;
    get diagnostics v_count = row_count;
    return v_count;
  end $$`,

  // The v1 sockets of those who have unread notifications of some messages, in the order of their ids:
  // p_messages is a JSON array of {n, room_id, seq}, notifications one of {n, id, kind}.
  `create function notified_v1(p_messages jsonb, p_after text, p_limit bigint, p_unread_max bigint)
  returns table (user_id bigint, connection_id text, unread bigint, notifications text)
  language sql stable as $$
    with heard as materialized (
      select h.user_id, c.id as connection_id, h.notifications
        from (
          select n.user_id,
                 cast(json_agg(json_build_object('n', x.n, 'id', n.id, 'kind', n.kind)
                   order by n.id) as text) as notifications
            from jsonb_to_recordset(p_messages) as x(n bigint, room_id bigint, seq bigint)
            cross join lateral (
              select o.user_id, o.id, o.kind from notifications o
               where o.room_id = x.room_id and o.message_seq = x.seq and o.read_at is null offset 0) n
           where exists (
             select from memberships m where m.room_id = x.room_id and m.user_id = n.user_id offset 0)
           group by n.user_id) h
        cross join lateral (
          select k.id from connections k
           where k.user_id = h.user_id and k.id > p_after and not k.simple and k.expires_at > now()
          offset 0) c
       order by c.id
       limit p_limit),
    counted as materialized (
      select u.user_id, unread_notifications_v1(u.user_id, p_unread_max) as unread
        from (select distinct heard.user_id from heard) u)
    select heard.user_id, heard.connection_id, counted.unread, heard.notifications
      from heard join counted on counted.user_id = heard.user_id
     order by heard.connection_id
  $$`,

  // A later page of them, again with the rooms locked [R5].
  `create function notified_page_v1(p_messages text, p_after text, p_limit bigint, p_unread_max bigint)
  returns table (user_id bigint, connection_id text, unread bigint, notifications text)
  language plpgsql volatile as $$
  begin
    perform 1 from rooms r
      where r.id in (select x.room_id from jsonb_to_recordset(cast(p_messages as jsonb)) as x(room_id bigint))
      order by r.id for no key update;
    return query
      select n.user_id, n.connection_id, n.unread, n.notifications
        from notified_v1(cast(p_messages as jsonb), p_after, p_limit, p_unread_max) n;
  end $$`,

  // [M8, N2] Moves a member's marker forward, never back and never past the room's end, and reads the
  // notifications of the room up to there, its invitation with them. No row: not a member.
  `create function mark_read_v2(p_user_id bigint, p_room_id bigint, p_seq bigint, p_unread_max bigint,
    p_keep_days bigint)
  returns table (last_read_seq bigint, unread bigint) language plpgsql volatile as $$
  #variable_conflict use_column
  begin
    update memberships m
       set last_read_seq = greatest(m.last_read_seq, least(p_seq, r.last_seq))
      from rooms r
     where m.room_id = p_room_id and m.user_id = p_user_id
       and r.id = m.room_id and r.deleted_at is null
    returning m.last_read_seq into last_read_seq;
    if not found then return; end if;
    -- Locked in the order of their ids, as whoever reads some or all of them does.
    update notifications n set read_at = now()
     where n.user_id = p_user_id and n.id in (
       select o.id from notifications o
        where o.user_id = p_user_id and o.room_id = p_room_id and o.read_at is null
          and (o.message_seq is null or o.message_seq <= mark_read_v2.last_read_seq)
        order by o.id for update);
    if found then perform purge_notifications_v1(p_keep_days); end if;
    unread := unread_v1(p_user_id, p_room_id, last_read_seq, p_unread_max);
    return next;
  end $$`,

  // [W3] read. The first row is the frame's status and the marker; the others are the user's own v1 sockets.
  `create function read_v2(p_connection_id text, p_room_id bigint, p_seq bigint,
    p_limit bigint, p_seconds bigint, p_unread_max bigint, p_keep_days bigint)
  returns table (status text, retry_after_ms bigint, room_id bigint, last_read_seq bigint,
    unread bigint, connection_id text)
  language plpgsql volatile as $$
  #variable_conflict use_column
  declare
    v_user_id bigint;
  begin
    select f.status, f.retry_after_ms, f.user_id, coalesce(p_room_id, f.room_id)
      into status, retry_after_ms, v_user_id, room_id
      from frame_v1(p_connection_id, p_limit, p_seconds) f;
    if status = 'ok' then
      select m.last_read_seq, m.unread into last_read_seq, unread
        from mark_read_v2(v_user_id, room_id, p_seq, p_unread_max, p_keep_days) m;
      if not found then
        status := case when room_id is null then 'no_room' else 'not_found' end;
      end if;
    end if;
    return next;
    if status <> 'ok' then return; end if;
    return query
      select cast(null as text), cast(null as bigint), cast(null as bigint), cast(null as bigint),
             cast(null as bigint), c.id
        from connections c
       where c.user_id = v_user_id and not c.simple and c.expires_at > now();
  end $$`,
  `drop function read_v1(text, bigint, bigint, bigint, bigint, bigint)`,
  `drop function mark_read_v1(bigint, bigint, bigint, bigint)`,
]
