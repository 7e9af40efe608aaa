/**
 * Whoever writes to a room's log or its membership locks the room's row first (lock_room_v1): that
 * makes seq gapless and in commit order, and a removal final. Each statement in a VOLATILE PL/pgSQL
 * function sees what was committed before that statement, so what is read after the lock is current.
 *
 * Connections are locked before rooms. So whoever has a room's lock waits for no connection: those
 * that are just being forgotten, with their subscriptions, are skipped.
 */
export const statements = [
  // Gives false when there is no such room, or no longer. NO KEY: foreign keys to the room do not wait.
  `create function lock_room_v1(p_room_id bigint) returns boolean language plpgsql volatile as $$
  begin
    perform 1 from rooms r where r.id = p_room_id and r.deleted_at is null for no key update;
    return found;
  end $$`,

  // The next number of a locked room's log. The clock is read under the lock, and never runs back.
  `create function next_seq_v1(p_room_id bigint, out seq bigint, out at timestamptz)
  language plpgsql volatile as $$
  begin
    update rooms r
       set last_seq = r.last_seq + 1, last_event_at = greatest(r.last_event_at, clock_timestamp())
     where r.id = p_room_id
    returning r.last_seq, r.last_event_at into seq, at;
  end $$`,

  `create function append_event_v1(p_room_id bigint, p_kind text, p_actor_id bigint, p_subject_id bigint,
    out seq bigint, out at timestamptz)
  language plpgsql volatile as $$
  begin
    select n.seq, n.at into seq, at from next_seq_v1(p_room_id) n;
    insert into room_events (room_id, seq, kind, created_at, actor_id, subject_id)
      values (p_room_id, seq, p_kind, at, p_actor_id, p_subject_id);
  end $$`,

  // Makes a member in a locked room; the first one owns it. seq is null when they were one already.
  `create function add_member_v1(p_room_id bigint, p_user_id bigint, p_role text, p_actor_id bigint,
    out seq bigint, out at timestamptz, out role text)
  language plpgsql volatile as $$
  begin
    insert into memberships as m (room_id, user_id, role, last_read_seq)
      select r.id, p_user_id, case when r.member_count = 0 then 'owner' else p_role end, r.last_seq
        from rooms r where r.id = p_room_id
      on conflict do nothing
      returning m.role into role;
    if not found then return; end if;
    update rooms r set member_count = r.member_count + 1 where r.id = p_room_id;
    insert into subscriptions (room_id, connection_id)
      select p_room_id, c.id from connections c
       where c.user_id = p_user_id and c.room_id is null and c.expires_at > now()
         for key share skip locked
      on conflict do nothing;
    select e.seq, e.at into seq, at
      from append_event_v1(p_room_id, 'member.joined', p_actor_id, p_user_id) e;
  end $$`,

  // Ends a membership in a locked room; seq is null when there was none. [R6] The last owner hands
  // over to the longest-standing moderator, or else member: heir_id, with an event of its own.
  `create function remove_member_v1(p_room_id bigint, p_user_id bigint, p_actor_id bigint,
    out seq bigint, out at timestamptz,
    out heir_id bigint, out heir_username text, out heir_seq bigint, out heir_at timestamptz)
  language plpgsql volatile as $$
  declare
    v_role text;
  begin
    delete from memberships m where m.room_id = p_room_id and m.user_id = p_user_id
      returning m.role into v_role;
    if not found then return; end if;
    update rooms r set member_count = r.member_count - 1 where r.id = p_room_id;
    delete from subscriptions s
      where s.room_id = p_room_id and s.connection_id in (
        select x.connection_id
          from connections c
          join subscriptions x on x.room_id = p_room_id and x.connection_id = c.id
         where c.user_id = p_user_id
           for update of x skip locked);
    select e.seq, e.at into seq, at
      from append_event_v1(p_room_id, 'member.left', p_actor_id, p_user_id) e;
    if v_role <> 'owner' then return; end if;
    perform 1 from memberships m where m.room_id = p_room_id and m.role = 'owner';
    if found then return; end if;
    select m.user_id, u.username into heir_id, heir_username
      from memberships m join users u on u.id = m.user_id
     where m.room_id = p_room_id
     order by m.role = 'moderator' desc, m.joined_at, m.user_id limit 1;
    if heir_id is null then return; end if;
    update memberships m set role = 'owner' where m.room_id = p_room_id and m.user_id = heir_id;
    select e.seq, e.at into heir_seq, heir_at
      from append_event_v1(p_room_id, 'member.updated', p_actor_id, heir_id) e;
  end $$`,

  // Who is sent an event of a room: the sockets of its members that are subscribed to it, in pages.
  // Membership counts, not the subscription: a subscription left over from a race shows nothing.
  // "offset 0" keeps the planner from joining members and their connections first: whatever the
  // size of the room, and whatever its statistics say, a page costs two look-ups for each of its rows.
  `create function recipients_v1(p_room_id bigint, p_after text, p_with_simple boolean, p_limit bigint)
  returns table (connection_id text, simple boolean) language sql stable as $$
    select s.connection_id, c.simple
      from (select x.connection_id from subscriptions x
             where x.room_id = p_room_id and x.connection_id > p_after
             order by x.connection_id offset 0) s
      cross join lateral (
        select k.user_id, k.simple from connections k
         where k.id = s.connection_id and k.expires_at > now() and (p_with_simple or not k.simple)
        offset 0) c
     where exists (
       select from memberships m where m.room_id = p_room_id and m.user_id = c.user_id offset 0)
     order by s.connection_id
     limit p_limit
  $$`,

  // A later page of recipients, again with the room locked [R5].
  `create function recipients_page_v1(p_room_id bigint, p_after text, p_with_simple boolean, p_limit bigint)
  returns table (connection_id text, simple boolean) language plpgsql volatile as $$
  begin
    perform 1 from rooms r where r.id = p_room_id for no key update;
    return query select r.connection_id, r.simple from recipients_v1(p_room_id, p_after, p_with_simple, p_limit) r;
  end $$`,

  // How every writer begins: the session, then the room's lock, then the membership as it is under
  // the lock. status: ok, revoked, suspended, not_found. An outsider of a room that is not public
  // locks nothing.
  `create function enter_room_v1(p_session_id bigint, p_room_id bigint,
    out status text, out user_id bigint, out username text, out kind text, out role text)
  language plpgsql volatile as $$
  begin
    select s.status, s.user_id, s.username into status, user_id, username
      from session_status_v1(p_session_id) s;
    if status <> 'ok' then return; end if;
    status := 'not_found';
    perform 1 from rooms r
      where r.id = p_room_id and r.deleted_at is null
        and (r.kind = 'public'
             or exists (select from memberships m
                         where m.room_id = r.id and m.user_id = enter_room_v1.user_id));
    if not found or not lock_room_v1(p_room_id) then return; end if;
    select r.kind, m.role into kind, role
      from rooms r
      left join memberships m on m.room_id = r.id and m.user_id = enter_room_v1.user_id
     where r.id = p_room_id and (r.kind = 'public' or m.user_id is not null);
    if found then status := 'ok'; end if;
  end $$`,

  // [M8] What is unread is derived: others' messages after the marker that are not deleted, counted to a limit.
  `create function unread_v1(p_user_id bigint, p_room_id bigint, p_last_read_seq bigint, p_max bigint)
  returns bigint language sql stable as $$
    select count(*) from (
      select from messages m
       where m.room_id = p_room_id and m.seq > p_last_read_seq
         and m.user_id is distinct from p_user_id and m.deleted_at is null
       limit p_max) u
  $$`,
]
