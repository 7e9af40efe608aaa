/**
 * Limits. A limit of N in S seconds is stored as one time, at which its bucket is full again (GCRA, ITU-T I.371). To
 * spend one adds S/N seconds to that time. It is refused while the sum would be more than S seconds ahead. So a limit
 * is one column and one conditional update. A row whose time has passed means the same as no row.
 */
export const functions = [
  // Returns the new time of a bucket when p_cost of p_limit in p_seconds are spent, or null when the bucket has too
  // little left. It is one expression over now(), so that the planner inlines it into the calling statement.
  `create or replace function spend_v2(p_full_at timestamptz, p_limit bigint, p_seconds bigint, p_cost bigint)
  returns timestamptz language sql stable as $$
    select case
      when greatest(p_full_at, now()) + make_interval(secs => p_cost * p_seconds / p_limit::double precision)
           <= now() + make_interval(secs => p_seconds)
      then greatest(p_full_at, now()) + make_interval(secs => p_cost * p_seconds / p_limit::double precision)
    end
  $$`,

  `create or replace function spend_v1(p_full_at timestamptz, p_limit bigint, p_seconds bigint)
  returns timestamptz language sql stable as $$
    select spend_v2(p_full_at, p_limit, p_seconds, 1)
  $$`,

  // Returns the milliseconds until p_cost can be spent again, at least 1.
  `create or replace function spend_again_in_ms_v2(p_full_at timestamptz, p_limit bigint, p_seconds bigint,
    p_cost bigint)
  returns bigint language sql stable as $$
    select greatest(1, ceil(1000 * (
      extract(epoch from p_full_at - now()) + p_cost * p_seconds / p_limit::double precision - p_seconds)))::bigint
  $$`,

  `create or replace function spend_again_in_ms_v1(p_full_at timestamptz, p_limit bigint, p_seconds bigint)
  returns bigint language sql stable as $$
    select spend_again_in_ms_v2(p_full_at, p_limit, p_seconds, 1)
  $$`,

  // Returns how many can be spent from a bucket now, even when nothing was spent from it yet.
  `create or replace function tokens_left_v1(p_full_at timestamptz, p_limit bigint, p_seconds bigint)
  returns bigint language sql stable as $$
    select least(p_limit, floor(
      (p_seconds - extract(epoch from greatest(p_full_at, now()) - now())) * p_limit / p_seconds)::bigint)
  $$`,

  // Spends one from the bucket of a key. retry_after_ms is null unless it was refused.
  `create or replace function take_token_v1(p_key text, p_limit bigint, p_seconds bigint,
    out remaining bigint, out reset_ms bigint, out retry_after_ms bigint)
  language plpgsql volatile as $$
  declare
    v_full_at timestamptz;
  begin
    insert into rate_limits as r (key, full_at)
      values (p_key, spend_v1('-infinity', p_limit, p_seconds))
      on conflict (key) do update set full_at = spend_v1(r.full_at, p_limit, p_seconds)
        where spend_v1(r.full_at, p_limit, p_seconds) is not null
      returning r.full_at into v_full_at;
    remaining := 0;
    if v_full_at is null then
      select r.full_at into v_full_at from rate_limits r where r.key = p_key;
      retry_after_ms := spend_again_in_ms_v1(v_full_at, p_limit, p_seconds);
    else
      remaining := tokens_left_v1(v_full_at, p_limit, p_seconds);
    end if;
    reset_ms := ceil(1000 * extract(epoch from v_full_at - now()));
  end $$`,

  // Spends p_cost from the bucket of a key, or all that a full bucket holds when that is less. False when the bucket
  // had too little. The commit does not wait for the disk. So a crash of the database can forget the charges of its
  // last moment.
  `create or replace function take_tokens_v1(p_key text, p_limit bigint, p_seconds bigint, p_cost bigint)
  returns boolean language plpgsql volatile as $$
  declare
    v_cost bigint := least(p_cost, p_limit);
  begin
    perform set_config('synchronous_commit', 'off', true);
    insert into rate_limits as r (key, full_at)
      values (p_key, spend_v2('-infinity', p_limit, p_seconds, v_cost))
      on conflict (key) do update set full_at = spend_v2(r.full_at, p_limit, p_seconds, v_cost)
        where spend_v2(r.full_at, p_limit, p_seconds, v_cost) is not null;
    return found;
  end $$`,

  // Gives back what take_token_v1 took, when it turns out that nothing had to be charged. False when the bucket was
  // full.
  `create or replace function give_token_v1(p_key text, p_limit bigint, p_seconds bigint)
  returns boolean language plpgsql volatile as $$
  begin
    update rate_limits r
       set full_at = r.full_at - make_interval(secs => p_seconds / p_limit::double precision)
     where r.key = p_key;
    return found;
  end $$`,

  /*
   * [A2] Charges one attempt to give a password to p_key, and to p_strangers_key unless that is null. When one of the
   * two refuses, neither is charged. So somebody who tries on after a refusal does not keep other strangers out.
   */
  `create or replace function begin_attempt_v1(p_key text, p_limit bigint,
    p_strangers_key text, p_strangers_limit bigint, p_seconds bigint, out retry_after_ms bigint)
  language plpgsql volatile as $$
  begin
    select t.retry_after_ms into retry_after_ms from take_token_v1(p_key, p_limit, p_seconds) t;
    if retry_after_ms is not null or p_strangers_key is null then return; end if;
    select t.retry_after_ms into retry_after_ms
      from take_token_v1(p_strangers_key, p_strangers_limit, p_seconds) t;
    if retry_after_ms is not null then
      perform give_token_v1(p_key, p_limit, p_seconds);
    end if;
  end $$`,

  // [W9] What a text costs of its user's sends: one for each started 2,000 characters, and never more than the limit,
  // so that each text can be sent. A change without a text costs one.
  `create or replace function send_cost_v1(p_text text, p_limit bigint)
  returns bigint language sql immutable as $$
    select least(p_limit, greatest(1, (char_length(coalesce(p_text, '')) + 1999) / 2000))
  $$`,

  // [W9] Returns the milliseconds until a user has enough sends left for this cost, or null when they have enough now.
  // It is asked before a room is locked, so that a refused user makes nobody wait.
  `create or replace function sends_short_for_ms_v1(p_user_id bigint, p_limit bigint, p_seconds bigint, p_cost bigint)
  returns bigint language sql stable as $$
    select spend_again_in_ms_v2(u.sends_full_at, p_limit, p_seconds, p_cost)
      from users u
     where u.id = p_user_id and p_cost > 0
       and spend_v2(u.sends_full_at, p_limit, p_seconds, p_cost) is null
  $$`,

  // [W9] Spends sends of a user. retry_after_ms is null unless it was refused.
  `create or replace function charge_send_v2(p_user_id bigint, p_limit bigint, p_seconds bigint, p_cost bigint,
    out sends_left bigint, out retry_after_ms bigint)
  language plpgsql volatile as $$
  begin
    update users u set sends_full_at = spend_v2(u.sends_full_at, p_limit, p_seconds, p_cost)
      where u.id = p_user_id and spend_v2(u.sends_full_at, p_limit, p_seconds, p_cost) is not null
      returning tokens_left_v1(u.sends_full_at, p_limit, p_seconds) into sends_left;
    if not found then
      select tokens_left_v1(u.sends_full_at, p_limit, p_seconds),
             spend_again_in_ms_v2(u.sends_full_at, p_limit, p_seconds, p_cost)
        into sends_left, retry_after_ms
        from users u where u.id = p_user_id;
    end if;
  end $$`,

  // [M3] Spends one of a user's free repeats. False when none is left.
  `create or replace function charge_repeat_v1(p_user_id bigint, p_limit bigint, p_seconds bigint)
  returns boolean language plpgsql volatile as $$
  begin
    update users u set repeats_full_at = spend_v1(u.repeats_full_at, p_limit, p_seconds)
      where u.id = p_user_id and spend_v1(u.repeats_full_at, p_limit, p_seconds) is not null;
    return found;
  end $$`,

  // [S3] Says which of a room's own limits refuses a text of a member, if any: too_long, or room_limited with the time
  // until it no longer does. limit_count and limit_seconds are those of the limit. It spends nothing.
  `create or replace function judge_room_limits_v1(p_room_id bigint, p_user_id bigint, p_text text,
    out status text, out retry_after_ms bigint, out limit_count bigint, out limit_seconds bigint)
  language plpgsql stable as $$
  declare
    r record;
  begin
    select o.text_max, o.send_count, o.send_seconds, m.sends_full_at into r
      from rooms o join memberships m on m.room_id = o.id and m.user_id = p_user_id
     where o.id = p_room_id;
    if char_length(p_text) > r.text_max then
      status := 'too_long';
      limit_count := r.text_max;
    elsif r.send_count is not null and spend_v1(r.sends_full_at, r.send_count, r.send_seconds) is null then
      status := 'room_limited';
      retry_after_ms := spend_again_in_ms_v1(r.sends_full_at, r.send_count, r.send_seconds);
      limit_count := r.send_count;
      limit_seconds := r.send_seconds;
    end if;
  end $$`,

  // [S3] Spends one of a member's sends in a locked room with a limit of its own.
  `create or replace function charge_room_v1(p_room_id bigint, p_user_id bigint)
  returns boolean language plpgsql volatile as $$
  begin
    update memberships m set sends_full_at = spend_v1(m.sends_full_at, r.send_count, r.send_seconds)
      from rooms r
     where r.id = p_room_id and m.room_id = r.id and m.user_id = p_user_id and r.send_count is not null
       and spend_v1(m.sends_full_at, r.send_count, r.send_seconds) is not null;
    return found;
  end $$`,

  // [C6] Returns the caller of a session, and spends one from a limit of theirs, unless the session has ended.
  `create or replace function charge_caller_v2(p_session_id bigint, p_limit_name text, p_limit bigint, p_seconds bigint,
    out status text, out user_id bigint, out username text, out display_name text,
    out remaining bigint, out reset_ms bigint, out retry_after_ms bigint)
  language plpgsql volatile as $$
  begin
    select s.status, s.user_id, s.username, s.display_name into status, user_id, username, display_name
      from session_status_v2(p_session_id) s;
    if status <> 'revoked' then
      select t.remaining, t.reset_ms, t.retry_after_ms into remaining, reset_ms, retry_after_ms
        from take_token_v1(p_limit_name || ':' || user_id, p_limit, p_seconds) t;
    end if;
  end $$`,
]
