/** Reports [S1]. */
export const functions = [
  // Stores a user's report of another user, or of a message (p_room_id and p_seq) whose author is p_subject_id. The
  // report joins the open case, or opens one. is_new says whether the reporter had no report in that case.
  `create or replace function put_report_v1(p_reporter_id bigint, p_subject_id bigint, p_room_id bigint, p_seq bigint,
    p_reason text, p_text text, out is_new boolean, out at timestamptz)
  language plpgsql volatile as $$
  declare
    v_case_id bigint;
  begin
    loop
      insert into report_cases (subject_id, room_id, message_seq) values (p_subject_id, p_room_id, p_seq)
        on conflict do nothing;
      select c.id into v_case_id from report_cases c
       where c.handled_at is null
         and (p_room_id is null and c.room_id is null and c.subject_id = p_subject_id
              or c.room_id = p_room_id and c.message_seq = p_seq)
         for update;
      -- When no row was found, the case was handled at this moment. Then the loop tries again.
      exit when found;
    end loop;
    update reports r set reason = p_reason, text = p_text
     where r.reporter_id = p_reporter_id and r.case_id = v_case_id
    returning r.created_at into at;
    is_new := not found;
    if is_new then
      insert into reports (case_id, reporter_id, reason, text)
        values (v_case_id, p_reporter_id, p_reason, p_text)
        returning created_at into at;
      update report_cases c set reports = c.reports + 1 where c.id = v_case_id;
    end if;
  end $$`,
]
