import { sql } from 'kysely'

/** The columns of MessageRow, for a message `m` and its author `u`. */
export const messageColumns = sql`m.id as message_id, m.room_id, m.seq, u.id as user_id, u.username, u.display_name,
  m.text, m.client_id, m.reply_to, m.created_at, m.edited_at, m.deleted_at`

/** Joins the author of a message `m`, as `u`. A deleted account has no row, so its columns are null. */
export const joinAuthor = sql`left join users u on u.id = m.user_id and u.deleted_at is null`

/**
 * Joins the reactions to a message `m` as a user sees them, as `x.reactions`. Most messages have no reactions, and
 * checking for them first is much cheaper than a call of reactions_v1. "offset 0" keeps the planner from copying the
 * expression into each place that refers to it, where it would be computed again.
 */
export function joinReactions(userId: number) {
  return sql`cross join lateral (
    select case when exists (select from reactions r where r.message_id = m.id) then reactions_v1(m.id, ${userId})
           else '[]' end as reactions
    offset 0) x`
}
