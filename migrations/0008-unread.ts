export const statements = [
  // The newest notifications that a user has not read: they are looked at when these are counted.
  `create index notifications_newest_unread on notifications (user_id, id) where read_at is null`,
]
