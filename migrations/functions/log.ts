/** The log of a room: its numbers, its events, and how they are read. */
export const functions = [
  // Returns the next number of a locked room's log, and its time. The clock is read under the lock, and the time never
  // runs backwards.
  `create or replace function next_seq_v1(p_room_id bigint, out seq bigint, out at timestamptz)
  language plpgsql volatile as $$
  begin
    update rooms r
       set last_seq = r.last_seq + 1, last_event_at = greatest(r.last_event_at, clock_timestamp())
     where r.id = p_room_id
    returning r.last_seq, r.last_event_at into seq, at;
  end $$`,

  // Appends an event to a locked room's log. An event of a member who joined or was updated stores the role of that
  // moment.
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

  `create or replace function append_message_event_v1(
    p_room_id bigint, p_kind text, p_actor_id bigint, p_message_id bigint, p_emoji text,
    out seq bigint, out at timestamptz)
  language plpgsql volatile as $$
  begin
    select n.seq, n.at into seq, at from next_seq_v1(p_room_id) n;
    insert into room_events (room_id, seq, kind, created_at, actor_id, message_id, emoji)
      values (p_room_id, seq, p_kind, at, p_actor_id, p_message_id, p_emoji);
  end $$`,

  // [M2] Returns the reactions of a message as a user sees them, as the JSON text of a list.
  `create or replace function reactions_v1(p_message_id bigint, p_user_id bigint)
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

  // [M6] Returns events of a room after a position, with their subjects as they are now and as a user sees them: no
  // text of a deleted message, no name of an erased user. It checks no access. Few messages have reactions. A check
  // whether there are any costs much less than a call of reactions_v1.
  `create or replace function log_v1(p_room_id bigint, p_user_id bigint, p_after bigint, p_limit bigint)
  returns setof log_row_v1 language sql stable as $$
    select e.room_id, e.seq, e.kind, e.created_at,
           e.actor_id, actor.username,
           case when e.kind = 'message.deleted' then m.user_id else e.subject_id end, subject.username, e.role,
           case when e.kind = 'room.updated' then r.title end,
           case when e.kind = 'room.updated' then r.description end,
           m.id, m.seq, author.id, author.username,
           case when e.kind in ('message', 'message.edited') then m.text end,
           m.client_id, m.reply_to, m.created_at, m.edited_at, m.deleted_at,
           case when e.kind <> 'message' then null
                when exists (select from reactions a where a.message_id = m.id) then reactions_v1(m.id, p_user_id)
                else '[]' end,
           e.emoji, x.count, x.first_seq, x.reacted,
           actor.display_name, subject.display_name, author.display_name,
           case when e.kind = 'room.updated' then r.archived_at end,
           case when e.kind = 'room.updated' then r.text_max end,
           case when e.kind = 'room.updated' then r.send_count end,
           case when e.kind = 'room.updated' then r.send_seconds end
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
         where e.kind = 'reaction' and x.message_id = e.message_id and x.emoji = e.emoji) x on e.kind = 'reaction'
     order by e.seq
  $$`,
]
