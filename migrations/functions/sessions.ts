/**
 * Sessions: their status, how they begin, and what ends them.
 *
 * A transaction that begins a session, or ends all sessions of an account, first takes the account's own lock
 * (account_key_v1): shared to begin a session, exclusive to end them. So a login with a password that has just been
 * changed cannot slip in after the revocation. It is not a row lock: a send holds its session's row when it asks for
 * its user's row, and a row lock on the user would make the two wait for each other.
 */
export const functions = [
  // Returns since when a user is suspended, or null when they are not, or not any more. A suspension ends by its time
  // alone: no schedule has to wake a database that may pause.
  `create or replace function suspended_since_v1(p_at timestamptz, p_until timestamptz)
  returns timestamptz language sql stable as $$
    select case when p_until <= now() then null else p_at end
  $$`,

  // Returns the status of a session. The suspension is read under the session's lock. So an admin who has suspended a
  // user, and then waits once for each of the sessions, knows that nothing comes from them afterwards.
  `create or replace function session_status_v2(p_session_id bigint,
    out status text, out user_id bigint, out username text, out display_name text)
  language plpgsql volatile as $$
  begin
    perform 1 from sessions s where s.id = p_session_id for share;
    select case when s.revoked_at is not null or s.expires_at <= now() or u.deleted_at is not null
                then 'revoked'
                when suspended_since_v1(u.suspended_at, u.suspended_until) is not null then 'suspended'
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

  // [A2] Begins a session, if the password of the account is still the one that was compared. Otherwise null.
  `create or replace function begin_session_v2(p_user_id bigint, p_password_hash text, p_days bigint,
    p_address text, p_network text, p_user_agent text, p_refresh_family text, p_refresh_hash text)
  returns bigint language plpgsql volatile as $$
  declare
    v_id bigint;
  begin
    perform pg_advisory_xact_lock_shared(account_key_v1(p_user_id));
    insert into sessions (user_id, expires_at, address, network, user_agent, refresh_family)
      select u.id, now() + make_interval(days => cast(p_days as int)), p_address, p_network,
             p_user_agent, p_refresh_family
        from users u
       where u.id = p_user_id and u.deleted_at is null and u.password_hash = p_password_hash
      returning id into v_id;
    if v_id is not null then
      insert into refresh_tokens (session_id, hash) values (v_id, p_refresh_hash);
    end if;
    return v_id;
  end $$`,

  /*
   * [A3] Uses a refresh token, and stores p_next_hash as its successor. The table has the tokens that were given and
   * not used yet. So a token of the session is one of three:
   * - Unused: it has a row. Its successor takes the row over. The token that it was given for is used up then.
   * - Used, and none of its successors is used: it is the predecessor of rows. Another successor gets a row beside
   *   them. Those that were given more than p_twin_seconds ago become void: their rows are deleted.
   * - Used up or void: no row has it. Either the sender or an earlier user of the token stole it, so the session ends.
   *
   * status: ok, suspended, reused (this call ended the session), or revoked (the session had ended).
   */
  `create or replace function refresh_session_v1(p_family text, p_hash text, p_next_hash text, p_network text,
    p_days bigint, p_twin_seconds bigint, p_max_tokens bigint,
    out status text, out session_id bigint, out user_id bigint)
  language plpgsql volatile as $$
  #variable_conflict use_column
  declare
    v_session_id bigint;
    v_is_suspended boolean;
    v_is_unused boolean;
    v_predecessor text;
  begin
    status := 'revoked';
    -- Concurrent refreshes of a session wait for each other here.
    select s.id, u.id, suspended_since_v1(u.suspended_at, u.suspended_until) is not null
      into v_session_id, user_id, v_is_suspended
      from sessions s join users u on u.id = s.user_id
     where s.refresh_family = p_family and s.revoked_at is null and s.expires_at > now()
       and u.deleted_at is null
       for no key update of s;
    if not found then return; end if;
    session_id := v_session_id;

    select t.predecessor into v_predecessor
      from refresh_tokens t where t.session_id = v_session_id and t.hash = p_hash;
    v_is_unused := found;
    if not v_is_unused then
      perform 1 from refresh_tokens t
        where t.session_id = v_session_id and t.predecessor = p_hash;
      if not found then
        update sessions s set revoked_at = now() where s.id = v_session_id;
        status := 'reused';
        return;
      end if;
    end if;
    if v_is_suspended then
      status := 'suspended';
      return;
    end if;

    -- clock_timestamp() is the time under the lock. A call that waited for the lock may have begun before the others.
    if v_is_unused then
      update refresh_tokens t set predecessor = null
        where t.session_id = v_session_id and t.predecessor = v_predecessor;
      update refresh_tokens t
         set hash = p_next_hash, predecessor = p_hash, given_at = clock_timestamp()
       where t.session_id = v_session_id and t.hash = p_hash;
    else
      delete from refresh_tokens t
        where t.session_id = v_session_id and t.predecessor = p_hash
          and t.given_at < clock_timestamp() - make_interval(secs => p_twin_seconds);
      insert into refresh_tokens (session_id, hash, predecessor)
        values (v_session_id, p_next_hash, p_hash);
      delete from refresh_tokens t
        where t.session_id = v_session_id and t.hash in (
          select o.hash from refresh_tokens o where o.session_id = v_session_id
           order by o.given_at desc offset p_max_tokens);
    end if;
    update sessions s
       set used_at = now(), expires_at = now() + make_interval(days => cast(p_days as int)),
           network = p_network
     where s.id = v_session_id;
    status := 'ok';
  end $$`,

  // [A5] Sets another password, if the present one is still the one that was compared, and ends the account's other
  // sessions. Returns ok, revoked, suspended or changed.
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
    delete from password_links l where l.user_id = p_user_id;
    return 'ok';
  end $$`,

  // Sets another password by an admin's link, deletes the link, and ends all sessions of the account. It changes
  // nothing else: a suspended user stays suspended. Null when no valid link has this token. The link may have been
  // used, replaced or expired, or its user may have become an admin or deleted the account.
  `create or replace function use_password_link_v1(p_user_id bigint, p_token_hash text, p_new_hash text)
  returns text language plpgsql volatile as $$
  declare
    v_username text;
  begin
    perform pg_advisory_xact_lock(account_key_v1(p_user_id));
    perform 1 from sessions s where s.user_id = p_user_id and s.revoked_at is null
      order by s.id for no key update;
    delete from password_links l
      where l.user_id = p_user_id and l.token_hash = p_token_hash and l.expires_at > now();
    if not found then return null; end if;
    update users u set password_hash = p_new_hash
      where u.id = p_user_id and u.deleted_at is null and not u.is_admin
    returning u.username into v_username;
    if v_username is null then return null; end if;
    update sessions s set revoked_at = now() where s.user_id = p_user_id and s.revoked_at is null;
    return v_username;
  end $$`,

  // Marks an account as deleted, and wipes its personal data. It is called under lock_account_v1.
  `create or replace function wipe_account_v1(p_user_id bigint) returns void language plpgsql volatile as $$
  begin
    update users u
       set deleted_at = now(), username = '', display_name = null, email = null, email_verified_at = null,
           password_hash = '', bio = '', is_admin = false, suspension_reason = null
     where u.id = p_user_id;
    update sessions s
       set revoked_at = coalesce(s.revoked_at, now()), expires_at = least(s.expires_at, now()),
           address = null, network = null, user_agent = null
     where s.user_id = p_user_id;
    delete from blocks b where b.user_id = p_user_id or b.blocked_id = p_user_id;
    delete from bans b where b.user_id = p_user_id;
    update reports r set reporter_id = null, text = '' where r.reporter_id = p_user_id;
    perform forget_profile_v1(p_user_id);
    delete from password_links l where l.user_id = p_user_id;
    -- A held message that an admin is just publishing is skipped, so that nobody waits for it.
    delete from held_messages h where h.id in (
      select o.id from held_messages o where o.user_id = p_user_id for update skip locked);
  end $$`,

  // Waits for everything that is going on with the sessions of an account, and for transactions that add it to a room.
  // Nothing new begins until this transaction ends.
  `create or replace function lock_account_v1(p_user_id bigint) returns void language plpgsql volatile as $$
  begin
    perform pg_advisory_xact_lock(account_key_v1(p_user_id));
    perform 1 from sessions s where s.user_id = p_user_id order by s.id for no key update;
    -- Only this strength conflicts with the lock of add_member_v2.
    perform 1 from users u where u.id = p_user_id for update;
  end $$`,

  // [A5] Marks an account as deleted, if its password is still the one that was compared, and wipes its personal data.
  // From then on nothing begins under it, and nobody adds it to a room. It leaves its rooms later, one by one. Returns
  // ok, revoked, suspended, changed, or last_admin (nobody else could sign in as an admin).
  `create or replace function delete_account_v1(p_session_id bigint, p_user_id bigint, p_old_hash text)
  returns text language plpgsql volatile as $$
  declare
    v_status text;
  begin
    -- The lock of all admin actions (lockAdmins). So another admin stays one.
    perform pg_advisory_xact_lock(7267832102);
    perform lock_account_v1(p_user_id);
    select s.status into v_status from session_status_v2(p_session_id) s;
    if v_status <> 'ok' then return v_status; end if;
    if exists (select from users u where u.id = p_user_id and u.is_admin)
       and not exists (
         select from users u
          where u.is_admin and u.id <> p_user_id and u.deleted_at is null
            and suspended_since_v1(u.suspended_at, u.suspended_until) is null) then
      return 'last_admin';
    end if;
    if not exists (select from users u where u.id = p_user_id and u.password_hash = p_old_hash) then
      return 'changed';
    end if;
    perform wipe_account_v1(p_user_id);
    return 'ok';
  end $$`,
]
