/** Who is sent an event, and how far the push to each shard of a large room is. */
export const functions = [
  // Returns the recipients of an event of a room: the sockets of its members that are subscribed to it, in pages.
  // Membership decides, not the subscription: a subscription that a race left over shows nothing.
  //
  // "offset 0" keeps the planner from joining members and their connections first. Without bitmap scans it reads
  // subscriptions in the order of their index. So a page costs two look-ups for each of its rows, and no more, whatever
  // the size of the room and its statistics. A connection is looked up by its id in a query of its own: a plan that was
  // made while there were no connections would otherwise read all of them for each row, and plans are kept. A function in
  // SQL would be planned again at each call, which takes longer than reading ten sockets.
  `create or replace function recipients_v1(p_room_id bigint, p_after text, p_with_simple boolean, p_limit bigint)
  returns table (connection_id text, simple boolean) language plpgsql stable
  set enable_bitmapscan = off set enable_seqscan = off set plan_cache_mode = force_generic_plan as $$
  begin
    return query
      select s.connection_id, c.simple
        from (select x.connection_id from subscriptions x
               where x.room_id = p_room_id and x.connection_id > p_after
               order by x.connection_id offset 0) s
        cross join lateral (
          select k.user_id, k.simple from (select * from connections o where o.id = s.connection_id offset 0) k
           where k.expires_at > now() and (p_with_simple or not k.simple)
          offset 0) c
       where exists (
         select from memberships m where m.room_id = p_room_id and m.user_id = c.user_id offset 0)
       order by s.connection_id
       limit p_limit;
  end $$`,

  // Returns the recipients of an event that simple clients do not get: the v1 sockets of a room's members, except
  // p_but_for. Simple sockets still count towards p_limit, as they do for a message. When all sockets together reach
  // p_limit, p_limit rows come back, and the event is for the fan-out. So all events of a room are sent from the same
  // place.
  `create or replace function audience_v1(p_room_id bigint, p_but_for text, p_limit bigint)
  returns table (connection_id text) language sql stable as $$
    with r as materialized (
      select * from recipients_v1(p_room_id, '', true, p_limit))
    select r.connection_id from r
     where not r.simple and r.connection_id <> p_but_for
        or (select count(*) from r) = p_limit
  $$`,

  /*
   * Returns a page of the recipients of a message of a room: the connections of a shard whose ids come after p_after,
   * at most p_limit. It is JSON: {state, last, v1, simple}. v1 and simple are lists of ids, or null. last is the id
   * after which the next page begins, or null when there is no next page.
   *
   * A page costs two look-ups for each connection. So a caller keeps the page, and passes its state as p_known the next
   * time. While the state is the same, the answer is only {state}. The state covers everything that the page depends on:
   * the members of the room, by a number that changes with them, the ids of the subscribed connections, by their count
   * and by their hashes of 64 bits, and the time at which the first of them expires. Computing it costs a scan of an
   * index. bit_xor is the cheapest way to join the hashes: sum would use numeric. A page has no state when one of its
   * subscriptions belongs to a connection that has expired, or whose user is not a member.
   */
  `create or replace function audience_page_v1(p_room_id bigint, p_shards bigint, p_shard bigint, p_after text,
    p_limit bigint, p_known text)
  returns text language plpgsql stable
  set enable_bitmapscan = off set enable_seqscan = off set plan_cache_mode = force_generic_plan as $$
  declare
    v_state text;
    v_count bigint;
    v_hash bigint;
    v_page record;
  begin
    select concat_ws(' ', r.members_version, w.count, w.hash), w.count, w.hash into v_state, v_count, v_hash
      from rooms r
      cross join lateral (
        select count(*) as count, coalesce(bit_xor(hashtextextended(x.connection_id, 0)), 0) as hash
          from (select s.connection_id from subscriptions s
                 where s.room_id = r.id and s.connection_id > p_after
                   and (p_shards = 1 or mod(hashtext(s.connection_id) + 2147483648, p_shards) = p_shard)
                 order by s.connection_id
                 limit p_limit) x
        offset 0) w
     where r.id = p_room_id;
    if starts_with(p_known, v_state || ' ')
       and extract(epoch from now()) < cast(split_part(p_known, ' ', 4) as numeric) then
      return json_build_object('state', p_known);
    end if;
    select count(*) as count, coalesce(bit_xor(hashtextextended(g.id, 0)), 0) as hash, max(g.id) as last,
           min(g.expires_at) as expires_at,
           json_agg(g.id) filter (where not g.simple) as v1, json_agg(g.id) filter (where g.simple) as simple
      into v_page
      from (
        select s.connection_id as id, c.simple, c.expires_at
          from (select x.connection_id from subscriptions x
                 where x.room_id = p_room_id and x.connection_id > p_after
                   and (p_shards = 1 or mod(hashtext(x.connection_id) + 2147483648, p_shards) = p_shard)
                 order by x.connection_id offset 0) s
          cross join lateral (
            select k.user_id, k.simple, k.expires_at
              from (select * from connections o where o.id = s.connection_id offset 0) k
             where k.expires_at > now()
            offset 0) c
         where exists (
           select from memberships m where m.room_id = p_room_id and m.user_id = c.user_id offset 0)
         order by s.connection_id
         limit p_limit) g;
    return json_build_object(
      'state', case when v_page.count = v_count and v_page.hash = v_hash
                    then concat_ws(' ', v_state, extract(epoch from coalesce(v_page.expires_at, 'infinity'))) end,
      'last', case when v_page.count = p_limit then v_page.last end,
      'v1', v_page.v1, 'simple', v_page.simple);
  end $$`,

  // Does the same with the room locked [R5]. The call writes nothing but the lock, and does not wait until that is on
  // disk. Otherwise each message of a large room would wait for the disk twice.
  `create or replace function locked_audience_page_v1(p_room_id bigint, p_shards bigint, p_shard bigint, p_after text,
    p_limit bigint, p_known text)
  returns text language plpgsql volatile as $$
  begin
    perform set_config('synchronous_commit', 'off', true);
    perform 1 from rooms r where r.id = p_room_id for no key update;
    return audience_page_v1(p_room_id, p_shards, p_shard, p_after, p_limit, p_known);
  end $$`,

  /*
   * Moves a shard's cursor to p_pushed, unless that is null, and returns the events that come next. Events before
   * p_first belong to wake-ups that are still to come, unless they are older than p_first by more than
   * p_reach_back_seconds. Once the cursor has passed p_last, no events are returned, except to a wake-up that has
   * sent nothing. Such a wake-up takes the events that have come since. Otherwise these would wait in a busy room
   * until all wake-ups whose events were sent together have been answered, one by one.
   */
  `create or replace function fan_out_v1(p_room_id bigint, p_shards bigint, p_shard bigint,
    p_first bigint, p_last bigint, p_pushed bigint, p_reach_back_seconds bigint, p_limit bigint)
  returns setof log_row_v1 language plpgsql volatile as $$
  declare
    v_after bigint;
  begin
    if p_pushed is not null then
      insert into fan_out_cursors as c (room_id, shards, shard, seq)
        values (p_room_id, p_shards, p_shard, p_pushed)
        on conflict (room_id, shards, shard) do update set seq = greatest(c.seq, excluded.seq);
    end if;
    select coalesce(max(c.seq), 0) into v_after
      from fan_out_cursors c
     where c.room_id = p_room_id and c.shards = p_shards and c.shard = p_shard;
    if v_after >= p_last then
      if p_pushed is not null then return; end if;
      perform 1 from room_events e
        where e.room_id = p_room_id and e.seq = v_after + 1
          and e.created_at > clock_timestamp() - make_interval(secs => p_reach_back_seconds);
      if not found then return; end if;
    end if;
    select greatest(v_after, max(o.seq)) into v_after from (
      select e.seq from room_events e
       where e.room_id = p_room_id and e.seq > v_after and e.seq < p_first
         and e.created_at < (
           select f.created_at - make_interval(secs => p_reach_back_seconds)
             from room_events f where f.room_id = p_room_id and f.seq = p_first)
       order by e.seq desc limit 1) o;
    return query select * from log_v1(p_room_id, cast(null as bigint), v_after, p_limit);
  end $$`,
]
