export const statements = [
  // The newest notifications that a user has not read. The count of unread notifications looks at them.
  `create index notifications_newest_unread on notifications (user_id, id) where read_at is null`,
]
