/**
 * Limits and live connections.
 *
 * A limit of N in S seconds is kept as one time, at which its bucket is full again (GCRA, ITU-T
 * I.371): spending adds S/N seconds to it, and is refused while that would reach more than S seconds
 * ahead. One column, one conditional update, and a row whose time has passed is as good as none.
 */
export const statements = [
  `create table rate_limits (
    key text primary key,
    full_at timestamptz not null
  ) with (fillfactor = 70)`,
  // The purge of full buckets.
  `create index rate_limits_full on rate_limits (full_at)`,

  `create table connections (
    id text primary key,
    user_id bigint not null references users on delete cascade,
    session_id bigint not null references sessions on delete cascade,
    room_id bigint references rooms on delete cascade,
    simple boolean not null,
    connected_at timestamptz(3) not null default now(),
    expires_at timestamptz(3) not null,
    seen_at timestamptz(3) not null default now(),
    frames_full_at timestamptz not null default '-infinity'
  ) with (fillfactor = 50)`,
  `comment on column connections.room_id is
    'the room of a one-room socket; null for a socket of all the rooms of its user'`,
  // A user's sockets: presence, the user's own events, the limit of sockets.
  `create index connections_user on connections (user_id)`,
  // The sockets that a revoked session leaves.
  `create index connections_session on connections (session_id)`,
  // The sweep of expired ones.
  `create index connections_expires on connections (expires_at)`,

  `create table subscriptions (
    room_id bigint not null references rooms on delete cascade,
    connection_id text not null references connections on delete cascade,
    primary key (room_id, connection_id)
  )`,
  // A connection's subscriptions, when it goes.
  `create index subscriptions_connection on subscriptions (connection_id)`,

  // What a bucket's time becomes when one of p_limit in p_seconds is spent; null when it is too empty.
  // One expression over now(), so that the planner writes it into the statement that calls it.
  `create function spend_v1(p_full_at timestamptz, p_limit bigint, p_seconds bigint)
  returns timestamptz language sql stable as $$
    select case
      when greatest(p_full_at, now()) + make_interval(secs => p_seconds / p_limit::double precision)
           <= now() + make_interval(secs => p_seconds)
      then greatest(p_full_at, now()) + make_interval(secs => p_seconds / p_limit::double precision)
    end
  $$`,
  // How long until one can be spent again, in milliseconds, at least 1.
  `create function spend_again_in_ms_v1(p_full_at timestamptz, p_limit bigint, p_seconds bigint)
  returns bigint language sql stable as $$
    select greatest(1, ceil(1000 * (
      extract(epoch from p_full_at - now()) + p_seconds / p_limit::double precision - p_seconds)))::bigint
  $$`,

  `create function tokens_left_v1(p_full_at timestamptz, p_limit bigint, p_seconds bigint)
  returns bigint language sql stable as $$
    select least(p_limit, floor(
      (p_seconds - extract(epoch from p_full_at - now())) * p_limit / p_seconds)::bigint)
  $$`,

  // Spends one from the bucket of a key. retry_after_ms is null unless it was refused.
  `create function take_token_v1(p_key text, p_limit bigint, p_seconds bigint,
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

  // How a session stands: ok, revoked (also: expired, or its user gone), or suspended. The share lock
  // makes whoever revokes it wait until what was begun under it is committed.
  `create function session_status_v1(p_session_id bigint,
    out status text, out user_id bigint, out username text)
  language plpgsql volatile as $$
  begin
    select case when s.revoked_at is not null or s.expires_at <= now() or u.deleted_at is not null
                then 'revoked'
                when u.suspended_at is not null then 'suspended'
                else 'ok' end,
           u.id, u.username
      into status, user_id, username
      from sessions s join users u on u.id = s.user_id
     where s.id = p_session_id
       for share of s;
    status := coalesce(status, 'revoked');
  end $$`,

  // [W9] Charges a frame to its connection, notes that it was seen, and says who speaks:
  // ok, unknown, limited, revoked or suspended.
  `create function frame_v1(p_connection_id text, p_limit bigint, p_seconds bigint,
    out status text, out user_id bigint, out username text, out room_id bigint, out simple boolean,
    out retry_after_ms bigint)
  language plpgsql volatile as $$
  declare
    v_session_id bigint;
  begin
    update connections c
       set seen_at = now(), frames_full_at = spend_v1(c.frames_full_at, p_limit, p_seconds)
     where c.id = p_connection_id and c.expires_at > now()
       and spend_v1(c.frames_full_at, p_limit, p_seconds) is not null
    returning c.session_id, c.room_id, c.simple into v_session_id, room_id, simple;
    if found then
      select s.status, s.user_id, s.username into status, user_id, username
        from session_status_v1(v_session_id) s;
    else
      select 'limited', spend_again_in_ms_v1(c.frames_full_at, p_limit, p_seconds)
        into status, retry_after_ms
        from connections c where c.id = p_connection_id and c.expires_at > now();
      status := coalesce(status, 'unknown');
    end if;
  end $$`,
]
