/** $connect and $disconnect of a socket [W1, W2], each one call, and who is online [W11]. */
export const functions = [
  // A session of the database keeps the plans of a function. Those that were made while few sockets were open must also
  // suit many. So this function, and those below that add or remove sockets, never read the whole table.
  // "offset 0" keeps the planner from the index of expires_at, in which all open sockets are.
  `create or replace function is_online_v1(p_user_id bigint, p_but_for text, p_online_seconds bigint)
  returns boolean language plpgsql stable set enable_seqscan = off as $$
  begin
    return exists (
      select from (select k.id, k.expires_at, k.seen_at from connections k where k.user_id = p_user_id offset 0) c
       where c.id <> p_but_for and c.expires_at > now()
         and c.seen_at > now() - make_interval(secs => p_online_seconds));
  end $$`,

  // [W11] Returns how many members of a room are online, among those whose sockets hear of the room, as p_user_id sees
  // them: users do not see others whom they have blocked, or who have blocked them [A6]. It looks at p_sockets sockets
  // of the room, so that the cost is bounded in the largest room. online_more says that there are more sockets.
  // online_ids is a JSON list of the ids of these members, or null when p_user_id is not a member.
  `create or replace function online_members_v2(p_room_id bigint, p_user_id bigint, p_sockets bigint,
    p_online_seconds bigint, out online_count bigint, out online_more boolean, out online_ids text)
  language sql stable set enable_bitmapscan = off as $$
    with heard as materialized (
      select s.connection_id, row_number() over (order by s.connection_id) as n
        from subscriptions s
       where s.room_id = p_room_id
       order by s.connection_id
       limit p_sockets + 1)
    select count(distinct c.user_id), (select count(*) from heard) > p_sockets,
           case when exists (select from memberships m where m.room_id = p_room_id and m.user_id = p_user_id)
                then coalesce(cast(json_agg(distinct c.user_id) as text), '[]') end
      from heard h
      cross join lateral (
        select k.user_id from connections k
         where k.id = h.connection_id and k.expires_at > now()
           and k.seen_at > now() - make_interval(secs => p_online_seconds)
        offset 0) c
     where h.n <= p_sockets
       and exists (select from memberships m where m.room_id = p_room_id and m.user_id = c.user_id offset 0)
       -- The condition of are_apart_v1. A call of it for each row would cost more.
       and not exists (
         select from blocks b where b.user_id = p_user_id and b.blocked_id = c.user_id offset 0)
       and not exists (
         select from blocks b where b.user_id = c.user_id and b.blocked_id = p_user_id offset 0)
  $$`,

  // [W11] Returns the sockets that see whether a user is online: those of the partners of the user's direct chats,
  // unless one of the two has blocked the other. Nobody sees a deleted account go offline. "offset 0" keeps the planner
  // on the user's own rooms, whatever its statistics say of direct chats.
  `create or replace function partner_connections_v1(p_user_id bigint, p_limit bigint)
  returns table (connection_id text) language plpgsql stable set plan_cache_mode = force_generic_plan as $$
  begin
    return query
      select c.id
        from memberships mine
        cross join lateral (
          select r.kind, r.deleted_at from rooms r where r.id = mine.room_id
          offset 0) room
        cross join lateral (
          select o.user_id from memberships o
           where o.room_id = mine.room_id and o.user_id <> p_user_id
          offset 0) theirs
        cross join lateral (
          select k.id from (select * from connections o where o.user_id = theirs.user_id offset 0) k
           where not k.simple and k.expires_at > now() and not are_apart_v1(p_user_id, theirs.user_id)
          offset 0) c
       where mine.user_id = p_user_id and room.kind = 'direct' and room.deleted_at is null
         and exists (select from users u where u.id = p_user_id and u.deleted_at is null offset 0)
       limit p_limit;
  end $$`,

  // Deletes expired connections. It runs with calls that happen anyway, so that no schedule keeps a database awake that
  // may pause.
  `create or replace function sweep_connections_v1() returns bigint language plpgsql volatile
  set enable_seqscan = off as $$
  declare
    v_count bigint;
  begin
    delete from connections c where c.id = any (array(
      select e.id from connections e where e.expires_at <= now()
       order by e.expires_at limit 100 for update skip locked));
    get diagnostics v_count = row_count;
    return v_count;
  end $$`,

  /*
   * [W1, W2] Accepts sockets, each for one room (which it joins when the room is public) or for all rooms of its user.
   * p_connects is a JSON array of {connection_id, session_id, room_name?, simple, address}. Each is of another user. n in
   * the answer is the place in that array, from 1. The answer has two kinds of rows, in this order:
   * - One row for each socket, with its outcome: ok, revoked, suspended, not_found, limited (with retry_after_ms: too many
   *   new sockets or joins; without it: too many open sockets), or why the user may not join the room: banned, removed
   *   or full. seq, at and role are those of the event, when the socket has joined the room.
   * - Rows with event and connection_ids, a JSON array of the sockets to tell: 'joined' of the new members of room_id,
   *   without the sockets of this call; 'room.added', the other sockets of a new member, user_id; 'presence' of user_id,
   *   who was not online before. Each has at most p_recipients sockets.
   *
   * Locks are taken in the order sessions, limits of users, limits of joins, rooms, users, counts of memberships, and each
   * kind in the order of its keys. So no deadlock is possible. A limit is checked before a room is locked, so that a user
   * over a limit makes nobody wait.
   *
   * Each table is read and written once for all sockets. Loops in between decide about one socket after the other. Rows
   * are looked up by their keys, whatever the statistics say ("offset 0"): plans are kept, because planning takes longer
   * than running, and a plan that was made while there were no connections would read all of them for each look-up.
   */
  `create or replace function connect_v5(
    p_connects text, p_life_seconds bigint, p_online_seconds bigint, p_max_connections bigint,
    p_connect_limit bigint, p_connect_seconds bigint, p_join_limit bigint, p_join_seconds bigint,
    p_rooms_max bigint, p_recipients bigint)
  returns table (n bigint, status text, retry_after_ms bigint, user_id bigint, username text, display_name text,
    room_id bigint, seq bigint, at timestamptz, role text, again_in_s bigint, event text, connection_ids text)
  language plpgsql volatile
  set plan_cache_mode = force_generic_plan set enable_seqscan = off set jit = off as $$
  #variable_conflict use_column
  declare
    v record;
    v_place bigint;
    v_index bigint;
    -- The sockets, by their place.
    v_ids text[];
    v_session_ids bigint[];
    v_room_names text[];
    v_simple boolean[];
    v_addresses text[];
    v_statuses text[];
    v_user_ids bigint[];
    v_usernames text[];
    v_display_names text[];
    v_retries bigint[] := '{}';
    v_room_ids bigint[] := '{}';
    v_seqs bigint[] := '{}';
    v_agains bigint[] := '{}';
    v_kept_out text;
    v_again_in_s bigint;
    v_roles text[] := '{}';
    v_ats timestamptz[] := '{}';
    -- Those who spent one from a limit.
    v_charged_ids bigint[];
    v_join_keys text[];
    v_charged_keys text[];
    v_counted_ids bigint[];
    -- The sockets that join their room: their places, and the columns of their memberships and events.
    v_ns bigint[] := '{}';
    v_new_room_ids bigint[] := '{}';
    v_new_user_ids bigint[] := '{}';
    v_new_seqs bigint[] := '{}';
    v_new_roles text[] := '{}';
    v_new_ats timestamptz[] := '{}';
    -- The rooms that they join, as these are before this call, and how many join each.
    v_written_ids bigint[] := '{}';
    v_last_seqs bigint[] := '{}';
    v_are_empty boolean[] := '{}';
    v_times timestamptz[] := '{}';
    v_counts bigint[] := '{}';
    -- New members who have other sockets, and those who were removed from their room some time ago.
    v_elsewhere_ids bigint[] := '{}';
    v_pardoned_ids bigint[] := '{}';
    -- The accepted sockets, and the users who come online with them.
    v_accepted bigint[] := '{}';
    v_online_ids bigint[] := '{}';
  begin
    perform sweep_connections_v1();
    select array_agg(x.connection_id order by x.n), array_agg(x.session_id order by x.n),
           array_agg(x.room_name order by x.n), array_agg(x.simple order by x.n), array_agg(x.address order by x.n)
      into v_ids, v_session_ids, v_room_names, v_simple, v_addresses
      from rows from (jsonb_to_recordset(cast(p_connects as jsonb))
             as (connection_id text, session_id bigint, room_name text, simple boolean, address text))
           with ordinality as x(connection_id, session_id, room_name, simple, address, n);
    v_join_keys := array_fill(cast(null as text), array[cardinality(v_ids)]);
    perform 1 from sessions s where s.id = any (v_session_ids) order by s.id for share;
    -- This is a statement of its own, so that it reads what was committed during the wait. It repeats session_status_v2.
    select array_agg(coalesce(o.status, 'revoked') order by x.n), array_agg(o.user_id order by x.n),
           array_agg(o.username order by x.n), array_agg(o.display_name order by x.n)
      into v_statuses, v_user_ids, v_usernames, v_display_names
      from unnest(v_session_ids) with ordinality as x(session_id, n)
      left join lateral (
        select case when s.revoked_at is not null or s.expires_at <= now() or u.deleted_at is not null
                    then 'revoked'
                    when suspended_since_v1(u.suspended_at, u.suspended_until) is not null then 'suspended'
                    else 'ok' end as status,
               u.id as user_id, u.username, u.display_name
          from sessions s join users u on u.id = s.user_id
         where s.id = x.session_id
        offset 0) o on true;

    with charged as (
      insert into user_limits as l (user_id, connects_full_at)
        select x.user_id, spend_v1('-infinity', p_connect_limit, p_connect_seconds)
          from unnest(v_user_ids, v_statuses) as x(user_id, status)
         where x.status = 'ok'
         order by x.user_id
        on conflict on constraint user_limits_pkey do update
          set connects_full_at = spend_v1(l.connects_full_at, p_connect_limit, p_connect_seconds)
          where spend_v1(l.connects_full_at, p_connect_limit, p_connect_seconds) is not null
      returning l.user_id)
    select array_agg(c.user_id) into v_charged_ids from charged c;

    -- Decides what can be decided before a room is locked.
    for v in
      select x.n, x.user_id, x.user_id = any (v_charged_ids) as is_charged, x.room_name is not null as is_for_room,
             r.id as room_id, r.kind, exists (
               select from memberships m where m.room_id = r.id and m.user_id = x.user_id) as is_member,
             case when x.room_name is not null then (
               select count(*) from (select * from connections o where o.user_id = x.user_id offset 0) c
                where c.expires_at > now()) end as count
        from unnest(v_user_ids, v_statuses, v_room_names) with ordinality as x(user_id, status, room_name, n)
        left join lateral (
          select o.id, o.kind from rooms o
           where lower(o.name collate "C") = lower(x.room_name collate "C") and o.deleted_at is null
          offset 0) r on true
       where x.status = 'ok'
       order by x.n
    loop
      if v.is_charged is not true then
        v_statuses[v.n] := 'limited';
        v_retries[v.n] := (
          select spend_again_in_ms_v1(l.connects_full_at, p_connect_limit, p_connect_seconds)
            from user_limits l where l.user_id = v.user_id);
      elsif v.count >= p_max_connections then
        v_statuses[v.n] := 'limited';
      elsif v.is_for_room and (v.is_member or v.kind = 'public') then
        v_room_ids[v.n] := v.room_id;
        if not v.is_member then v_join_keys[v.n] := 'joins:' || v.user_id; end if;
      elsif v.is_for_room then
        v_statuses[v.n] := 'not_found';
      end if;
    end loop;
    if array_remove(v_join_keys, null) <> '{}' then
      with charged as (
        insert into rate_limits as l (key, full_at)
          select x.key, spend_v1('-infinity', p_join_limit, p_join_seconds)
            from unnest(v_join_keys) as x(key)
           where x.key is not null
           order by x.key
          on conflict on constraint rate_limits_pkey do update
            set full_at = spend_v1(l.full_at, p_join_limit, p_join_seconds)
            where spend_v1(l.full_at, p_join_limit, p_join_seconds) is not null
        returning l.key)
      select array_agg(c.key) into v_charged_keys from charged c;
      for v in
        select x.n, l.full_at
          from unnest(v_join_keys) with ordinality as x(key, n) join rate_limits l on l.key = x.key
         where x.key is not null and (x.key = any (v_charged_keys)) is not true
      loop
        v_statuses[v.n] := 'limited';
        v_retries[v.n] := spend_again_in_ms_v1(v.full_at, p_join_limit, p_join_seconds);
        v_room_ids[v.n] := null;
      end loop;
    end if;

    -- From here on, a removal from a room or its deletion either came before, or finds these sockets and closes them.
    if v_room_ids <> '{}' then
      perform 1 from rooms r where r.id = any (v_room_ids) and r.deleted_at is null order by r.id for no key update;
    end if;
    -- The sockets are counted under these locks, so that concurrent ones cannot exceed the limit.
    perform 1 from users u
      where u.id = any (
        select x.user_id from unnest(v_user_ids, v_statuses) as x(user_id, status) where x.status = 'ok')
      order by u.id for no key update;

    -- Decides again under the locks, where the answer is final.
    for v in
      select x.n, x.user_id, x.room_id, r.kind, r.last_seq, r.last_event_at, r.member_count, exists (
               select from memberships m where m.room_id = x.room_id and m.user_id = x.user_id) as is_member,
             b.is_there as was_removed, o.count, o.is_online
        from unnest(v_user_ids, v_statuses, v_room_names) with ordinality as y(user_id, status, room_name, n)
        cross join lateral (select y.n, y.user_id, v_room_ids[y.n] as room_id) x
        left join lateral (
          select * from rooms p where p.id = x.room_id and p.deleted_at is null offset 0) r on true
        left join lateral (
          select true as is_there from bans p
           where p.room_id = x.room_id and p.user_id = x.user_id offset 0) b on true
        cross join lateral (
          select count(*) as count,
                 coalesce(bool_or(c.seen_at > now() - make_interval(secs => p_online_seconds)), false) as is_online
            from (select * from connections k where k.user_id = x.user_id offset 0) c
           where c.expires_at > now()) o
       where y.status = 'ok'
       order by y.n
    loop
      v_kept_out := null;
      if v.was_removed and not v.is_member then
        select k.status, k.again_in_s into v_kept_out, v_again_in_s from kept_out_v1(v.room_id, v.user_id, false) k;
      end if;
      if v.room_id is not null and (v.kind is null or not v.is_member and v.kind <> 'public') then
        v_statuses[v.n] := 'not_found';
      elsif v.count >= p_max_connections then
        v_statuses[v.n] := 'limited';
      elsif v_kept_out is not null then
        v_statuses[v.n] := v_kept_out;
        v_agains[v.n] := v_again_in_s;
      else
        v_accepted := v_accepted || v.n;
        if not v.is_online then v_online_ids := v_online_ids || v.user_id; end if;
        if v.room_id is not null and not v.is_member then
          v_ns := v_ns || v.n;
          if v.was_removed then v_pardoned_ids := v_pardoned_ids || v.user_id; end if;
          if v.count > 0 then v_elsewhere_ids := v_elsewhere_ids || v.user_id; end if;
          if array_position(v_written_ids, v.room_id) is null then
            v_written_ids := v_written_ids || v.room_id;
            v_last_seqs := v_last_seqs || v.last_seq;
            v_are_empty := v_are_empty || (v.member_count = 0);
            -- The clock is read under the lock, and the time never runs backwards.
            v_times := v_times || cast(greatest(v.last_event_at, clock_timestamp()) as timestamptz(3));
            v_counts := v_counts || cast(0 as bigint);
          end if;
        end if;
      end if;
    end loop;

    if v_ns <> '{}' then
      -- [R8] This repeats the first step of count_membership_v1, which knows more for those who are in too many rooms.
      with counted as (
        insert into membership_counts as c (user_id, rooms, directs)
          select v_user_ids[x.n], 1, 0 from unnest(v_ns) as x(n) order by v_user_ids[x.n]
          on conflict on constraint membership_counts_pkey do update set rooms = c.rooms + 1
            where c.rooms < p_rooms_max
        returning c.user_id)
      select array_agg(c.user_id) into v_counted_ids from counted c;
      foreach v_place in array v_ns loop
        if (v_user_ids[v_place] = any (v_counted_ids)) is not true
           and not count_membership_v1(v_user_ids[v_place], false, p_rooms_max) then
          v_statuses[v_place] := 'full';
          v_accepted := array_remove(v_accepted, v_place);
          v_online_ids := array_remove(v_online_ids, v_user_ids[v_place]);
          v_elsewhere_ids := array_remove(v_elsewhere_ids, v_user_ids[v_place]);
          v_pardoned_ids := array_remove(v_pardoned_ids, v_user_ids[v_place]);
        else
          v_index := array_position(v_written_ids, v_room_ids[v_place]);
          v_counts[v_index] := v_counts[v_index] + 1;
          v_seqs[v_place] := v_last_seqs[v_index] + v_counts[v_index];
          v_ats[v_place] := v_times[v_index];
          v_roles[v_place] := case when v_are_empty[v_index] and v_counts[v_index] = 1 then 'owner' else 'member' end;
          v_new_room_ids := v_new_room_ids || v_room_ids[v_place];
          v_new_user_ids := v_new_user_ids || v_user_ids[v_place];
          v_new_seqs := v_new_seqs || v_seqs[v_place];
          v_new_roles := v_new_roles || v_roles[v_place];
          v_new_ats := v_new_ats || v_ats[v_place];
        end if;
      end loop;
    end if;
    -- The same as add_member_v2 does for one user.
    if v_new_user_ids <> '{}' then
      insert into memberships (room_id, user_id, role, last_read_seq, notify)
        select x.room_id, x.user_id, x.role, x.seq - 1, 'mentions'
          from unnest(v_new_room_ids, v_new_user_ids, v_new_roles, v_new_seqs) as x(room_id, user_id, role, seq);
      update rooms r
         set member_count = r.member_count + v_counts[array_position(v_written_ids, r.id)],
             members_version = r.members_version + v_counts[array_position(v_written_ids, r.id)],
             last_seq = r.last_seq + v_counts[array_position(v_written_ids, r.id)],
             last_event_at = v_times[array_position(v_written_ids, r.id)]
       where r.id = any (v_new_room_ids);
      if v_pardoned_ids <> '{}' then
        delete from bans b
         where b.room_id = any (v_new_room_ids) and b.user_id = any (v_pardoned_ids)
           and b.room_id = v_new_room_ids[array_position(v_new_user_ids, b.user_id)];
      end if;
      if v_elsewhere_ids <> '{}' then
        insert into subscriptions (room_id, connection_id)
          select x.room_id, c.id
            from unnest(v_new_room_ids, v_new_user_ids) as x(room_id, user_id)
            cross join lateral (
              select k.id from connections k
               where k.user_id = x.user_id and k.room_id is null and k.expires_at > now()
                 for key share skip locked) c
           where x.user_id = any (v_elsewhere_ids)
          on conflict do nothing;
      end if;
      insert into room_events (room_id, seq, kind, created_at, actor_id, subject_id, role)
        select x.room_id, x.seq, 'member.joined', x.at, x.user_id, x.user_id, x.role
          from unnest(v_new_room_ids, v_new_seqs, v_new_ats, v_new_user_ids, v_new_roles)
            as x(room_id, seq, at, user_id, role);
    end if;

    if v_accepted <> '{}' then
      -- A socket never outlives its session.
      insert into connections (id, user_id, session_id, room_id, simple, address, expires_at)
        select v_ids[x.n], v_user_ids[x.n], s.id, v_room_ids[x.n], v_simple[x.n], v_addresses[x.n],
               least(now() + make_interval(secs => p_life_seconds), s.expires_at)
          from unnest(v_accepted) as x(n) join sessions s on s.id = v_session_ids[x.n];
      insert into subscriptions (room_id, connection_id)
        select m.room_id, v_ids[x.n]
          from unnest(v_accepted) as x(n)
          cross join lateral (
            select o.room_id from memberships o
             where o.user_id = v_user_ids[x.n] and (v_room_ids[x.n] is null or o.room_id = v_room_ids[x.n])
            offset 0) m;
    end if;

    for v_place in 1 .. cardinality(v_ids) loop
      n := v_place;
      status := v_statuses[n];
      retry_after_ms := v_retries[n];
      user_id := v_user_ids[n];
      username := v_usernames[n];
      display_name := v_display_names[n];
      room_id := case when status = 'ok' then v_room_ids[n] end;
      seq := v_seqs[n];
      at := v_ats[n];
      role := v_roles[n];
      again_in_s := v_agains[n];
      return next;
    end loop;

    -- Without "materialized", PostgreSQL would read the sockets twice: for the condition and for the answer.
    return query
      with told as materialized (
        -- Simple sockets count towards p_recipients: see audience_v1.
        select 'joined' as event, w.id as room_id, cast(null as bigint) as user_id, (
                 select cast(json_agg(r.connection_id) as text)
                   from (select a.connection_id, a.simple, count(*) over () as count
                           from recipients_v1(w.id, '', true, p_recipients) a) r
                  where not r.simple and r.connection_id <> all (v_ids) or r.count = p_recipients) as connection_ids
          from unnest(v_written_ids, v_counts) as w(id, count)
         where w.count > 0
        union all
        select 'room.added', null, x.user_id, (
                 select cast(json_agg(c.id) as text)
                   from (select k.id
                           from (select * from connections o where o.user_id = x.user_id offset 0) k
                          where k.id <> all (v_ids) and not k.simple and k.expires_at > now()
                          limit p_recipients) c)
          from unnest(v_elsewhere_ids) as x(user_id)
        union all
        select 'presence', null, x.user_id, (
                 select cast(json_agg(p.connection_id) as text)
                   from partner_connections_v1(x.user_id, p_recipients) p
                  where p.connection_id <> all (v_ids))
          from unnest(v_online_ids) as x(user_id))
      select cast(null as bigint), cast(null as text), cast(null as bigint), h.user_id, cast(null as text),
             cast(null as text), h.room_id, cast(null as bigint), cast(null as timestamptz), cast(null as text),
             cast(null as bigint), h.event, h.connection_ids
        from told h
       where h.connection_ids is not null;
  end $$`,

  // Removes the connections in p_ids, a JSON array. Returns the sockets to tell about each user who has no other socket
  // online, at most p_recipients for a user.
  // A single connection is waited for while another transaction has locked it. Several are not waited for: the ones that
  // are locked stay, and are returned in rows without a user. So their order does not matter, and no deadlock is possible.
  `create or replace function disconnect_v3(p_ids text, p_online_seconds bigint, p_recipients bigint)
  returns table (user_id bigint, username text, display_name text, connection_id text) language plpgsql volatile
  set enable_seqscan = off set jit = off as $$
  #variable_conflict use_column
  declare
    v_ids text[] := array(select jsonb_array_elements_text(cast(p_ids as jsonb)));
    v_free_ids text[] := v_ids;
    v_user_ids bigint[];
  begin
    if cardinality(v_ids) > 1 then
      v_free_ids := array(select c.id from connections c where c.id = any (v_ids) for update skip locked);
      return query
        select cast(null as bigint), cast(null as text), cast(null as text), c.id
          from connections c
         where c.id = any (v_ids) and c.id <> all (v_free_ids);
    end if;
    with gone as (delete from connections c where c.id = any (v_free_ids) returning c.user_id)
    select array_agg(distinct g.user_id) into v_user_ids from gone g;
    if v_user_ids is null then return; end if;
    -- Without these locks, two sockets that close at the same moment would each see the other as open. No other function
    -- takes these locks. They are the last ones that are taken, and in the order of their keys.
    perform pg_advisory_xact_lock(x.key)
       from (select distinct hashtextextended('offline ' || u.id, 0) as key
               from unnest(v_user_ids) as u(id) order by key) x;
    -- This is a statement of its own, so that it reads what was committed during the wait.
    return query
      select u.id, u.username, u.display_name, p.connection_id
        from (select o.* from users o
               where o.id = any (v_user_ids) and not is_online_v1(o.id, '', p_online_seconds) offset 0) u
        cross join lateral partner_connections_v1(u.id, p_recipients) p;
  end $$`,

  // [W11] Removes connections whose sockets are gone, except those that are younger than p_gone_seconds, and those
  // whose rows another transaction has locked. Returns the sockets that are told about users who have no other socket
  // online.
  `create or replace function forget_gone_v1(p_ids text, p_gone_seconds bigint, p_online_seconds bigint,
    p_recipients bigint)
  returns table (user_id bigint, username text, display_name text, connection_id text)
  language plpgsql volatile set enable_seqscan = off as $$
  #variable_conflict use_column
  declare
    v_user_ids bigint[];
  begin
    with gone as (
      delete from connections where id in (
        select c.id from connections c
         where c.id in (select jsonb_array_elements_text(cast(p_ids as jsonb)))
           and c.connected_at < now() - make_interval(secs => p_gone_seconds)
           for update skip locked)
      returning user_id)
    select array_agg(distinct g.user_id) into v_user_ids from gone g;
    return query
      select u.id, u.username, u.display_name, p.connection_id
        from users u cross join lateral partner_connections_v1(u.id, p_recipients) p
       where u.id = any (v_user_ids) and not is_online_v1(u.id, '', p_online_seconds)
       limit p_recipients;
  end $$`,
]
