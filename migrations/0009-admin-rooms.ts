/**
 * What admins do in rooms: archived rooms [R9], an admin's temporary access to the content of closed rooms, and the
 * audit log of rooms.
 */
export const statements = [
  `alter table rooms add column archived_at timestamptz(3)`,
  `comment on column rooms.archived_at is
    'since when the room is archived: everybody who may read it still reads it, and nobody writes to it'`,
  `alter type log_row_v1 add attribute archived_at timestamptz`,

  // Only the code lists the actions and kinds. So a new one needs no migration.
  `alter table audit_log
    drop constraint audit_log_action_check,
    add column if not exists room_id bigint references rooms on delete set null,
    add column if not exists before text,
    add column if not exists after text`,
  `comment on column audit_log.before is 'JSON of what was changed, as it was'`,
  `comment on column audit_log.after is 'JSON of what was changed, as it became'`,
  // The entries about a room.
  `create index if not exists audit_log_room on audit_log (room_id, id) where room_id is not null`,
  `alter table notifications drop constraint notifications_kind_check`,

  `create table content_openings (
    id bigint generated always as identity primary key,
    room_id bigint not null references rooms on delete cascade,
    admin_id bigint not null references users on delete cascade,
    reason text not null,
    created_at timestamptz(3) not null default now(),
    expires_at timestamptz(3) not null
  )`,
  `comment on table content_openings is
    'when an admin may read a room that is closed to admins: see open_content_v1'`,
  // The check whether an admin may read a room.
  `create index content_openings_room on content_openings (room_id, admin_id, expires_at)`,
]
