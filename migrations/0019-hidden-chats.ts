/** [A6] heads_v5 took the place of heads_v4: it says which chats the list of rooms does not have. */
export const statements = [`drop function if exists heads_v4(text, bigint, bigint, bigint, bigint)`]
