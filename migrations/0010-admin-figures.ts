/** The figures of the admin's overview, the address of each connection, and announcements. */
export const statements = [
  `create table day_counts (
    day text primary key check (day ~ '^\\d{4}-\\d{2}-\\d{2}$'),
    messages bigint not null default 0,
    active_users bigint not null default 0
  )`,
  `comment on table day_counts is
    'messages of a day of UTC, and users who wrote some: see count_days_v1. The day is text, because drivers read a date in different ways'`,
  `create table day_users (
    day text not null,
    user_id bigint not null,
    primary key (day, user_id)
  )`,
  `comment on table day_users is 'who was counted on a day already'`,
  `create table day_cursor (
    id bigint primary key check (id = 1),
    message_id bigint not null
  )`,
  `comment on table day_cursor is 'one row: messages up to this one are counted'`,
  `insert into day_cursor (id, message_id) values (1, 0)`,

  `create table outcome_counts (
    minute timestamptz(3) not null,
    kind text not null,
    count bigint not null,
    primary key (minute, kind)
  )`,
  `comment on table outcome_counts is
    'how many requests and frames failed or were refused in a minute; processes add theirs now and then'`,

  `alter table connections add column address text`,
  `comment on column connections.address is 'where the socket comes from, for admins; it goes with the connection'`,
  `drop function if exists connect_v3(
    text, bigint, text, boolean, bigint, bigint, bigint, bigint, bigint, bigint, bigint, bigint, bigint)`,

  `create table announcements (
    id bigint generated always as identity primary key,
    form_key text not null,
    text text not null,
    severity text not null,
    is_dismissible boolean not null,
    actor_id bigint references users on delete set null,
    created_at timestamptz(3) not null default now(),
    begins_at timestamptz(3) not null,
    ends_at timestamptz(3) not null,
    check (begins_at < ends_at)
  )`,
  // A form that is sent twice makes one announcement.
  `create unique index announcements_form_key on announcements (form_key)`,
  // Announcements that are shown now or later.
  `create index announcements_ends on announcements (ends_at)`,
]
