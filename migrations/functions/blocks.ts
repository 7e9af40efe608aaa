/** Users who block other users. */
export const functions = [
  // Whether p_by_user_id has blocked p_user_id.
  `create or replace function is_blocked_v1(p_user_id bigint, p_by_user_id bigint)
  returns boolean language sql stable as $$
    select exists (select from blocks b where b.user_id = p_by_user_id and b.blocked_id = p_user_id)
  $$`,

  // Whether either of two users has blocked the other.
  `create or replace function are_apart_v1(p_user_id bigint, p_other_id bigint)
  returns boolean language sql stable as $$
    select is_blocked_v1(p_user_id, p_other_id) or is_blocked_v1(p_other_id, p_user_id)
  $$`,

  // Says why a member may not write to a room: archived [R9], or in a direct chat blocking (they have blocked the
  // other), blocked (the other has blocked them) or partner_gone. Null when they may. It is asked under the room's
  // lock. Blocking and archiving take that lock, too.
  `create or replace function may_write_v1(p_room_id bigint, p_user_id bigint)
  returns text language plpgsql stable as $$
  declare
    v_partner_id bigint;
    v_kind text;
    v_archived_at timestamptz;
  begin
    select r.kind, r.archived_at into v_kind, v_archived_at from rooms r where r.id = p_room_id;
    if v_archived_at is not null then return 'archived'; end if;
    if v_kind is distinct from 'direct' then return null; end if;
    select u.id into v_partner_id
      from memberships m join users u on u.id = m.user_id and u.deleted_at is null
     where m.room_id = p_room_id and m.user_id <> p_user_id;
    return case
      when v_partner_id is null then 'partner_gone'
      when is_blocked_v1(v_partner_id, p_user_id) then 'blocking'
      when is_blocked_v1(p_user_id, v_partner_id) then 'blocked'
    end;
  end $$`,
]
