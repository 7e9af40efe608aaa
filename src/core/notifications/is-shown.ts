import { sql } from 'kysely'

/**
 * [N1] Whether a notification, `n` in the statement, is shown to its user: not of a room that they are not in any more,
 * or that is deleted, and not of somebody whom they have blocked.
 */
export const isShown = sql<boolean>`(
  (n.room_id is null or exists (
    select from memberships own join rooms r on r.id = own.room_id
     where own.room_id = n.room_id and own.user_id = n.user_id and r.deleted_at is null))
  and not exists (
    select from blocks b where b.user_id = n.user_id and b.blocked_id = n.actor_id))`
