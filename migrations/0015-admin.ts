/** The admin's pages: their sessions, what admins did, notices, and the figures. */
export const statements = [
  `create table admin_sessions (
    id bigint generated always as identity primary key,
    user_id bigint not null references users on delete cascade,
    token_hash text not null,
    password_hash text not null,
    created_at timestamptz(3) not null default now(),
    expires_at timestamptz(3) not null
  )`,
  `comment on column admin_sessions.password_hash is
    'of the password that it was begun with: another password ends it'`,
  // The session of a cookie.
  `create unique index admin_sessions_token on admin_sessions (token_hash)`,
  // The sessions that end with their user's others.
  `create index admin_sessions_user on admin_sessions (user_id)`,
  // The purge of expired ones.
  `create index admin_sessions_expires on admin_sessions (expires_at)`,

  `create table notices (
    id bigint generated always as identity primary key,
    form_key text not null,
    text text not null,
    actor_id bigint references users on delete set null,
    subject_id bigint references users on delete set null,
    created_at timestamptz(3) not null default now(),
    after_user_id bigint not null,
    until_user_id bigint not null,
    reached bigint not null default 0
  )`,
  `comment on column notices.after_user_id is
    'users up to this one have it, and those up to until_user_id are to get it: see deliver_notice_v1'`,
  // A form that is sent twice makes one notice.
  `create unique index notices_form_key on notices (form_key)`,

  `create table audit_log (
    id bigint generated always as identity primary key,
    at timestamptz(3) not null default now(),
    actor_id bigint references users on delete set null,
    action text not null check (action in (
      'sign_in', 'sign_out', 'suspend', 'reinstate', 'make_admin', 'unmake_admin', 'end_sessions', 'notice'
    )),
    subject_id bigint references users on delete set null,
    reason text,
    notice_id bigint references notices
  )`,
  `comment on table audit_log is
    'what admins did, written with it; names are looked up when it is read, so that a deleted one is nowhere'`,
  // Its pages of one action.
  `create index audit_log_action on audit_log (action, id)`,
  // What was done to a user.
  `create index audit_log_subject on audit_log (subject_id, id)`,

  // How many users are new.
  `create index users_created on users (created_at) where deleted_at is null`,
  // The admin's search for the beginning of an email address.
  `create index users_by_email on users (lower(email) collate "C") where deleted_at is null`,
  // Whether an admin is the last one.
  `create index users_admins on users (id) where is_admin`,
  // How many rooms of a kind there are.
  `create index rooms_by_kind on rooms (kind) where deleted_at is null`,
  // How many messages are new. Rows lie in the order of their times, and a send must not pay for it.
  `create index messages_created on messages using brin (created_at) with (autosummarize = on)`,

  // [N1] Gives a notice to the next p_limit users, in the order of their ids; their notifications have ids
  // from first_id to last_id. None is made once all have it. Two that meet take turns.
  `create function deliver_notice_v1(p_notice_id bigint, p_limit bigint,
    out made bigint, out first_id bigint, out last_id bigint, out first_user_id bigint,
    out last_user_id bigint, out text text, out at timestamptz, out is_done boolean)
  language plpgsql volatile as $$
  declare
    n notices%rowtype;
  begin
    select * into n from notices o where o.id = p_notice_id for update;
    first_user_id := n.after_user_id + 1;
    text := n.text;
    select max(u.id) into last_user_id from (
      select v.id from users v
       where v.id > n.after_user_id and v.id <= n.until_user_id
       order by v.id limit p_limit) u;
    last_user_id := coalesce(last_user_id, n.until_user_id);
    with made_now as (
      insert into notifications (user_id, kind, text)
      select u.id, 'notice', n.text from users u
       where u.id > n.after_user_id and u.id <= deliver_notice_v1.last_user_id and u.deleted_at is null
       order by u.id
      returning id, created_at)
    select count(*), coalesce(min(m.id), 0), coalesce(max(m.id), 0), coalesce(max(m.created_at), now())
      into made, first_id, last_id, at
      from made_now m;
    update notices o
       set after_user_id = deliver_notice_v1.last_user_id, reached = o.reached + made
     where o.id = p_notice_id;
    is_done := last_user_id >= n.until_user_id;
  end $$`,

  // As before, but who is suspended is looked at under the session's lock: so whoever has suspended a
  // user and then waits once for each of the sessions knows that nothing of them comes after.
  `create or replace function session_status_v1(p_session_id bigint,
    out status text, out user_id bigint, out username text)
  language plpgsql volatile as $$
  begin
    perform 1 from sessions s where s.id = p_session_id for share;
    select case when s.revoked_at is not null or s.expires_at <= now() or u.deleted_at is not null
                then 'revoked'
                when u.suspended_at is not null then 'suspended'
                else 'ok' end,
           u.id, u.username
      into status, user_id, username
      from sessions s join users u on u.id = s.user_id
     where s.id = p_session_id;
    status := coalesce(status, 'revoked');
  end $$`,
]
