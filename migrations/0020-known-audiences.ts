/** A caller that knows who the recipients of a room are need not be told again: see audience_page_v1. */
export const statements = [
  `alter table rooms add column members_version bigint not null default 0`,
  `comment on column rooms.members_version is
    'another number after each change of the members'`,
  `alter type sent_v2 add attribute audience text`,
  `drop function if exists send_messages_v3(text, bigint, bigint, bigint, bigint, bigint, bigint, bigint, bigint)`,
  `drop function if exists recipients_page_v2(bigint, bigint, bigint, text, boolean, bigint)`,
]
