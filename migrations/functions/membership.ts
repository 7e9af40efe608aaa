/**
 * Who is in a room.
 *
 * Whoever writes to a room's log or its membership locks the room's row first (lock_room_v1): that makes seq
 * gapless and in commit order, and a removal final. Each statement in a VOLATILE PL/pgSQL function sees what was
 * committed before that statement, so what is read after the lock is current.
 *
 * Connections are locked before rooms. So whoever has a room's lock waits for no connection: those that are just
 * being forgotten, with their subscriptions, are skipped.
 */
export const functions = [
  // Gives false when there is no such room, or no longer. NO KEY: foreign keys to the room do not wait.
  `create or replace function lock_room_v1(p_room_id bigint) returns boolean language plpgsql volatile strict as $$
  begin
    perform 1 from rooms r where r.id = p_room_id and r.deleted_at is null for no key update;
    return found;
  end $$`,

  // How every writer begins: the session, then the room's lock, then the membership as it is under
  // the lock. status: ok, revoked, suspended, not_found. An outsider of a room that is not public
  // locks nothing.
  `create or replace function enter_room_v2(p_session_id bigint, p_room_id bigint,
    out status text, out user_id bigint, out username text, out display_name text, out kind text, out role text)
  language plpgsql volatile as $$
  begin
    select s.status, s.user_id, s.username, s.display_name into status, user_id, username, display_name
      from session_status_v2(p_session_id) s;
    if status <> 'ok' then return; end if;
    status := 'not_found';
    perform 1 from rooms r
      where r.id = p_room_id and r.deleted_at is null
        and (r.kind = 'public'
             or exists (select from memberships m
                         where m.room_id = r.id and m.user_id = enter_room_v2.user_id));
    if not found or not lock_room_v1(p_room_id) then return; end if;
    select r.kind, m.role into kind, role
      from rooms r
      left join memberships m on m.room_id = r.id and m.user_id = enter_room_v2.user_id
     where r.id = p_room_id and (r.kind = 'public' or m.user_id is not null);
    if found then status := 'ok'; end if;
  end $$`,

  /*
   * [R8] Counts one more membership of a user; false when they have p_max of its kind already. It is asked under
   * the locks of a room and the user's row, and keeps the row of counts locked, so that rooms that are joined at
   * once are counted one after the other. Those of rooms that were deleted since are counted until p_max is
   * reached: nobody has to change thousands of counts when a room is deleted.
   */
  `create or replace function count_membership_v1(p_user_id bigint, p_is_direct boolean, p_max bigint)
  returns boolean language plpgsql volatile as $$
  begin
    for v_attempt in 1..2 loop
      insert into membership_counts as c (user_id, rooms, directs)
        values (p_user_id, case when p_is_direct then 0 else 1 end, case when p_is_direct then 1 else 0 end)
        on conflict (user_id) do update
          set rooms = c.rooms + excluded.rooms, directs = c.directs + excluded.directs
          where case when p_is_direct then c.directs else c.rooms end < p_max;
      if found then return true; end if;
      exit when v_attempt = 2;
      -- A row that somebody else has is counted once more.
      delete from memberships m where (m.room_id, m.user_id) in (
        select o.room_id, o.user_id
          from memberships o join rooms r on r.id = o.room_id and r.deleted_at is not null
         where o.user_id = p_user_id for update of o skip locked);
      update membership_counts c set rooms = n.rooms, directs = n.directs
        from (select count(*) filter (where r.kind <> 'direct') as rooms,
                     count(*) filter (where r.kind = 'direct') as directs
                from memberships m join rooms r on r.id = m.room_id
               where m.user_id = p_user_id) n
       where c.user_id = p_user_id;
    end loop;
    return false;
  end $$`,

  /*
   * Makes a member in a locked room; the first one owns it. status: added, member (they are one already), gone
   * (the account is deleted), banned, removed (kept out for again_in_s more seconds) or full (they are in as many
   * rooms, or direct chats, as they may be). An actor other than the user invites them, which lets in whoever was
   * removed [R7].
   *
   * The user's lock lets the account be deleted before this, or after. It is the weakest that does, so that nobody
   * waits for a send of theirs. [N2] Of a direct chat its members hear everything, of other rooms what mentions them.
   */
  `create or replace function add_member_v2(p_room_id bigint, p_user_id bigint, p_role text, p_actor_id bigint,
    p_rooms_max bigint, p_directs_max bigint,
    out status text, out seq bigint, out at timestamptz, out role text, out again_in_s bigint)
  language plpgsql volatile as $$
  declare
    v_is_direct boolean;
  begin
    perform 1 from users u where u.id = p_user_id and u.deleted_at is null for key share;
    if not found then
      status := 'gone';
      return;
    end if;
    perform 1 from memberships m where m.room_id = p_room_id and m.user_id = p_user_id;
    if found then
      status := 'member';
      return;
    end if;
    select k.status, k.again_in_s into status, again_in_s
      from kept_out_v1(p_room_id, p_user_id, p_actor_id <> p_user_id) k;
    if status is not null then return; end if;
    select r.kind = 'direct' into v_is_direct from rooms r where r.id = p_room_id;
    if not count_membership_v1(
      p_user_id, v_is_direct, case when v_is_direct then p_directs_max else p_rooms_max end)
    then
      status := 'full';
      return;
    end if;
    status := 'added';
    insert into memberships as m (room_id, user_id, role, last_read_seq, notify)
      select r.id, p_user_id, case when r.member_count = 0 then 'owner' else p_role end, r.last_seq,
             case when v_is_direct then 'all' else 'mentions' end
        from rooms r where r.id = p_room_id
      returning m.role into role;
    update rooms r set member_count = r.member_count + 1, members_version = r.members_version + 1 where r.id = p_room_id;
    delete from bans b where b.room_id = p_room_id and b.user_id = p_user_id;
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
  `create or replace function remove_member_v3(p_room_id bigint, p_user_id bigint, p_actor_id bigint,
    out seq bigint, out at timestamptz,
    out heir_id bigint, out heir_username text, out heir_display_name text,
    out heir_seq bigint, out heir_at timestamptz)
  language plpgsql volatile as $$
  declare
    v_role text;
    v_kind text;
    v_is_over boolean;
  begin
    delete from memberships m where m.room_id = p_room_id and m.user_id = p_user_id
      returning m.role into v_role;
    if not found then return; end if;
    update rooms r set member_count = r.member_count - 1, members_version = r.members_version + 1 where r.id = p_room_id
      returning r.kind, r.member_count = 0 and r.kind <> 'public' into v_kind, v_is_over;
    update membership_counts c
       set rooms = c.rooms - case when v_kind = 'direct' then 0 else 1 end,
           directs = c.directs - case when v_kind = 'direct' then 1 else 0 end
     where c.user_id = p_user_id;
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
    select m.user_id, nullif(u.username, ''), u.display_name into heir_id, heir_username, heir_display_name
      from memberships m join users u on u.id = m.user_id
     where m.room_id = p_room_id
     order by u.deleted_at is null desc, m.role = 'moderator' desc, m.joined_at, m.user_id limit 1;
    if heir_id is null then return; end if;
    update memberships m set role = 'owner' where m.room_id = p_room_id and m.user_id = heir_id;
    select e.seq, e.at into heir_seq, heir_at
      from append_event_v1(p_room_id, 'member.updated', p_actor_id, heir_id) e;
  end $$`,
]
