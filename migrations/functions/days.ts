/** The number of messages per day, for admins. A send does no work for this. */
export const functions = [
  /*
   * Adds the next p_limit messages that are not counted yet to their days. So the cost does not depend on how many
   * messages there are. Days before the last p_days are skipped and deleted. A message counts once it is a minute old:
   * by then all messages with lower ids are committed. behind: there are more to count.
   */
  `create or replace function count_days_v1(p_days bigint, p_limit bigint, out behind boolean)
  language plpgsql volatile as $$
  declare
    v_from timestamptz :=
      date_trunc('day', now() at time zone 'UTC') at time zone 'UTC' - make_interval(days => cast(p_days - 1 as int));
    v_first_day text := to_char(v_from at time zone 'UTC', 'YYYY-MM-DD');
    v_cursor bigint;
    v_end bigint;
    v_to bigint;
    v_middle bigint;
    v_at timestamptz;
  begin
    behind := false;
    delete from day_users d where d.day < v_first_day;
    delete from day_counts d where d.day < v_first_day;
    select c.message_id into v_cursor from day_cursor c where c.id = 1 for no key update;
    select m.id into v_end from messages m
     where m.created_at < now() - make_interval(secs => 60) order by m.id desc limit 1;
    if v_end is null or v_end <= v_cursor then return; end if;

    -- Ids are in the order of their times. So a binary search finds the first message of the first day.
    select m.created_at into v_at from messages m where m.id > v_cursor order by m.id limit 1;
    if v_at < v_from then
      v_to := v_end;
      while v_cursor < v_to loop
        v_middle := v_cursor + (v_to - v_cursor) / 2;
        select m.created_at into v_at from messages m where m.id > v_middle order by m.id limit 1;
        if v_at < v_from then v_cursor := v_middle + 1; else v_to := v_middle; end if;
      end loop;
    end if;

    select max(t.id) into v_to from (
      select m.id from messages m where m.id > v_cursor and m.id <= v_end order by m.id limit p_limit) t;
    with taken as materialized (
      select to_char(m.created_at at time zone 'UTC', 'YYYY-MM-DD') as day, m.user_id
        from messages m where m.id > v_cursor and m.id <= v_to and m.created_at >= v_from),
    new_users as (
      insert into day_users (day, user_id)
        select distinct t.day, t.user_id from taken t where t.user_id is not null
        on conflict do nothing
        returning day)
    insert into day_counts as d (day, messages, active_users)
      select s.day, s.messages, (select count(*) from new_users n where n.day = s.day)
        from (select t.day, count(*) as messages from taken t group by t.day) s
      on conflict (day) do update
        set messages = d.messages + excluded.messages, active_users = d.active_users + excluded.active_users;
    update day_cursor c set message_id = greatest(v_to, v_cursor) where c.id = 1;
    behind := v_to < v_end;
  end $$`,
]
