/**
 * Who may not enter a room [R7]: bans, which last, and removals from public rooms, which keep a user out for a while.
 * Both are written with the room locked. A banned user is never a member.
 */
export const functions = [
  // Says why a user may not enter a locked room: banned, or removed, for again_in_s more seconds. Null when they may.
  // An invitation lets a removed user in.
  `create or replace function kept_out_v1(p_room_id bigint, p_user_id bigint, p_is_invited boolean,
    out status text, out again_in_s bigint)
  language plpgsql stable as $$
  begin
    select case when b.expires_at is null then 'banned' else 'removed' end,
           cast(ceil(extract(epoch from b.expires_at - now())) as bigint)
      into status, again_in_s
      from bans b
     where b.room_id = p_room_id and b.user_id = p_user_id
       and (b.expires_at is null or b.expires_at > now() and not p_is_invited);
  end $$`,

  /*
   * Keeps a user out of a locked room, for p_seconds, or without end when that is null. An existing ban stays, and gets
   * the new reason if one is given. Returns banned (the ban is new), again (there was one before) or gone (the account
   * is deleted). The lock on the user's row puts a deletion of the account before this call or after it.
   *
   * Here and elsewhere, expired rows are deleted at the end of a call. So nobody who holds such a row waits for
   * anything.
   */
  `create or replace function ban_v1(p_room_id bigint, p_user_id bigint, p_actor_id bigint,
    p_reason text, p_seconds bigint)
  returns text language plpgsql volatile as $$
  begin
    perform 1 from users u where u.id = p_user_id and u.deleted_at is null for key share;
    if not found then return 'gone'; end if;
    update bans b set reason = coalesce(p_reason, b.reason)
      where b.room_id = p_room_id and b.user_id = p_user_id and b.expires_at is null;
    if found then return 'again'; end if;
    insert into bans (room_id, user_id, banned_by, reason, expires_at)
      values (p_room_id, p_user_id, p_actor_id, coalesce(p_reason, ''), now() + make_interval(secs => p_seconds))
      on conflict (room_id, user_id) do update
        set banned_by = excluded.banned_by, reason = excluded.reason,
            created_at = excluded.created_at, expires_at = excluded.expires_at;
    delete from bans b where (b.room_id, b.user_id) in (
      select o.room_id, o.user_id from bans o
       where o.expires_at < now() order by o.expires_at limit 100 for update skip locked);
    return 'banned';
  end $$`,
]
