/**
 * [M5, M6] What becomes of a message after it was sent, and the log as it is read. A change is one
 * call: its room is locked for no longer than that takes.
 */
export const statements = [
  `create table reactions (
    message_id bigint not null references messages on delete cascade,
    emoji text not null check (octet_length(emoji) between 1 and 64),
    user_id bigint not null references users on delete cascade,
    first_seq bigint not null,
    primary key (message_id, emoji, user_id)
  )`,
  `comment on column reactions.first_seq is
    'the event with which the emoji came to the message, whoever brought it: emojis stand in this order'`,
  // The reactions that go with a user.
  `create index reactions_user on reactions (user_id)`,

  // [M2] The reactions of a message as a user sees them, as the JSON text of a list.
  `create function reactions_v1(p_message_id bigint, p_user_id bigint)
  returns text language sql stable as $$
    select coalesce(json_agg(json_build_object(
             'emoji', e.emoji, 'count', e.count, 'mine', e.mine, 'first_seq', e.first_seq)
             order by e.first_seq)::text, '[]')
      from (select r.emoji, count(*) as count, min(r.first_seq) as first_seq,
                   coalesce(bool_or(r.user_id = p_user_id), false) as mine
              from reactions r
             where r.message_id = p_message_id
             group by r.emoji) e
  $$`,

  `alter table room_events
    add column role text check (role in ('owner', 'moderator', 'member')),
    add column emoji text`,
  `update room_events e
      set role = coalesce(
        (select m.role from memberships m where m.room_id = e.room_id and m.user_id = e.subject_id),
        'member')
    where e.kind in ('member.joined', 'member.updated')`,
  `alter table room_events
    add check (role is not null or kind not in ('member.joined', 'member.updated')),
    add check (emoji is not null or kind <> 'reaction')`,
  `comment on column room_events.role is
    'what the event made its subject; what a message or room is now is read where it stands'`,

  // The same call as before, which now keeps the role that the subject of the event has under the lock.
  `create or replace function append_event_v1(
    p_room_id bigint, p_kind text, p_actor_id bigint, p_subject_id bigint,
    out seq bigint, out at timestamptz)
  language plpgsql volatile as $$
  begin
    select n.seq, n.at into seq, at from next_seq_v1(p_room_id) n;
    insert into room_events (room_id, seq, kind, created_at, actor_id, subject_id, role)
      values (p_room_id, seq, p_kind, at, p_actor_id, p_subject_id, (
        select m.role from memberships m
         where m.room_id = p_room_id and m.user_id = p_subject_id
           and p_kind in ('member.joined', 'member.updated')));
  end $$`,
  `create function append_message_event_v1(
    p_room_id bigint, p_kind text, p_actor_id bigint, p_message_id bigint, p_emoji text,
    out seq bigint, out at timestamptz)
  language plpgsql volatile as $$
  begin
    select n.seq, n.at into seq, at from next_seq_v1(p_room_id) n;
    insert into room_events (room_id, seq, kind, created_at, actor_id, message_id, emoji)
      values (p_room_id, seq, p_kind, at, p_actor_id, p_message_id, p_emoji);
  end $$`,

  `create type log_row_v1 as (
    room_id bigint, seq bigint, kind text, created_at timestamptz,
    actor_id bigint, actor_username text, subject_id bigint, subject_username text, role text,
    title text, description text,
    message_id bigint, message_seq bigint, author_id bigint, author_username text, text text,
    client_id text, reply_to bigint, sent_at timestamptz, edited_at timestamptz, deleted_at timestamptz,
    reactions text, emoji text, emoji_count bigint, emoji_first_seq bigint, reacted boolean
  )`,

  // [M6] Events of a room after a position, with what they tell of as it is now, and as a user sees
  // it: no text of a deleted message, no name of an erased user. It checks no access.
  `create function log_v1(p_room_id bigint, p_user_id bigint, p_after bigint, p_limit bigint)
  returns setof log_row_v1 language sql stable as $$
    select e.room_id, e.seq, e.kind, e.created_at,
           e.actor_id, actor.username, e.subject_id, subject.username, e.role,
           case when e.kind = 'room.updated' then r.title end,
           case when e.kind = 'room.updated' then r.description end,
           m.id, m.seq, author.id, author.username,
           case when e.kind in ('message', 'message.edited') then m.text end,
           m.client_id, m.reply_to, m.created_at, m.edited_at, m.deleted_at,
           case when e.kind = 'message' then reactions_v1(m.id, p_user_id) end,
           e.emoji, x.count, x.first_seq, x.reacted
      from (select * from room_events l
             where l.room_id = p_room_id and l.seq > p_after
             order by l.seq limit p_limit) e
      join rooms r on r.id = e.room_id
      left join users actor on actor.id = e.actor_id and actor.deleted_at is null
      left join users subject on subject.id = e.subject_id and subject.deleted_at is null
      left join messages m on m.id = e.message_id
      left join users author on author.id = m.user_id and author.deleted_at is null
      left join lateral (
        select count(*) as count, min(x.first_seq) as first_seq,
               coalesce(bool_or(x.user_id = e.actor_id), false) as reacted
          from reactions x
         where x.message_id = e.message_id and x.emoji = e.emoji) x on e.kind = 'reaction'
     order by e.seq
  $$`,

  // How every change of a message begins: the session, the room's lock, the membership, the message.
  // status: those of enter_room_v1, not_a_member, no_such_message.
  `create function enter_message_v1(p_session_id bigint, p_room_id bigint, p_seq bigint,
    out status text, out user_id bigint, out kind text, out role text,
    out message_id bigint, out is_author boolean, out text text, out is_deleted boolean)
  language plpgsql volatile as $$
  begin
    select e.status, e.user_id, e.kind, e.role into status, user_id, kind, role
      from enter_room_v1(p_session_id, p_room_id) e;
    if status <> 'ok' then return; end if;
    if role is null then
      status := 'not_a_member';
      return;
    end if;
    select m.id, coalesce(m.user_id = enter_message_v1.user_id, false), m.text, m.deleted_at is not null
      into message_id, is_author, text, is_deleted
      from messages m where m.room_id = p_room_id and m.seq = p_seq;
    if not found then status := 'no_such_message'; end if;
  end $$`,

  // [W9] Spends one of a user's sends. retry_after_ms is null unless it was refused.
  `create function charge_send_v1(p_user_id bigint, p_limit bigint, p_seconds bigint,
    out sends_left bigint, out retry_after_ms bigint)
  language plpgsql volatile as $$
  begin
    update users u set sends_full_at = spend_v1(u.sends_full_at, p_limit, p_seconds)
      where u.id = p_user_id and spend_v1(u.sends_full_at, p_limit, p_seconds) is not null
      returning tokens_left_v1(u.sends_full_at, p_limit, p_seconds) into sends_left;
    if not found then
      sends_left := 0;
      select spend_again_in_ms_v1(u.sends_full_at, p_limit, p_seconds) into retry_after_ms
        from users u where u.id = p_user_id;
    end if;
  end $$`,

  `create type changed_v1 as (
    status text,
    retry_after_ms bigint,
    sends_left bigint,
    connection_id text,
    event log_row_v1
  )`,
  /*
   * [M5] Changes a message: p_kind is message.edited (with p_text), message.deleted, or reaction
   * (p_reacted with p_emoji, or no longer). What changes nothing makes no event and costs no send. Who may
   * not write to the room [A6] may take back what they wrote.
   *
   * The first row says what came of it; its event is the message's own, so that it shows the message
   * as it is now. When something changed, the next row has the event of that, and the rows after it,
   * with only connection_id, name the v1 sockets of the room's members, at most p_recipients.
   */
  `create function change_message_v1(
    p_session_id bigint, p_room_id bigint, p_seq bigint,
    p_kind text, p_text text, p_emoji text, p_reacted boolean,
    p_emojis_max bigint, p_send_limit bigint, p_send_seconds bigint, p_recipients bigint)
  returns setof changed_v1 language plpgsql volatile as $$
  declare
    v record;
    v_row changed_v1;
    v_refused text;
    v_has_reacted boolean;
    v_first_seq bigint;
    v_seq bigint;
    v_at timestamptz;
  begin
    select * into v from enter_message_v1(p_session_id, p_room_id, p_seq);
    if v.status <> 'ok' then
      v_row.status := v.status;
      return next v_row;
      return;
    end if;
    select coalesce(bool_or(r.user_id = v.user_id), false), min(r.first_seq)
      into v_has_reacted, v_first_seq
      from reactions r where r.message_id = v.message_id and r.emoji = p_emoji;
    if p_kind = 'message.edited' or p_reacted then
      v_refused := may_write_v1(p_room_id, v.user_id);
    end if;
    v_row.status := case p_kind
      when 'message.edited' then case
        when not v.is_author then 'not_the_author'
        when v.is_deleted then 'deleted'
        when v.text = p_text then 'unchanged'
        else coalesce(v_refused, 'changed') end
      -- In a direct chat both are owners: neither deletes what the other one said.
      when 'message.deleted' then case
        when not v.is_author and (v.kind = 'direct' or v.role = 'member') then 'not_a_moderator'
        when v.is_deleted then 'unchanged'
        else 'changed' end
      else case
        when v_has_reacted = p_reacted then 'unchanged'
        when v.is_deleted then 'deleted'
        when p_reacted and v_first_seq is null and p_emojis_max <= (
          select count(distinct r.emoji) from reactions r where r.message_id = v.message_id)
          then 'too_many_emojis'
        else coalesce(v_refused, 'changed') end
      end;
    if v_row.status = 'unchanged' then
      select tokens_left_v1(u.sends_full_at, p_send_limit, p_send_seconds)
        into v_row.sends_left
        from users u where u.id = v.user_id;
    elsif v_row.status = 'changed' then
      select c.sends_left, c.retry_after_ms into v_row.sends_left, v_row.retry_after_ms
        from charge_send_v1(v.user_id, p_send_limit, p_send_seconds) c;
      if v_row.retry_after_ms is not null then v_row.status := 'limited'; end if;
    end if;

    if v_row.status = 'changed' then
      select e.seq, e.at into v_seq, v_at
        from append_message_event_v1(p_room_id, p_kind, v.user_id, v.message_id, p_emoji) e;
      if p_kind = 'message.edited' then
        update messages m set text = p_text, edited_at = v_at where m.id = v.message_id;
      elsif p_kind = 'message.deleted' then
        update messages m set text = null, deleted_at = v_at where m.id = v.message_id;
        delete from reactions r where r.message_id = v.message_id;
      elsif p_reacted then
        insert into reactions (message_id, emoji, user_id, first_seq)
          values (v.message_id, p_emoji, v.user_id, coalesce(v_first_seq, v_seq));
      else
        delete from reactions r
          where r.message_id = v.message_id and r.emoji = p_emoji and r.user_id = v.user_id;
      end if;
    end if;

    if v_row.status in ('changed', 'unchanged') then
      select l into v_row.event from log_v1(p_room_id, v.user_id, p_seq - 1, 1) l;
    end if;
    return next v_row;
    if v_row.status <> 'changed' then return; end if;
    v_row := null;
    select l into v_row.event from log_v1(p_room_id, v.user_id, v_seq - 1, 1) l;
    return next v_row;
    v_row := null;
    for v_row.connection_id in
      select r.connection_id from recipients_v1(p_room_id, '', false, p_recipients) r
    loop
      return next v_row;
    end loop;
  end $$`,
]
