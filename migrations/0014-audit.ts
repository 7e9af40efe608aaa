/** The address from which an action of the audit log was done, and indexes for the log's filters. */
export const statements = [
  `alter table audit_log add column address text`,
  `comment on column audit_log.address is
    'of the admin who did it; null: not in the pages, or before addresses were kept'`,
  // The actions of one admin.
  `create index audit_log_actor on audit_log (actor_id, id)`,
  // The actions of a range of days.
  `create index audit_log_at on audit_log (at)`,
]
