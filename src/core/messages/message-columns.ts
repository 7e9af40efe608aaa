import { sql } from 'kysely'

/** The columns of MessageRow, of a message `m` with its author `u`. */
export const messageColumns = sql`m.id as message_id, m.room_id, m.seq, u.id as user_id, u.username, u.display_name,
  m.text, m.client_id, m.reply_to, m.created_at, m.edited_at, m.deleted_at`

/** The author of a message `m`, as `u`; nobody when the account is deleted. */
export const joinAuthor = sql`left join users u on u.id = m.user_id and u.deleted_at is null`
