/** The marker of what a member has read [M8]. */
export const functions = [
  // [M8] What is unread is derived: others' messages after the marker that are not deleted, counted to a limit. The
  // newest 1,000 messages are looked at: what is skipped, such as one's own messages, is bounded as well.
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

  // [M8, N2] Moves a member's marker forward, never back and never past the room's end, and reads the
  // notifications of the room up to there, its invitation with them. No row: not a member.
  `create or replace function mark_read_v2(p_user_id bigint, p_room_id bigint, p_seq bigint, p_unread_max bigint,
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
  `create or replace function read_v2(p_connection_id text, p_room_id bigint, p_seq bigint,
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
      from frame_v2(p_connection_id, p_limit, p_seconds) f;
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
]
