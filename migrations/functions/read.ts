/** The read marker of a member [M8]. */
export const functions = [
  // [M8] The unread count is derived: other users' messages after the marker that are not deleted, up to a limit. It
  // looks at the newest 1,000 messages. So the number of skipped messages, such as the user's own, is bounded as well.
  `create or replace function unread_v1(p_user_id bigint, p_room_id bigint, p_last_read_seq bigint, p_max bigint)
  returns bigint language sql stable as $$
    select count(*) from (
      select from (
        select m.user_id, m.deleted_at from messages m
         where m.room_id = p_room_id and m.seq > p_last_read_seq
         order by m.seq desc limit 1000) newest
       where newest.user_id is distinct from p_user_id and newest.deleted_at is null
       limit p_max) u
  $$`,

  // [M8, N2] Moves a member's marker forward, never back and never past the room's end. Marks the notifications of the
  // room up to there as read, and its invitation, too. moved: the marker has moved. Returns no row when the user is not
  // a member.
  `create or replace function mark_read_v3(p_user_id bigint, p_room_id bigint, p_seq bigint, p_unread_max bigint,
    p_keep_days bigint)
  returns table (last_read_seq bigint, unread bigint, moved boolean) language plpgsql volatile as $$
  #variable_conflict use_column
  declare
    v_before bigint;
  begin
    select m.last_read_seq into v_before from memberships m
     where m.room_id = p_room_id and m.user_id = p_user_id;
    update memberships m
       set last_read_seq = greatest(m.last_read_seq, least(p_seq, r.last_seq))
      from rooms r
     where m.room_id = p_room_id and m.user_id = p_user_id
       and r.id = m.room_id and r.deleted_at is null
    returning m.last_read_seq into last_read_seq;
    if not found then return; end if;
    -- The rows are locked in the order of their ids, as in every call that marks notifications as read.
    update notifications n set read_at = now()
     where n.user_id = p_user_id and n.id in (
       select o.id from notifications o
        where o.user_id = p_user_id and o.room_id = p_room_id and o.read_at is null
          and (o.message_seq is null or o.message_seq <= mark_read_v3.last_read_seq)
        order by o.id for update);
    if found then perform purge_notifications_v1(p_keep_days); end if;
    unread := unread_v1(p_user_id, p_room_id, last_read_seq, p_unread_max);
    moved := last_read_seq > v_before;
    return next;
  end $$`,

  // [M9] Returns the v1 sockets that are told how far a user has read in a direct chat: those of the partner, when both
  // have read receipts on and neither has blocked the other. "offset 0" keeps the planner from reading the members of
  // other rooms.
  `create or replace function sees_read_v1(p_user_id bigint, p_room_id bigint)
  returns table (connection_id text) language sql stable as $$
    select c.id
      from rooms r
      cross join lateral (
        select o.user_id from memberships o where o.room_id = r.id and o.user_id <> p_user_id
        offset 0) theirs
      cross join lateral (
        select k.id from connections k
         where k.user_id = theirs.user_id and not k.simple and k.expires_at > now()
           and coalesce(k.room_id, r.id) = r.id and not are_apart_v1(p_user_id, theirs.user_id)
        offset 0) c
     where r.id = p_room_id and r.kind = 'direct' and r.deleted_at is null
       and exists (select from users u where u.id = p_user_id and u.read_receipts offset 0)
       and exists (select from users u where u.id = theirs.user_id and u.read_receipts offset 0)
  $$`,

  // [W3] read. The first row has the frame's status and the marker. The other rows are the user's own v1 sockets, and
  // those of a direct chat's partner who may see that the marker has moved.
  `create or replace function read_v3(p_connection_id text, p_room_id bigint, p_seq bigint,
    p_limit bigint, p_seconds bigint, p_unread_max bigint, p_keep_days bigint)
  returns table (status text, retry_after_ms bigint, room_id bigint, last_read_seq bigint,
    unread bigint, connection_id text, is_partner boolean)
  language plpgsql volatile as $$
  #variable_conflict use_column
  declare
    v_user_id bigint;
    v_moved boolean;
  begin
    select f.status, f.retry_after_ms, f.user_id, coalesce(p_room_id, f.room_id)
      into status, retry_after_ms, v_user_id, room_id
      from frame_v2(p_connection_id, p_limit, p_seconds) f;
    if status = 'ok' then
      select m.last_read_seq, m.unread, m.moved into last_read_seq, unread, v_moved
        from mark_read_v3(v_user_id, room_id, p_seq, p_unread_max, p_keep_days) m;
      if not found then
        status := case when room_id is null then 'no_room' else 'not_found' end;
      end if;
    end if;
    return next;
    if status <> 'ok' then return; end if;
    return query
      select cast(null as text), cast(null as bigint), cast(null as bigint), cast(null as bigint),
             cast(null as bigint), c.id, false
        from connections c
       where c.user_id = v_user_id and not c.simple and c.expires_at > now();
    if not v_moved then return; end if;
    return query
      select cast(null as text), cast(null as bigint), cast(null as bigint), cast(null as bigint),
             cast(null as bigint), s.connection_id, true
        from sees_read_v1(v_user_id, room_id) s;
  end $$`,
]
