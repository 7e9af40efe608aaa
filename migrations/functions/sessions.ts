/**
 * Sessions: how they stand, how they begin, and what ends them.
 *
 * Whoever begins a session, or ends all sessions of an account, first holds the account's own lock (account_key_v1):
 * shared to begin one, alone to end them. So a login with a password that has just been changed cannot slip in
 * behind the revocation. It is no row's lock: a send holds its session's row when it asks for its user's row, and
 * the other way round the two would wait for each other.
 */
export const functions = [
  // As before, but who is suspended is looked at under the session's lock: so whoever has suspended a
  // user and then waits once for each of the sessions knows that nothing of them comes after.
  `create or replace function session_status_v2(p_session_id bigint,
    out status text, out user_id bigint, out username text, out display_name text)
  language plpgsql volatile as $$
  begin
    perform 1 from sessions s where s.id = p_session_id for share;
    select case when s.revoked_at is not null or s.expires_at <= now() or u.deleted_at is not null
                then 'revoked'
                when u.suspended_at is not null then 'suspended'
                else 'ok' end,
           u.id, u.username, u.display_name
      into status, user_id, username, display_name
      from sessions s join users u on u.id = s.user_id
     where s.id = p_session_id;
    status := coalesce(status, 'revoked');
  end $$`,

  `create or replace function account_key_v1(p_user_id bigint) returns bigint language sql immutable as $$
    select hashtextextended('account ' || p_user_id, 0)
  $$`,

  // [A2] Begins a session of an account whose password is still the one that was looked at; else null.
  `create or replace function begin_session_v1(p_user_id bigint, p_password_hash text, p_days bigint,
    p_address text, p_user_agent text, p_refresh_family text, p_refresh_current text)
  returns bigint language plpgsql volatile as $$
  declare
    v_id bigint;
  begin
    perform pg_advisory_xact_lock_shared(account_key_v1(p_user_id));
    insert into sessions (user_id, expires_at, address, user_agent, refresh_family, refresh_current)
      select u.id, now() + make_interval(days => cast(p_days as int)), p_address, p_user_agent,
             p_refresh_family, p_refresh_current
        from users u
       where u.id = p_user_id and u.deleted_at is null and u.password_hash = p_password_hash
      returning id into v_id;
    return v_id;
  end $$`,

  // [A5] Another password, if the present one is still the one that was looked at: ends the account's
  // other sessions. ok, revoked, suspended or changed.
  `create or replace function change_password_v1(p_session_id bigint, p_user_id bigint, p_old_hash text, p_new_hash text)
  returns text language plpgsql volatile as $$
  declare
    v_status text;
  begin
    perform pg_advisory_xact_lock(account_key_v1(p_user_id));
    perform 1 from sessions s where s.user_id = p_user_id and s.revoked_at is null
      order by s.id for no key update;
    select s.status into v_status from session_status_v2(p_session_id) s;
    if v_status <> 'ok' then return v_status; end if;
    update users u set password_hash = p_new_hash
      where u.id = p_user_id and u.password_hash = p_old_hash;
    if not found then return 'changed'; end if;
    update sessions s set revoked_at = now()
      where s.user_id = p_user_id and s.id <> p_session_id and s.revoked_at is null;
    return 'ok';
  end $$`,

  // [A5] Marks an account as deleted, if its password is still the one that was looked at, and wipes what
  // is known of its owner. From here on nothing is begun under it and nobody adds it to a room; the rooms
  // it is in yet are left one by one. ok, revoked, suspended or changed.
  `create or replace function delete_account_v1(p_session_id bigint, p_user_id bigint, p_old_hash text)
  returns text language plpgsql volatile as $$
  declare
    v_status text;
  begin
    perform pg_advisory_xact_lock(account_key_v1(p_user_id));
    perform 1 from sessions s where s.user_id = p_user_id order by s.id for no key update;
    select s.status into v_status from session_status_v2(p_session_id) s;
    if v_status <> 'ok' then return v_status; end if;
    -- What add_member_v2 locks waits for nothing less.
    perform 1 from users u where u.id = p_user_id for update;
    update users u
       set deleted_at = now(), username = '', display_name = null, email = null, email_verified_at = null,
           password_hash = '', bio = '', is_admin = false
     where u.id = p_user_id and u.password_hash = p_old_hash;
    if not found then return 'changed'; end if;
    update sessions s
       set revoked_at = coalesce(s.revoked_at, now()), expires_at = least(s.expires_at, now()),
           address = null, user_agent = null
     where s.user_id = p_user_id;
    delete from blocks b where b.user_id = p_user_id or b.blocked_id = p_user_id;
    delete from bans b where b.user_id = p_user_id;
    return 'ok';
  end $$`,
]
