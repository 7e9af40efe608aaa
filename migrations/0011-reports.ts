/** Reports of messages and users, and the notifications of their reporters. */
export const statements = [
  `create table report_cases (
    id bigint generated always as identity primary key,
    subject_id bigint references users on delete cascade,
    room_id bigint references rooms on delete cascade,
    message_seq bigint,
    reports bigint not null default 0,
    opened_at timestamptz(3) not null default now(),
    outcome text check (outcome in ('dismissed', 'deleted', 'suspended')),
    handled_at timestamptz(3),
    handled_by bigint references users on delete set null,
    check ((room_id is null) = (message_seq is null)),
    check ((outcome is null) = (handled_at is null)),
    check (subject_id is not null or room_id is not null)
  )`,
  `comment on table report_cases is
    'what admins decide on: all reports of one message, or of one user, that came before it was handled'`,
  `comment on column report_cases.subject_id is
    'who is reported, or whose message is'`,
  // The only open case of a message, and of a user.
  `create unique index report_cases_message on report_cases (room_id, message_seq)
    where handled_at is null and room_id is not null`,
  `create unique index report_cases_user on report_cases (subject_id)
    where handled_at is null and room_id is null`,
  // The list of open cases.
  `create index report_cases_open on report_cases (id) where handled_at is null`,
  // The cases about a user.
  `create index report_cases_subject on report_cases (subject_id, id)`,

  `create table reports (
    case_id bigint not null references report_cases on delete cascade,
    id bigint generated always as identity,
    reporter_id bigint references users on delete set null,
    reason text not null,
    text text not null default '',
    created_at timestamptz(3) not null default now(),
    -- The reports of a case, in their order.
    primary key (case_id, id)
  )`,
  // One report per reporter, while the case is open.
  `create unique index reports_reporter on reports (reporter_id, case_id)`,

  // Notifications without a room: a notice, and the outcome of something of the user's own. Only the code lists the
  // kinds. So a new one needs no migration.
  `alter table notifications
    drop constraint if exists notifications_kind_check,
    drop constraint notifications_check,
    drop constraint notifications_check1,
    add constraint notifications_room_check check (
      (kind in ('notice', 'report_handled', 'message_discarded')) = (room_id is null)),
    add constraint notifications_text_check check (
      kind = 'report_handled' or (kind in ('notice', 'message_discarded')) = (text is not null))`,

  // The same for the actions of admins.
  `alter table audit_log
    drop constraint if exists audit_log_action_check,
    add column if not exists room_id bigint references rooms on delete set null,
    add column if not exists before text,
    add column if not exists after text`,
  // The entries about a room.
  `create index if not exists audit_log_room on audit_log (room_id, id) where room_id is not null`,
]
