/** Suspensions that end by themselves, and their reasons. */
export const statements = [
  `alter table users
    add column suspended_until timestamptz(3),
    add column suspension_reason text`,
  `comment on column users.suspended_until is
    'when the suspension ends by itself; null: when an admin ends it. See suspended_since_v1'`,
  `comment on column users.suspension_reason is 'why the user is suspended: the user is told'`,
]
