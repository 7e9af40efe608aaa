/** From where something in the audit log was done, and what its filters read. */
export const statements = [
  `alter table audit_log add column address text`,
  `comment on column audit_log.address is
    'of the admin who did it; null: not in the pages, or before addresses were kept'`,
  // What one admin did.
  `create index audit_log_actor on audit_log (actor_id, id)`,
  // What was done in some days.
  `create index audit_log_at on audit_log (at)`,
]
