/** Whether a user shows the partners of their direct chats what they have read. */
export const statements = [
  `alter table users add column read_receipts boolean not null default true`,
  `comment on column users.read_receipts is
    'whether partners of direct chats see what the user has read, and the user what they have read'`,
]
