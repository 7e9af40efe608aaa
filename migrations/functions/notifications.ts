// Notifications [N1, N2]: who has them, and who is told of them.

/**
 * The v1 sockets of `users`, which have a user_id and `column`: at most p_limit whose ids come after p_after, in their
 * order. The unread notifications of each user are counted once.
 */
const socketsOf = (column: string, users: string) => `with heard as materialized (
        select h.user_id, c.id as connection_id, h.${column}
          from (${users}) h
          cross join lateral (
            select k.id from connections k
             where k.user_id = h.user_id and k.id > p_after and not k.simple and k.expires_at > now()
            offset 0) c
         order by c.id
         limit p_limit),
      counted as materialized (
        select u.user_id, unread_notifications_v1(u.user_id, p_unread_max) as unread
          from (select distinct heard.user_id from heard) u)
      select heard.user_id, heard.connection_id, counted.unread, heard.${column}
        from heard join counted on counted.user_id = heard.user_id
       order by heard.connection_id`

export const functions = [
  // Counts a user's visible unread notifications, up to a limit. Notifications of a deleted room, of a room that the
  // user has left, and from users whom they have blocked are not visible.
  `create or replace function unread_notifications_v1(p_user_id bigint, p_max bigint)
  returns bigint language sql stable as $$
    select count(*) from (
      select from (
        select x.room_id, x.actor_id from notifications x
         where x.user_id = p_user_id and x.read_at is null
         order by x.id desc limit 1000) n
       where (n.room_id is null or exists (
           select from memberships m join rooms r on r.id = m.room_id and r.deleted_at is null
            where m.room_id = n.room_id and m.user_id = p_user_id))
         and not exists (
           select from blocks b where b.user_id = p_user_id and b.blocked_id = n.actor_id)
       limit p_max) u
  $$`,

  // Deletes notifications that were read long ago. It runs with every call that marks notifications as read, and so
  // keeps up with these calls.
  `create or replace function purge_notifications_v1(p_keep_days bigint) returns bigint language plpgsql volatile as $$
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

  // [N1] Makes the notifications of a new message in a locked room. p_mentions is a JSON array of usernames in lower
  // case. Nobody is notified by a user whom they have blocked. "offset 0" keeps the planner from reading all users: a
  // name costs two look-ups, whatever the statistics say.
  `create or replace function notify_of_message_v1(p_room_id bigint, p_room_kind text, p_seq bigint, p_at timestamptz,
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
               where lower(u.username collate "C") = x.username and u.deleted_at is null offset 0) u
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

  // Returns the v1 sockets of users who have unread notifications of some messages, in the order of the sockets' ids. A
  // user who has blocked the sender since then is not told about a repeat [A6]. p_messages is a JSON array of {n,
  // room_id, seq}. notifications is a JSON array of {n, id, kind}.
  `create or replace function notified_v1(p_messages jsonb, p_after text, p_limit bigint, p_unread_max bigint)
  returns table (user_id bigint, connection_id text, unread bigint, notifications text)
  language plpgsql stable set plan_cache_mode = force_generic_plan as $$
  #variable_conflict use_column
  begin
    return query
      ${socketsOf(
        'notifications',
        `select n.user_id,
                   cast(json_agg(json_build_object('n', x.n, 'id', n.id, 'kind', n.kind)
                     order by n.id) as text) as notifications
              from jsonb_to_recordset(p_messages) as x(n bigint, room_id bigint, seq bigint)
              cross join lateral (
                select o.user_id, o.id, o.kind, o.actor_id from notifications o
                 where o.room_id = x.room_id and o.message_seq = x.seq and o.read_at is null offset 0) n
             where exists (
               select from memberships m where m.room_id = x.room_id and m.user_id = n.user_id offset 0)
               and not is_blocked_v1(n.actor_id, n.user_id)
             group by n.user_id`,
      )};
  end $$`,

  // Returns a later page of the same sockets, again with the rooms locked [R5].
  `create or replace function notified_page_v1(p_messages text, p_after text, p_limit bigint, p_unread_max bigint)
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

  /*
   * [N1] Takes back notifications of a message in a locked room. With p_mentions null, the message was deleted, and all
   * of its notifications go. Otherwise those mentions go whose users the message no longer mentions; p_mentions is as
   * in notify_of_message_v1. A user who is notified of everything keeps theirs, as one of a message. Returns whether
   * anything was taken back. A notification that is taken back counts as read. Its rows stay, so that the sockets can
   * be told, and are deleted later like other read ones. The rows are locked in the order of their ids, as in every
   * call that marks notifications as read.
   */
  `create or replace function take_back_notifications_v1(p_room_id bigint, p_room_kind text, p_seq bigint,
    p_mentions jsonb)
  returns boolean language plpgsql volatile as $$
  declare
    v_ids bigint[];
  begin
    select array_agg(l.id) into v_ids from (
      select n.id from notifications n
       where n.room_id = p_room_id and n.message_seq = p_seq and n.removed_at is null
         and (p_mentions is null or n.kind = 'mention' and not exists (
           select from users u
            where u.id = n.user_id and u.deleted_at is null and p_mentions ? lower(u.username collate "C")))
       order by n.id for update) l;
    if v_ids is null then return false; end if;
    update notifications n
       set kind = case when p_room_kind = 'direct' then 'direct' else 'message' end
     where n.room_id = p_room_id and n.message_seq = p_seq and n.id = any (v_ids)
       and p_mentions is not null
       and exists (
         select from memberships m
          where m.room_id = p_room_id and m.user_id = n.user_id and m.notify = 'all');
    update notifications n
       set removed_at = now(), read_at = coalesce(n.read_at, now())
     where n.room_id = p_room_id and n.message_seq = p_seq and n.id = any (v_ids)
       and (p_mentions is null or n.kind = 'mention');
    return found;
  end $$`,

  // Returns the v1 sockets of users whose notifications of some messages of a room were taken back, in the order of the
  // sockets' ids. p_seqs is a JSON array. ids is a JSON array of the notifications' ids. Nobody is told about a user
  // whom they have blocked.
  `create or replace function taken_back_v1(p_room_id bigint, p_seqs text, p_after text, p_limit bigint,
    p_unread_max bigint)
  returns table (user_id bigint, connection_id text, unread bigint, ids text)
  language sql stable as $$
    ${socketsOf(
      'ids',
      `select n.user_id, cast(json_agg(n.id order by n.id) as text) as ids
            from jsonb_array_elements_text(cast(p_seqs as jsonb)) as x(seq)
            cross join lateral (
              select o.user_id, o.id, o.actor_id from notifications o
               where o.room_id = p_room_id and o.message_seq = cast(x.seq as bigint)
                 and o.removed_at is not null offset 0) n
           where not is_blocked_v1(n.actor_id, n.user_id)
           group by n.user_id`,
    )}
  $$`,

  // [N1] Gives a notice to the next p_limit users, in the order of their ids. Their notifications have the ids from
  // first_id to last_id. When all users have the notice, none is made. Concurrent calls take turns.
  `create or replace function deliver_notice_v1(p_notice_id bigint, p_limit bigint,
    out made bigint, out first_id bigint, out last_id bigint, out first_user_id bigint,
    out last_user_id bigint, out text text, out at timestamptz, out is_done boolean)
  language plpgsql volatile as $$
  declare
    n notices%rowtype;
  begin
    select * into n from notices o where o.id = p_notice_id for update;
    first_user_id := n.after_user_id + 1;
    text := n.text;
    select max(u.id) into last_user_id from (
      select v.id from users v
       where v.id > n.after_user_id and v.id <= n.until_user_id
       order by v.id limit p_limit) u;
    last_user_id := coalesce(last_user_id, n.until_user_id);
    with made_now as (
      insert into notifications (user_id, kind, text)
      select u.id, 'notice', n.text from users u
       where u.id > n.after_user_id and u.id <= deliver_notice_v1.last_user_id and u.deleted_at is null
       order by u.id
      returning id, created_at)
    select count(*), coalesce(min(m.id), 0), coalesce(max(m.id), 0), coalesce(max(m.created_at), now())
      into made, first_id, last_id, at
      from made_now m;
    update notices o
       set after_user_id = deliver_notice_v1.last_user_id, reached = o.reached + made
     where o.id = p_notice_id;
    is_done := last_user_id >= n.until_user_id;
  end $$`,
]
