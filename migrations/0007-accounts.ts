/**
 * Accounts that change and end, and users who block each other.
 *
 * Whoever begins a session, or ends all of an account, holds the account's own lock (account_key_v1)
 * first of all: shared to begin one, alone to end them. So no login with a password that has just been
 * changed slips in behind the revocation. It is no row's lock: sends hold their session's row when they
 * ask for their user's, and the other way round they would wait in a ring.
 */
export const statements = [
  `alter table users add column bio text not null default ''`,
  `alter table users add column erased_at timestamptz(3)`,
  `comment on column users.erased_at is
    'when a deleted account had left its last room: until then there is something to finish'`,
  // What a deleted account was called is not kept, and is anybody's.
  `alter table users drop constraint users_username_check`,
  `alter table users add constraint users_username_check
    check (case when deleted_at is null then username ~ '^[A-Za-z0-9_]{1,32}$' else username = '' end)`,
  `drop index users_username`,
  // Login, registering, and members by name.
  `create unique index users_username on users (lower(username)) where deleted_at is null`,
  // The search for users: a range of names, in the order of its pages.
  `create index users_by_name on users (lower(username) collate "C") where deleted_at is null`,
  // Deleted accounts that have rooms to leave yet.
  `create index users_to_erase on users (deleted_at) where deleted_at is not null and erased_at is null`,

  `drop index sessions_user`,
  // A user's sessions, in the order of their pages.
  `create index sessions_user on sessions (user_id, id)`,

  `create table blocks (
    user_id bigint not null references users on delete cascade,
    blocked_id bigint not null references users on delete cascade,
    created_at timestamptz(3) not null default now(),
    primary key (user_id, blocked_id)
  )`,
  // The blocks that end with the account of who is blocked.
  `create index blocks_blocked on blocks (blocked_id)`,

  // Whether p_user_id is blocked by p_by_user_id.
  `create function is_blocked_v1(p_user_id bigint, p_by_user_id bigint)
  returns boolean language sql stable as $$
    select exists (select from blocks b where b.user_id = p_by_user_id and b.blocked_id = p_user_id)
  $$`,
  // Whether either of two has blocked the other.
  `create function are_apart_v1(p_user_id bigint, p_other_id bigint)
  returns boolean language sql stable as $$
    select is_blocked_v1(p_user_id, p_other_id) or is_blocked_v1(p_other_id, p_user_id)
  $$`,

  // Why a member may not write to a room, or null when they may. Only direct chats refuse: blocking
  // (they have blocked the other), blocked (the other has blocked them) or partner_gone. Asked under the
  // room's lock, which whoever blocks takes too.
  `create function may_write_v1(p_room_id bigint, p_user_id bigint)
  returns text language plpgsql stable as $$
  declare
    v_partner_id bigint;
  begin
    perform 1 from rooms r where r.id = p_room_id and r.kind = 'direct';
    if not found then return null; end if;
    select u.id into v_partner_id
      from memberships m join users u on u.id = m.user_id and u.deleted_at is null
     where m.room_id = p_room_id and m.user_id <> p_user_id;
    return case
      when v_partner_id is null then 'partner_gone'
      when is_blocked_v1(v_partner_id, p_user_id) then 'blocking'
      when is_blocked_v1(p_user_id, v_partner_id) then 'blocked'
    end;
  end $$`,

  // [W11] Who sees whether a user is online: the sockets of those they have a direct chat with, unless
  // one of the two has blocked the other. Nobody sees a deleted account go.
  `create or replace function partner_connections_v1(p_user_id bigint, p_limit bigint)
  returns table (connection_id text) language sql stable as $$
    select c.id
      from users u
      join memberships mine on mine.user_id = u.id
      join rooms r on r.id = mine.room_id and r.kind = 'direct' and r.deleted_at is null
      join memberships theirs on theirs.room_id = r.id and theirs.user_id <> p_user_id
      join connections c on c.user_id = theirs.user_id and not c.simple and c.expires_at > now()
     where u.id = p_user_id and u.deleted_at is null and not are_apart_v1(p_user_id, theirs.user_id)
     limit p_limit
  $$`,

  // Makes a member in a locked room; the first one owns it. seq is null when they were one already, or
  // when their account is deleted: the lock lets it be deleted before this, or after. It is the weakest
  // that does, so that nobody waits for a send of theirs. [N2] Of a direct chat its members hear
  // everything, of other rooms what mentions them.
  `create or replace function add_member_v1(p_room_id bigint, p_user_id bigint, p_role text, p_actor_id bigint,
    out seq bigint, out at timestamptz, out role text)
  language plpgsql volatile as $$
  begin
    perform 1 from users u where u.id = p_user_id and u.deleted_at is null for key share;
    if not found then return; end if;
    insert into memberships as m (room_id, user_id, role, last_read_seq, notify)
      select r.id, p_user_id, case when r.member_count = 0 then 'owner' else p_role end, r.last_seq,
             case when r.kind = 'direct' then 'all' else 'mentions' end
        from rooms r where r.id = p_room_id
      on conflict do nothing
      returning m.role into role;
    if not found then return; end if;
    update rooms r set member_count = r.member_count + 1 where r.id = p_room_id;
    insert into subscriptions (room_id, connection_id)
      select p_room_id, c.id from connections c
       where c.user_id = p_user_id and c.room_id is null and c.expires_at > now()
         for key share skip locked
      on conflict do nothing;
    select e.seq, e.at into seq, at
      from append_event_v1(p_room_id, 'member.joined', p_actor_id, p_user_id) e;
  end $$`,

  /*
   * Ends a membership in a locked room; seq is null when there was none. [R6] The last owner hands over
   * to the longest-standing moderator, or else member: heir_id, with an event of its own; one whose
   * account is being deleted comes last, and hands over in turn. A room that nobody can enter again,
   * since it is not public and its last member has left, ends with room.deleted, which nobody is told.
   */
  `create function remove_member_v2(p_room_id bigint, p_user_id bigint, p_actor_id bigint,
    out seq bigint, out at timestamptz,
    out heir_id bigint, out heir_username text, out heir_seq bigint, out heir_at timestamptz)
  language plpgsql volatile as $$
  declare
    v_role text;
    v_is_over boolean;
  begin
    delete from memberships m where m.room_id = p_room_id and m.user_id = p_user_id
      returning m.role into v_role;
    if not found then return; end if;
    update rooms r set member_count = r.member_count - 1 where r.id = p_room_id
      returning r.member_count = 0 and r.kind <> 'public' into v_is_over;
    delete from subscriptions s
      where s.room_id = p_room_id and s.connection_id in (
        select x.connection_id
          from connections c
          join subscriptions x on x.room_id = p_room_id and x.connection_id = c.id
         where c.user_id = p_user_id
           for update of x skip locked);
    select e.seq, e.at into seq, at
      from append_event_v1(p_room_id, 'member.left', p_actor_id, p_user_id) e;
    if v_is_over then
      perform append_event_v1(p_room_id, 'room.deleted', p_actor_id, null);
      update rooms r set deleted_at = r.last_event_at where r.id = p_room_id;
      return;
    end if;
    if v_role <> 'owner' then return; end if;
    perform 1 from memberships m where m.room_id = p_room_id and m.role = 'owner';
    if found then return; end if;
    select m.user_id, nullif(u.username, '') into heir_id, heir_username
      from memberships m join users u on u.id = m.user_id
     where m.room_id = p_room_id
     order by u.deleted_at is null desc, m.role = 'moderator' desc, m.joined_at, m.user_id limit 1;
    if heir_id is null then return; end if;
    update memberships m set role = 'owner' where m.room_id = p_room_id and m.user_id = heir_id;
    select e.seq, e.at into heir_seq, heir_at
      from append_event_v1(p_room_id, 'member.updated', p_actor_id, heir_id) e;
  end $$`,
  `drop function remove_member_v1(bigint, bigint, bigint)`,

  `create function account_key_v1(p_user_id bigint) returns bigint language sql immutable as $$
    select hashtextextended('account ' || p_user_id, 0)
  $$`,

  // [A2] Begins a session of an account whose password is still the one that was looked at; else null.
  `create function begin_session_v1(p_user_id bigint, p_password_hash text, p_days bigint,
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
  `create function change_password_v1(p_session_id bigint, p_user_id bigint, p_old_hash text, p_new_hash text)
  returns text language plpgsql volatile as $$
  declare
    v_status text;
  begin
    perform pg_advisory_xact_lock(account_key_v1(p_user_id));
    perform 1 from sessions s where s.user_id = p_user_id and s.revoked_at is null
      order by s.id for no key update;
    select s.status into v_status from session_status_v1(p_session_id) s;
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
  `create function delete_account_v1(p_session_id bigint, p_user_id bigint, p_old_hash text)
  returns text language plpgsql volatile as $$
  declare
    v_status text;
  begin
    perform pg_advisory_xact_lock(account_key_v1(p_user_id));
    perform 1 from sessions s where s.user_id = p_user_id order by s.id for no key update;
    select s.status into v_status from session_status_v1(p_session_id) s;
    if v_status <> 'ok' then return v_status; end if;
    -- What add_member_v1 locks waits for nothing less.
    perform 1 from users u where u.id = p_user_id for update;
    update users u
       set deleted_at = now(), username = '', email = null, email_verified_at = null,
           password_hash = '', bio = '', is_admin = false
     where u.id = p_user_id and u.password_hash = p_old_hash;
    if not found then return 'changed'; end if;
    update sessions s
       set revoked_at = coalesce(s.revoked_at, now()), expires_at = least(s.expires_at, now()),
           address = null, user_agent = null
     where s.user_id = p_user_id;
    delete from blocks b where b.user_id = p_user_id or b.blocked_id = p_user_id;
    return 'ok';
  end $$`,
]
