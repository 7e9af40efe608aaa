/** Drops functions that were replaced by a new version, because the columns of their rows have changed. */
export const statements = [
  // [A6] heads_v5 also says which chats the list of rooms does not have.
  `drop function if exists heads_v4(text, bigint, bigint, bigint, bigint)`,
  // online_members_v2 also says which members are online.
  `drop function if exists online_members_v1(bigint, bigint, bigint, bigint)`,
]
