import { type RawBuilder, sql } from 'kysely'

/** [A5] The title of a direct chat if the other user has deleted their account. */
export const titleWithoutPartner = 'Deleted account'

/** SQL for the title of a direct chat: the name of the other user. `alias` is the name of that user's row. */
export function directTitle(alias: 'u' | 'partner') {
  return sql`coalesce(${sql.ref(`${alias}.display_name`)}, ${sql.ref(`${alias}.username`)}, ${titleWithoutPartner})`
}

/** SQL for the title of a room `r` as a member sees it. A direct chat has the name of the other user. */
export function memberTitle(userId: RawBuilder<unknown>) {
  return sql`case when r.kind = 'direct' then coalesce((
      select ${directTitle('partner')}
        from memberships o left join users partner on partner.id = o.user_id and partner.deleted_at is null
       where o.room_id = r.id and o.user_id <> ${userId} limit 1), ${titleWithoutPartner})
    else r.title end`
}
