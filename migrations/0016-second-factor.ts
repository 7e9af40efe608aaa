/** The second factor of an account (TOTP), and what the admin's pages need for it. */
export const statements = [
  `create table second_factors (
    user_id bigint primary key references users (id),
    secret text not null,
    begun_at timestamptz(3) not null default now(),
    confirmed_at timestamptz(3),
    used_step bigint not null default 0
  )`,
  `comment on table second_factors is 'the app that shows codes for an account'`,
  `comment on column second_factors.secret is 'what the codes are made of; see docs/security.md'`,
  `comment on column second_factors.confirmed_at is
    'since when a login needs a code; null: begun, and not confirmed with a code yet'`,
  `comment on column second_factors.used_step is
    'the time step of the newest code that was taken: neither this code nor an older one is taken again'`,

  `create table recovery_codes (
    user_id bigint not null references second_factors (user_id) on delete cascade,
    hash text not null,
    primary key (user_id, hash)
  )`,
  `comment on table recovery_codes is 'hashes of the codes that are left to sign in without the app; each is taken once'`,

  // This is a table of its own: a release that does not know second factors must not find a session here.
  `create table admin_sign_ins (
    token_hash text primary key,
    user_id bigint not null references users (id),
    password_hash text not null,
    expires_at timestamptz(3) not null
  )`,
  `comment on table admin_sign_ins is 'who has given a password to the admin pages, and is asked for a code'`,
  `create index admin_sign_ins_expires on admin_sign_ins (expires_at)`,
  `create index admin_sign_ins_user on admin_sign_ins (user_id)`,

  `alter table admin_sessions add column password_at timestamptz(3) not null default now()`,
  `comment on column admin_sessions.password_at is 'when the admin last gave their password'`,
]
