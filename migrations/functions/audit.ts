/**
 * Any role can only add entries to the audit log. Two things are removed from it: references to deleted rows, and the
 * profile texts of a deleted account. The role of the handlers has no right to update or delete entries either
 * (app-role.ts).
 */
export const functions = [
  `create or replace function keep_audit_v1() returns trigger language plpgsql as $$
  begin
    if tg_op = 'UPDATE'
       and (new.id, new.at, new.action) = (old.id, old.at, old.action)
       and (new.reason, new.address) is not distinct from (old.reason, old.address)
       and (new.actor_id is null or new.actor_id is not distinct from old.actor_id)
       and (new.subject_id is null or new.subject_id is not distinct from old.subject_id)
       and (new.notice_id is null or new.notice_id is not distinct from old.notice_id)
       and (new.room_id is null or new.room_id is not distinct from old.room_id)
       and ((new.before, new.after) is not distinct from (old.before, old.after)
            or (new.before is null and new.after is null and old.action = 'edit_user'
                and exists (select from users u where u.id = old.subject_id and u.deleted_at is not null))) then
      return new;
    end if;
    raise exception 'the audit log is only added to';
  end $$`,

  `create or replace trigger audit_log_kept before update or delete on audit_log
    for each row execute function keep_audit_v1()`,

  // Removes what an entry says of a deleted account's profile before and after an admin edited it. It runs as the owner
  // of the table, since its caller may only add entries. It does nothing for an account that still exists.
  `create or replace function forget_profile_v1(p_user_id bigint) returns void
  language sql security definer set search_path = public, pg_temp as $$
    update audit_log set before = null, after = null
     where subject_id = p_user_id and action = 'edit_user'
       and exists (select from users u where u.id = p_user_id and u.deleted_at is not null)
  $$`,
]
