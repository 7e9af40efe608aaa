/** How a room and its messages are read. */

/**
 * The statements of message_page_v1 that return a part of a room's history: the `limit` messages that are nearest to
 * p_after on one side of it.
 *
 * A Data API answer holds 1 MiB. So the part ends with the first message after p_max_bytes of texts. The reactions are
 * joined only when there are any: one scan of their index finds that out. In most rooms this is cheaper than to look for
 * the reactions of each message, and than one large statement, whose set-up takes longer than its work.
 */
function part(side: '<=' | '>', order: 'desc' | 'asc', limit: string): string {
  const nearest = (columns: string, count: string) => `
          select ${columns} from messages m
           where m.room_id = p_room_id and m.seq ${side} p_after
           order by m.seq ${order} limit ${count}`
  // "offset 0" keeps the planner from reading all users to join them. Without `enable_seqscan` off, a plan that was made
  // when there were few users would read all of them for each message.
  const rows = (reactions: string, join = '') => `
        select cast(null as text), p.id, p.seq, u.id, u.username, u.display_name, p.text, p.client_id, p.reply_to,
               p.created_at, p.edited_at, p.deleted_at, ${reactions}
          from (${nearest(
            `m.id, m.seq, m.user_id, m.text, m.client_id, m.reply_to,
                 m.created_at, m.edited_at, m.deleted_at`,
            'v_limit',
          )}) p
          left join lateral (
            select a.id, a.username, a.display_name from users a where a.id = p.user_id and a.deleted_at is null
            offset 0) u on true
          ${join}`
  const reactions = `left join (
            select e.message_id, cast(json_agg(json_build_object(
                     'emoji', e.emoji, 'count', e.count, 'mine', e.mine, 'first_seq', e.first_seq)
                     order by e.first_seq) as text) as reactions
              from (select r.message_id, r.emoji, count(*) as count, min(r.first_seq) as first_seq,
                           coalesce(bool_or(r.user_id = v_user_id), false) as mine
                      from reactions r
                     where r.message_id = any (v_ids)
                     group by r.message_id, r.emoji) e
             group by e.message_id) x on x.message_id = p.id`
  return `
      v_limit := ${limit};
      select array_agg(p.id), sum(octet_length(p.text)) into v_ids, v_bytes from (${nearest('m.id, m.text', 'v_limit')}) p;
      if v_bytes > p_max_bytes then
        select count(*) into v_limit
          from (select sum(octet_length(p.text)) over (
                         order by p.seq ${order} rows between unbounded preceding and 1 preceding) as bytes
                  from (${nearest('m.seq, m.text', 'v_limit')}) p) w
         where coalesce(w.bytes, 0) <= p_max_bytes;
      end if;
      if exists (select from reactions r where r.message_id = any (v_ids)) then
        return query ${rows('x.reactions', reactions)};
      else
        return query ${rows('cast(null as text)')};
      end if;`
}

/**
 * [C5, C7] The statements that find out whether a user may read a room. They set `status`: ok, revoked, suspended or
 * not_found. The `columns` of the session's user `u`, the room `r` and the membership `m` go into the variables `into`.
 */
function access(columns: string, into: string): string {
  return `
    select case when suspended_since_v1(u.suspended_at, u.suspended_until) is not null then 'suspended'
                when r.kind = 'public' or m.role is not null then 'ok'
                else 'not_found' end,
           ${columns}
      into status, ${into}
      from sessions s
      join users u on u.id = s.user_id and u.deleted_at is null
      left join rooms r on r.id = p_room_id and r.deleted_at is null
      left join memberships m on m.room_id = r.id and m.user_id = u.id
     where s.id = p_session_id and s.revoked_at is null and s.expires_at > now();
    if not found then status := 'revoked'; end if;`
}

export const functions = [
  // [C5, C7] Returns who reads a room, and whether they may: ok, revoked, suspended or not_found. The status is the
  // same for a room that does not exist and for one that the caller may not see. kind and role are those of the room
  // and of the caller's membership. It locks nothing.
  `create or replace function access_room_v1(p_session_id bigint, p_room_id bigint,
    out status text, out user_id bigint, out username text, out display_name text,
    out suspended_until timestamptz, out suspension_reason text, out kind text, out role text)
  language plpgsql stable
  set plan_cache_mode = force_generic_plan set enable_seqscan = off as $$
  begin
    ${access(
      'u.id, u.username, u.display_name, u.suspended_until, u.suspension_reason, r.kind, m.role',
      'user_id, username, display_name, suspended_until, suspension_reason, kind, role',
    )}
  end $$`,

  /*
   * [M4] Returns a page of a room's messages as a user sees them: up to p_older messages up to the position
   * p_after, and then up to p_limit in all after it. Either part has one message more when there are more. Without
   * p_newer there is only the older part. The order of the rows means nothing.
   *
   * The first row has only the status, by the check of access_room_v1. When it is not ok, no other row follows.
   * reactions is the JSON text of a list; null when there are none. The check is written into this function, because a
   * call of access_room_v1 takes longer than the check itself.
   */
  `create or replace function message_page_v1(p_session_id bigint, p_room_id bigint, p_after bigint,
    p_older bigint, p_newer boolean, p_limit bigint, p_max_bytes bigint)
  returns table (status text, message_id bigint, seq bigint, user_id bigint, username text, display_name text,
    text text, client_id text, reply_to bigint, created_at timestamptz, edited_at timestamptz,
    deleted_at timestamptz, reactions text)
  language plpgsql stable
  set plan_cache_mode = force_generic_plan set enable_seqscan = off as $$
  #variable_conflict use_column
  declare
    v_user_id bigint;
    v_limit bigint;
    v_ids bigint[];
    v_bytes bigint;
    v_older bigint := 0;
  begin
    ${access('u.id', 'v_user_id')}
    return next;
    if status <> 'ok' then return; end if;
    if p_older > 0 then
      ${part('<=', 'desc', 'p_older + 1')}
      get diagnostics v_older = row_count;
    end if;
    if p_newer then
      ${part('>', 'asc', 'p_limit - least(v_older, p_older) + 1')}
    end if;
  end $$`,
]
