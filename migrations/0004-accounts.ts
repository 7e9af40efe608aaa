/**
 * Refresh tokens that are valid side by side, networks that an account knows, and a mark for the login that continues a
 * deletion.
 */
export const statements = [
  `create table refresh_tokens (
    session_id bigint not null references sessions on delete cascade,
    hash text not null,
    predecessor text,
    given_at timestamptz not null default clock_timestamp(),
    primary key (session_id, hash)
  )`,
  `comment on table refresh_tokens is
    'tokens that were given and not used yet [A3]; by session and SHA-256'`,
  `comment on column refresh_tokens.predecessor is
    'the token that it was given for, while that one may be used again'`,
  `insert into refresh_tokens (session_id, hash, predecessor)
    select id, refresh_current, refresh_previous from sessions
     where revoked_at is null and expires_at > now()`,
  `alter table sessions
    drop column refresh_current,
    drop column refresh_previous,
    add column network text`,
  `comment on column sessions.network is
    'the network that it was begun or last refreshed from: its account knows it [A2]'`,
  // The account knows an IPv6 network again after the next refresh.
  `update sessions set network = address where address not like '%:%'`,
  // The check whether an account knows a network.
  `create index sessions_network on sessions (user_id, network) where revoked_at is null`,
  `alter table admin_sessions add column network text`,
  `comment on column admin_sessions.network is 'the network that it was begun from [A2]'`,
  `drop function if exists begin_session_v1(bigint, text, bigint, text, text, text, text)`,

  `alter table users add column erasing_at timestamptz(3)`,
  `comment on column users.erasing_at is
    'when somebody last went on with the deletion of the account: others leave it alone for a while'`,
]
