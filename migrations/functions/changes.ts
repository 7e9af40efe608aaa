/**
 * Changes of a message after it was sent [M5]. A change is one call, and its room is locked for no longer than that.
 */
export const functions = [
  /*
   * Says what a change of a message would do at this moment. status: changed, unchanged, not_found, not_a_member,
   * no_such_message, or why the change is refused. It locks nothing. Callers ask it before they lock the room, so that
   * a refused change makes nobody wait. They ask again under the lock, where the answer is final.
   */
  `create or replace function judge_change_v1(p_user_id bigint, p_room_id bigint, p_seq bigint,
    p_kind text, p_text text, p_emoji text, p_reacted boolean, p_emojis_max bigint,
    out status text, out kind text, out message_id bigint, out first_seq bigint)
  language plpgsql stable as $$
  declare
    v_role text;
    v_is_author boolean;
    v_text text;
    v_is_deleted boolean;
    v_refused text;
    v_has_reacted boolean;
  begin
    select r.kind, m.role into kind, v_role
      from rooms r left join memberships m on m.room_id = r.id and m.user_id = p_user_id
     where r.id = p_room_id and r.deleted_at is null and (r.kind = 'public' or m.user_id is not null);
    if not found then
      status := 'not_found';
      return;
    end if;
    if v_role is null then
      status := 'not_a_member';
      return;
    end if;
    select m.id, coalesce(m.user_id = p_user_id, false), m.text, m.deleted_at is not null
      into message_id, v_is_author, v_text, v_is_deleted
      from messages m where m.room_id = p_room_id and m.seq = p_seq;
    if not found then
      status := 'no_such_message';
      return;
    end if;
    select coalesce(bool_or(r.user_id = p_user_id), false), min(r.first_seq)
      into v_has_reacted, first_seq
      from reactions r where r.message_id = judge_change_v1.message_id and r.emoji = p_emoji;
    if p_kind = 'message.edited' or p_reacted then
      v_refused := may_write_v1(p_room_id, p_user_id);
    end if;
    status := case p_kind
      when 'message.edited' then case
        when not v_is_author then 'not_the_author'
        when v_is_deleted then 'deleted'
        when v_text = p_text then 'unchanged'
        else coalesce(v_refused, 'changed') end
      -- In a direct chat both are owners. Neither may delete the other's messages.
      when 'message.deleted' then case
        when not v_is_author and (kind = 'direct' or v_role = 'member') then 'not_a_moderator'
        when v_is_deleted then 'unchanged'
        else 'changed' end
      else case
        when v_has_reacted = p_reacted then 'unchanged'
        when v_is_deleted then 'deleted'
        when p_reacted and first_seq is null and p_emojis_max <= (
          select count(distinct r.emoji) from reactions r where r.message_id = judge_change_v1.message_id)
          then 'too_many_emojis'
        else coalesce(v_refused, 'changed') end
      end;
  end $$`,

  /*
   * [M5] Changes a message. p_kind is message.edited (with p_text), message.deleted, or reaction (p_reacted says
   * whether the user now has p_emoji on it). A change without effect makes no event and costs no send. A user who may
   * not write to the room [A6] may still take back what they wrote; the sockets of a user who has blocked them are not
   * told. [N1] When a message is deleted, its notifications are taken back. When it is edited, those mentions are taken
   * back that are not in p_mentions.
   *
   * The first row has the outcome, and the message's own event, which shows the message as it is now. When something
   * changed, the next row has the event of the change, with the status taken_back when notifications were taken back.
   * The rows after it have only connection_id: they are the room's audience (audience_v1).
   */
  `create or replace function change_message_v2(
    p_session_id bigint, p_room_id bigint, p_seq bigint,
    p_kind text, p_text text, p_mentions text, p_emoji text, p_reacted boolean,
    p_emojis_max bigint, p_send_limit bigint, p_send_seconds bigint, p_recipients bigint)
  returns setof changed_v1 language plpgsql volatile as $$
  declare
    v_user_id bigint;
    v_cost bigint := send_cost_v1(p_text, p_send_limit);
    v record;
    v_row changed_v1;
    v_is_held boolean := false;
    v_refusal text;
    v_taken_back boolean := false;
    v_seq bigint;
    v_at timestamptz;
  begin
    select s.status, s.user_id into v_row.status, v_user_id from session_status_v2(p_session_id) s;
    if v_row.status <> 'ok' then
      return next v_row;
      return;
    end if;
    select * into v from judge_change_v1(
      v_user_id, p_room_id, p_seq, p_kind, p_text, p_emoji, p_reacted, p_emojis_max);
    if v.status = 'changed' then
      v_row.retry_after_ms := sends_short_for_ms_v1(v_user_id, p_send_limit, p_send_seconds, v_cost);
      -- [S2, S3] The room's own limits, and the words that hold a text. Both are checked before the lock, and the
      -- limits again under it.
      if v_row.retry_after_ms is null and p_kind = 'message.edited' then
        select j.status, j.retry_after_ms, j.limit_count, j.limit_seconds
          into v_refusal, v_row.retry_after_ms, v_row.limit_count, v_row.limit_seconds
          from judge_room_limits_v1(p_room_id, v_user_id, p_text) j;
        v_is_held := v_refusal is null and has_held_word_v1(p_text);
      end if;
      if v_refusal is not null then
        v.status := v_refusal;
      elsif v_row.retry_after_ms is not null then
        v.status := 'limited';
      elsif lock_room_v1(p_room_id) then
        select * into v from judge_change_v1(
          v_user_id, p_room_id, p_seq, p_kind, p_text, p_emoji, p_reacted, p_emojis_max);
        if v.status = 'changed' and p_kind = 'message.edited' then
          select j.status, j.retry_after_ms, j.limit_count, j.limit_seconds
            into v_refusal, v_row.retry_after_ms, v_row.limit_count, v_row.limit_seconds
            from judge_room_limits_v1(p_room_id, v_user_id, p_text) j;
          if v_refusal is null and v_is_held and has_too_many_held_v1(p_room_id, v_user_id, null, p_seq) then
            v_refusal := 'too_many_held';
          end if;
          v.status := coalesce(v_refusal, v.status);
        end if;
      else
        v.status := 'not_found';
      end if;
    end if;
    v_row.status := v.status;
    if v_row.status = 'unchanged' then
      select tokens_left_v1(u.sends_full_at, p_send_limit, p_send_seconds)
        into v_row.sends_left
        from users u where u.id = v_user_id;
    elsif v_row.status = 'changed' then
      select c.sends_left, c.retry_after_ms into v_row.sends_left, v_row.retry_after_ms
        from charge_send_v2(v_user_id, p_send_limit, p_send_seconds, v_cost) c;
      if v_row.retry_after_ms is not null then v_row.status := 'limited'; end if;
    end if;

    -- A held edit of the message is replaced, or its message is deleted.
    if v_row.status in ('changed', 'unchanged') and p_kind <> 'reaction' then
      delete from held_messages h where h.room_id = p_room_id and h.message_seq = p_seq;
    end if;
    if v_row.status = 'changed' and p_kind = 'message.edited' then
      perform charge_room_v1(p_room_id, v_user_id);
      if v_is_held then
        insert into held_messages (room_id, user_id, message_seq, text, mentions)
          values (p_room_id, v_user_id, p_seq, p_text, p_mentions);
        v_row.status := 'held';
      end if;
    end if;
    if v_row.status = 'changed' then
      select e.seq, e.at into v_seq, v_at
        from append_message_event_v1(p_room_id, p_kind, v_user_id, v.message_id, p_emoji) e;
      if p_kind = 'message.edited' then
        update messages m set text = p_text, edited_at = v_at where m.id = v.message_id;
      elsif p_kind = 'message.deleted' then
        update messages m set text = null, deleted_at = v_at where m.id = v.message_id;
        delete from reactions r where r.message_id = v.message_id;
      elsif p_reacted then
        insert into reactions (message_id, emoji, user_id, first_seq)
          values (v.message_id, p_emoji, v_user_id, coalesce(v.first_seq, v_seq));
      else
        delete from reactions r
          where r.message_id = v.message_id and r.emoji = p_emoji and r.user_id = v_user_id;
      end if;
      if p_kind <> 'reaction' then
        v_taken_back := take_back_notifications_v1(
          p_room_id, v.kind, p_seq,
          case when p_kind = 'message.edited' then cast(p_mentions as jsonb) end);
      end if;
    end if;

    if v_row.status in ('changed', 'unchanged') then
      select l into v_row.event from log_v1(p_room_id, v_user_id, p_seq - 1, 1) l;
    end if;
    return next v_row;
    if v_row.status <> 'changed' then return; end if;
    v_row := null;
    if v_taken_back then v_row.status := 'taken_back'; end if;
    select l into v_row.event from log_v1(p_room_id, v_user_id, v_seq - 1, 1) l;
    return next v_row;
    v_row := null;
    for v_row.connection_id in
      select r.connection_id from audience_v1(p_room_id, '', p_recipients) r
       where v.kind <> 'direct' or not exists (
         select from connections c
          where c.id = r.connection_id and is_blocked_v1(v_user_id, c.user_id)
         offset 0)
    loop
      return next v_row;
    end loop;
  end $$`,
]
